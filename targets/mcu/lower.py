# SPDX-License-Identifier: Apache-2.0
"""Checks that the C kernels can run a network exactly, and lays it out for them."""

from dataclasses import replace

import numpy as np

from ranvier import bounds, connections
from ranvier.bounds import Interval
from ranvier.errors import RanvierError
from ranvier.ir import (
    INPUT,
    AffineStage,
    Decay,
    FilterbankStage,
    LevelCrossingStage,
    Network,
    Population,
    Projection,
)
from ranvier.qformat import bits_for
from ranvier.targets.mcu.cores import CORES
from ranvier.targets.mcu.counts import counted
from ranvier.targets.mcu.layouts import columns, layout
from ranvier.targets.mcu.narrow import narrowed, spikes_as_they_come
from ranvier.targets.mcu.packing import packed
from ranvier.targets.mcu.plan import OutKind, Plan, PopulationPlan, ProjectionPlan
from ranvier.targets.mcu.rest import resting

WORD = 32  # accumulators, encoder arithmetic, and every sum of a 16-bit state


def lower(network: Network, core: str = "host") -> Plan:
    """Return the plan of `network` for a core; exact.

    Raises
    ------
    RanvierError
        As `wide` does.
    """
    family = CORES[core]
    plan = counted(wide(network), family)
    populations = tuple(
        packed(p if p.few is not None else narrowed(network, p, family), family)
        for p in plan.populations
    )
    return resting(replace(plan, populations=populations), family)


def wide(network: Network) -> Plan:
    """Return the plan of `network` that any core executes: every input is summed in 32 bits; exact.

    Raises
    ------
    RanvierError
        C001 for a field no kernel executes, C002 for a value that could overflow a C type.
    """
    _refuse(network)
    _prove_encoding(network)
    scan = spikes_as_they_come(network)
    return Plan(
        network=network,
        widths=tuple(len(x.low) for x in bounds.encoding_intervals(network.encoding)),
        scan=scan,
        window=bounds.samples_per_step(network.encoding),
        input_history=_history(network, INPUT),
        populations=tuple(_population(network, p, scan) for p in network.populations),
    )


def _refuse(network: Network) -> None:
    for p in network.populations:
        for field, wanted in (
            ("a refractory period", p.refractory > 0),
            ("graded spikes", p.fire is not None and p.fire.graded),
            ("a decay factor above 65535", any(int(d.factor.max()) > 65535 for d in _decays(p))),
        ):
            if wanted:
                raise _unsupported(f"{network.name}:{p.name}", field)


def _decays(p: Population) -> list[Decay]:
    return [p.decay, *(s.decay for s in p.synapses)]


def _unsupported(loc: str, field: str) -> RanvierError:
    return RanvierError(
        "C001",
        f"the microcontroller kernels do not execute {field}",
        loc=loc,
        hint="`ranvier targets` lists what each target runs; quantise with --numerics native",
    )


def _fits(loc: str, what: str, x: Interval, bits: int, hint: str) -> None:
    if x.bits > bits:
        raise RanvierError(
            "C002", f"{what} needs {x.bits} bits, {bits} are there", loc=loc, hint=hint
        )


def _prove_encoding(network: Network) -> None:
    """Prove that every stage works within 32 bits and the encoded input within 16."""
    loc = f"{network.name}:encoding"
    hint = "clip the input, or scale it down"
    intervals = bounds.encoding_intervals(network.encoding)
    for k, (stage, x) in enumerate(zip(network.encoding.stages, intervals, strict=False)):
        at = f"{loc}.stages[{k}]"
        if isinstance(stage, AffineStage):
            product = Interval(x.low * stage.factor, x.high * stage.factor)
            ends = Interval(
                np.minimum(product.low, product.high), np.maximum(product.low, product.high)
            )
            _fits(at, "x * factor", ends, WORD, hint)
            _fits(at, "x * factor + offset", bounds.affine_product(stage, x), WORD, hint)
            _fits(at, "factor", Interval(stage.factor, stage.factor), WORD, hint)
            _fits(at, "offset", Interval(stage.offset, stage.offset), WORD, hint)
        if isinstance(stage, LevelCrossingStage):
            reach = Interval(2 * x.low - stage.delta, 2 * x.high + stage.delta)
            _fits(at, "the distance from the level", reach, WORD, hint)
        if isinstance(stage, FilterbankStage):
            for y in bounds.filterbank_reach(stage, x):
                _fits(at, "x[t] - x[t-2] of a filter", Interval(2 * y.low, 2 * y.high), WORD, hint)
        _fits(at, "the stage", intervals[k + 1], WORD, hint)
        symmetric = Interval(np.minimum(x.low, -x.high), np.maximum(x.high, -x.low))
        _fits(at, "the stage's input", symmetric, WORD, hint)
    _fits(loc, "the encoded input", intervals[-1], 16, hint)


def _population(network: Network, p: Population, scan: bool) -> PopulationPlan:
    narrow = p.bits == 16 and all(s.bits == 16 and s.drive_gain is None for s in p.synapses)
    word = 16 if narrow else WORD
    incoming = [q for q in network.projections if q.target == p.name]
    shifts = tuple(_synapse_shift(p, incoming, k) for k in range(max(1, len(p.synapses))))
    plan = PopulationPlan(
        population=p,
        kernel=_kernel(p, word, shifts[0]),
        word=word,
        shifts=shifts,
        out=_out_kind(p),
        history=_history(network, p.name),
        projections=tuple(_projection(network, p, q, shifts[q.synapse], scan) for q in incoming),
    )
    _prove(network, p, word, shifts)
    return plan


