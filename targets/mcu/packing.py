# SPDX-License-Identifier: Apache-2.0
"""Says which layers have weights of less than a byte."""

from dataclasses import replace

from ranvier.targets.mcu.cores import Family
from ranvier.targets.mcu.costs import worth
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


def _packed(q: ProjectionPlan, family: Family) -> ProjectionPlan:
    if not isinstance(q.layout, Columns | PairedColumns) or q.single or q.values_kernel:
        return q
    bits = bits_of(q.projection.connection)
    if bits is None:
        return q
    grouped = isinstance(q.layout, PairedColumns)
    register = REGISTERS[family] if grouped else PORTABLE
    small = columns(q.projection.connection, bits, register)
    return replace(q, layout=small) if worth(small, q.layout, family) else q
