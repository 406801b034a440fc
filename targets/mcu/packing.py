# SPDX-License-Identifier: Apache-2.0
"""Says which layers have weights of less than a byte."""

from dataclasses import replace

from ranvier.targets.mcu.cores import Family
from ranvier.targets.mcu.costs import compared
from ranvier.targets.mcu.layouts import Columns, PairedColumns, SubByteColumns
from ranvier.targets.mcu.memory import layer_rom
from ranvier.targets.mcu.plan import PopulationPlan, ProjectionPlan
from ranvier.targets.mcu.subbyte import PORTABLE, REGISTERS, bits_of, columns


def packed(p: PopulationPlan, family: Family) -> PopulationPlan:
    """Return `p` with several weights to a byte where that takes less ROM and not too long; exact.

    Whole groups of neurons have thresholds, so that a small layer may take more.
    """
    if p.few is not None:
        return p
    projections = tuple(_packed(q, family) for q in p.projections)
    laid = [q.layout for q in projections if isinstance(q.layout, SubByteColumns)]
    groups = [REGISTERS[family].group[x.bits] for x in laid if x.suffix]
    made = replace(p, projections=projections, group=max([p.group, *groups]))
    return made if layer_rom(made) < layer_rom(p) else p


def in_few_bits(q: ProjectionPlan, family: Family) -> SubByteColumns | None:
    """Return a projection's weights, several to a byte; None where no kernel reads these."""
    if not isinstance(q.layout, Columns | PairedColumns) or q.single or q.values_kernel:
        return None
    bits = bits_of(q.projection.connection)
    if bits is None:
        return None
    register = REGISTERS[family] if isinstance(q.layout, PairedColumns) else PORTABLE
    return columns(q.projection.connection, bits, register)


def _packed(q: ProjectionPlan, family: Family) -> ProjectionPlan:
    small = in_few_bits(q, family)
    if small is None:
        return q
    assert isinstance(q.layout, Columns | PairedColumns)
    found = compared(small, q.layout, family)
    return replace(q, layout=small) if found.saves and found.quick else q