def _single(p: Population, synapse: int) -> bool:
    return bool(p.synapses) and p.synapses[synapse].accumulate == "per-event"


def _synapse_shift(p: Population, incoming: list[Projection], synapse: int) -> int:
    """Return the shift that the population applies to the sum of its projections.

    That is the projections' own where they agree. Several right shifts each floor on their own, and
    a floor of the sum is another number: they are then shifted apart. Of left shifts the least is
    left to the population, unless a ring buffer limits the sum before. Events that are added one by
    one are shifted one by one.
    """
    if _single(p, synapse):
        return 0
    shifts = [q.shift for q in incoming if q.synapse == synapse]
    if len(shifts) == 1:
        return shifts[0]
    limited = bool(p.synapses) and p.synapses[synapse].accumulate == "ring-buffer"
    alike = len(set(shifts)) == 1
    return min(shifts) if shifts and min(shifts) >= 0 and (alike or not limited) else 0


def _out_kind(p: Population) -> OutKind:
    if p.fire is None:
        return "none"
    return "counts" if p.fire.spikes == "floor" else "events"


def _history(network: Network, source: str) -> int:
    return max((q.delay for q in network.projections if q.source == source), default=0)


def _projection(
    network: Network, p: Population, q: Projection, shift: int, scan: bool
) -> ProjectionPlan:
    loc = f"{network.name}:{q.source}->{q.target}"
    hint = "use fewer weight bits, or clip the input"
    total = bounds.sum_interval(network, q)
    values = _gives_values(network, q.source, scan)
    if _single(p, q.synapse):
        bits = p.synapses[q.synapse].bits
        _fits_whole(loc, "an event's sum", _event_reach(network, q) + (1 << (bits - 1)), hint)
        laid = columns(q.connection, q.bits)
        return ProjectionPlan(projection=q, layout=laid, values=values, scratch=False, single=bits)
    _fits(loc, "the sum", total, WORD, hint)
    scratch = q.shift != shift
    if scratch:
        by = q.shift - shift
        shifted = Interval(bounds.shifted(total.low, by), bounds.shifted(total.high, by))
        _fits(loc, "the shifted sum", shifted, WORD, hint)
    return ProjectionPlan(
        projection=q, layout=layout(q.connection, q.bits), values=values, scratch=scratch
    )


def _gives_values(network: Network, source: str, scan: bool) -> bool:
    if source == INPUT:
        return not scan
    return _out_kind(network.population(source)) == "counts"


def _event_reach(network: Network, q: Projection) -> int:
    """Bound the magnitude of what one source adds at once, shifted."""
    most = int(np.abs(connections.weights(q.connection)).max(initial=0)) << q.shift
    return most * int(bounds.source_interval(network, q.source).high.max(initial=0))


def _kernel(p: Population, word: int, shift: int) -> str:
    """Return the kernel whose fixed rule is that of `p`, or the general one."""
    plain = (
        word == 16
        and not p.synapses
        and p.decay.kind == "leak"
        and p.decay.rounding == "floor"
        and p.overflow == "saturate"
        and p.saturation == "sum"
        and p.lower_bound is None
        and p.form == "add"
        and shift <= 30
    )
    if plain and p.fire is None:
        return "rv_li_i16"
    lif = (
        p.fire is not None
        and p.fire.compare == ">"
        and p.fire.spikes == "once"
        and (p.reset.kind, p.reset.timing) == ("value", "now")
    )
    return "rv_lif_i16" if plain and lif else f"rv_population_i{word}"


def _prove(network: Network, p: Population, word: int, shifts: tuple[int, ...]) -> None:
    """Prove that the accumulators and, for 16-bit states, every sum fit 32 bits.

    The sums of wider states have 64 bits, which `ranvier.check` has proved enough.
    """
    loc = f"{network.name}:{p.name}"
    hint = "use fewer weight bits, or 32-bit states (--state 32)"
    for k, shift in enumerate(shifts):
        parts = [q for q in network.projections if (q.target, q.synapse) == (p.name, k)]
        if _single(p, k):
            parts = []  # what one event adds was proved to fit
        # What the accumulator holds: sums as they are, or shifted apart.
        raw = [(bounds.sum_interval(network, q), q.shift - shift) for q in parts]
        low = sum((bounds.shifted(x.low, by) for x, by in raw), np.zeros(p.size, np.int64))
        high = sum((bounds.shifted(x.high, by) for x, by in raw), np.zeros(p.size, np.int64))
        _fits(loc, "the accumulator", Interval(low, high), WORD, hint)
        if p.synapses and word == 16:
            reach = bounds.synapse_reach(network, p, k)
            _fits_whole(loc, "the synaptic sum", reach, hint)
    if word == 16:
        _fits_whole(loc, "the membrane's sum", bounds.membrane_reach(network, p), hint)


def _fits_whole(loc: str, what: str, magnitude: int, hint: str) -> None:
    bits = bits_for(-magnitude, magnitude)
    if bits > WORD:
        raise RanvierError(
            "C002", f"{what} needs {bits} bits, {WORD} are there", loc=loc, hint=hint
        )
