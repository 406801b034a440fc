# SPDX-License-Identifier: Apache-2.0
"""Why a layer's inputs lie in ROM as they do, in words.

Bytes always; instructions only where `costs` has them of a core's own kernels, not of the portable
ones, whose figures are rough.
"""

from ranvier import connections
from ranvier.ir import Conv, Pool
from ranvier.targets.mcu import costs
from ranvier.targets.mcu.cores import Family
from ranvier.targets.mcu.costs import Comparison
from ranvier.targets.mcu.families import KERNELS
from ranvier.targets.mcu.layouts import (
    Columns,
    PairedColumns,
    SparseColumns,
    SubByteColumns,
    columns,
    layout,
    matrix_rom,
)
from ranvier.targets.mcu.layouts_words import Entries
from ranvier.targets.mcu.packing import in_few_bits
from ranvier.targets.mcu.plan import PopulationPlan, ProjectionPlan
from ranvier.targets.mcu.subbyte import bits_of

_NUMBERS = {2: "two", 8: "eight"}


def words(p: PopulationPlan, q: ProjectionPlan, family: Family) -> str:
    """Say why one of a layer's projections lies in ROM as it does."""
    match q.layout.kind:
        case "woven":
            return f"by {_NUMBERS[q.layout.together]} products an instruction, of weights of a byte"
        case "packed" if q.values_kernel:
            return "by eight targets at a time"
        case "conv" | "pool" | "runs":
            return f"by a window, {q.layout.rom} bytes where the matrix takes {_matrix(q)}"
        case "sparse" | "entries":
            return _by_entries(q, family)
        case "sub-byte":
            assert isinstance(q.layout, SubByteColumns)
            each = f"{q.layout.bits}-bit weights, {8 // q.layout.bits} to a byte"
            found = costs.compared(q.layout, _of_bytes(q, family), family)
            return f"by {each}: {_few_bits(found, bool(q.layout.suffix))}"
        case _:
            assert isinstance(q.layout, Columns | PairedColumns)
            return f"by a matrix of {_as_matrix(p, q, q.layout, family)}"


def _matrix(q: ProjectionPlan) -> int:
    return matrix_rom(q.projection.connection, q.projection.bits)


def _of_bytes(q: ProjectionPlan, family: Family) -> Columns | PairedColumns:
    """Return the columns of bytes that weights of a few bits stand in place of."""
    assert isinstance(q.layout, SubByteColumns)
    if q.layout.suffix:
        return KERNELS[family].laid(q.projection.connection)
    return columns(q.projection.connection, 8)


def _few_bits(c: Comparison, measured: bool) -> str:
    takes, instead = f"{c.rom[0]} bytes", f", where a byte each takes {c.rom[1]}"
    if not measured:
        return takes + instead
    takes += f" and {_instructions(c.many[0], c.alone[0])}"
    return f"{takes}{instead} and {_range(c.many[1], c.alone[1])}"


def _instructions(many: float, alone: float) -> str:
    return f"about {_range(many, alone)} instructions an event"


def _range(many: float, alone: float) -> str:
    return f"{many:.0f} (alone {alone:.0f})"


def _by_entries(q: ProjectionPlan, family: Family) -> str:
    text = f"by entries, {q.layout.rom} bytes"
    if not isinstance(q.layout, Entries) or family == "portable":
        return f"{text} where the matrix takes {_matrix(q)}"
    rom, time = costs.matrix(q, family)
    own = layout(q.projection.connection, q.projection.bits)
    assert isinstance(own, SparseColumns)
    return (
        f"{text} and about {costs.sparse(own, family):.0f} instructions an event"
        f" where the matrix takes {rom} and {time:.0f}"
    )


def _as_matrix(
    p: PopulationPlan, q: ProjectionPlan, laid: Columns | PairedColumns, family: Family
) -> str:
    """Say what columns of whole bytes take, and why their weights have no fewer bits."""
    if laid.weight.itemsize > 1:
        return f"two bytes a weight, {laid.rom} bytes"
    text = f"a byte a weight, {laid.rom} bytes"
    if isinstance(laid, PairedColumns):
        text += f" and {_instructions(*costs.columns_time(laid, family))}"
    return text + _instead_of_entries(q, family) + _bytes_because(p, q, laid, family)


def _instead_of_entries(q: ProjectionPlan, family: Family) -> str:
    own = layout(q.projection.connection, q.projection.bits)
    if (
        q.single
        or isinstance(q.projection.connection, Conv | Pool)
        or not isinstance(own, SparseColumns)
    ):
        return ""
    time = f"about {costs.sparse(own, family):.0f} instructions"
    return f", faster than entries of {own.rom} bytes and {time}"


def _bytes_because(
    p: PopulationPlan, q: ProjectionPlan, laid: Columns | PairedColumns, family: Family
) -> str:
    """Say why weights that would fit a few bits take a byte; empty where they don't fit."""
    bits = bits_of(q.projection.connection)
    if bits is None or not connections.weights(q.projection.connection).size:
        return ""
    small = None if p.few is not None else in_few_bits(q, family)
    if small is None:
        return f"; no kernel reads weights of {bits} bits here"
    found = costs.compared(small, laid, family)
    if not found.quick:
        why = f"more than {costs.MOST_TIME:g} times the instructions"
    elif not found.saves:
        why = "no fewer bytes"
    else:
        why = "no fewer with what fills up the layer's tables"
    taken = f"{found.rom[0]} bytes"
    if small.suffix:
        taken += f" and {_range(found.many[0], found.alone[0])}"
    return f"; {bits}-bit weights would take {taken}, {why}"
