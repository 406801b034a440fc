# SPDX-License-Identifier: Apache-2.0
"""Whether a part's memories hold a network, before any tool is started."""

from dataclasses import replace

from ranvier.errors import RanvierError
from ranvier.targets.fpga import emit, images
from ranvier.targets.fpga.part import Part
from ranvier.targets.fpga.place import too_many
from ranvier.targets.fpga.plan import FOLDS, Plan
from ranvier.targets.fpga.refuse import check_adds
from ranvier.targets.fpga.registers import WORDS

_FEW = 4  # words of a memory that Yosys puts into flip-flops, which take less than a block RAM
_PORT = 16  # bits of the words of a RAM that holds weights


def folded(plan: Plan, part: Part) -> Plan:
    """Return a plan with the fewest beats of a sweep for which a part has room.

    Raises
    ------
    RanvierError
        V001 for what its lanes can't do then; as `check_fits`, of the most beats.
    """
    last: RanvierError | None = None
    for fold in FOLDS:
        if plan.lanes % fold:
            continue
        found = replace(plan, fold=fold)
        try:
            check_fits(found, part)
            check_adds(found)
        except RanvierError as error:
            last = error
        else:
            return found
    assert last is not None
    raise last


def check_fits(plan: Plan, part: Part) -> None:
    """Refuse a network whose weights or states a part doesn't hold.

    Raises
    ------
    RanvierError
        V010 for weights, V011 for multipliers, states and thresholds; it says by how much.
    """
    if part.cells is None:
        return
    _weights(plan, part, part.weight_rams)
    if plan.leak == "multiply" and plan.units > part.cells.dsp:
        raise too_many("dsp", plan.units, part.cells.dsp, part.chip, plan.network.name)
    if part.block_bits:
        _blocks(plan, part, part.cells.ebr)


def _rows(part: Part, rams: int, lanes: int, bits: int) -> int:
    """Return how many rows of a weight a lane there is room for: RAMs side by side, then behind."""
    return part.weight_words * (rams // -(-lanes * bits // _PORT))


def _weights(plan: Plan, part: Part, rams: int) -> None:
    lanes, bits = plan.lanes, plan.weight_bits
    there, used = _rows(part, rams, lanes, bits) * lanes, plan.weight_rows * lanes
    if not there:
        raise RanvierError(
            "V010",
            f"{lanes} lanes read {lanes * bits} bits of weights at once; {part.chip} gives"
            f" {rams * _PORT}",
            loc=plan.network.name,
            hint=f"--lanes {rams * _PORT // bits}",
        )
    if used > there:
        largest = max(b.weight.size for b in plan.blocks)
        narrow = [b for b in (4, 2) if b < bits and used <= _rows(part, rams, lanes, b) * lanes]
        ways = [f"quantise with --weights {narrow[0]}"] if narrow else []
        ways += [f"a smaller network (the largest matrix takes {largest})"]
        raise RanvierError(
            "V010",
            f"it has {used} weights of {bits} bits, padded to {lanes} lanes;"
            f" {part.chip} holds {there}: {used - there} too many",
            loc=plan.network.name,
            hint=f"{', '.join(ways)}, or --target verilog, which nothing limits",
        )


def _blocks(plan: Plan, part: Part, there: int) -> None:
    p, groups, windows = images.parameters(plan), plan.groups * plan.fold, len(plan.windows)
    memories = [
        (plan.lanes * plan.sum_bits, plan.groups),
        (plan.units * plan.state_bits, groups),
        (images.window_bits(p), windows),
        (p["EventW"], 1 << p["ListW"]),
        (plan.units + 1, 2 << p["GroupW"]),  # of spikes on their way
        *emit.queues(p),
        (_PORT, WORDS),  # of a frame
    ]
    need = sum(_count(bits, words, part.block_bits) for bits, words in memories if words > _FEW)
    if need > there:
        raise RanvierError(
            "V011",
            f"{plan.groups * plan.lanes} sums and thresholds{_also(windows)}, lists of events and"
            f" queues take {need} block RAMs and {part.chip} has {there}: {need - there} too many",
            loc=plan.network.name,
            hint=f"{'fewer --lanes, ' if plan.lanes > 1 else ''}a network of fewer neurons, or"
            " --target verilog, which nothing limits",
        )


def _also(windows: int) -> str:
    return f", {windows} windows" if windows else ""


def _count(bits: int, words: int, block: int) -> int:
    """Return the block RAMs that words take: of 4096 bits 256 of 16, 512 of 8, and so on to 2."""
    widths = [w for w in (16, 8, 4, 2) if words <= block // w]
    best = widths[0] if widths else 2
    return -(-bits // best) * -(-words // (block // best))
