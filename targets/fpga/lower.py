# SPDX-License-Identifier: Apache-2.0
"""Network → Plan for the Verilog core: exact, or refused with what would help."""

from dataclasses import replace

import numpy as np

from ranvier import bounds
from ranvier.errors import RanvierError
from ranvier.ir import INPUT, IntArray, Network, Population, Projection
from ranvier.qformat import int_max
from ranvier.targets.fpga import decays, shapes
from ranvier.targets.fpga.draft import Draft
from ranvier.targets.fpga.plan import FACTOR_BITS, Leak, Plan, Row, Swept
from ranvier.targets.fpga.refuse import check_adds, check_executable, too_wide


def weight_bits(network: Network) -> int:
    """Return the bits of the narrowest core that holds the network's weights: 2, 4 or 8."""
    most = max(q.bits for q in network.projections)
    return next((bits for bits in (2, 4) if most <= bits), 8)


def state_bits(network: Network, most: int) -> int:
    """Return the bits of the narrowest core that holds the network's states: 16 or 24."""
    found = [bits for p in network.populations for bits in (p.bits, *(s.bits for s in p.synapses))]
    return 16 if max(found, default=16) <= 16 else most


def lower(
    network: Network, lanes: int = 8, weight_bits: int = 8, state_bits: int = 16, fold: int = 1,
    leak: Leak = "multiply",
) -> Plan:  # fmt: skip
    """Lay `network` out for a core of `lanes` lanes.

    Parameters
    ----------
    fold, leak
        As in `Plan`.

    Raises
    ------
    RanvierError
        V001 for what the core doesn't execute, V002 for what its words don't hold.
    """
    for p in network.populations:
        check_executable(p, state_bits)
    for q in network.projections:
        if q.bits > weight_bits:
            raise too_wide(f"{q.source} -> {q.target}", f"weights of {q.bits} bits", weight_bits)
    fraction = max((max(0, -q.shift) for q in network.projections), default=0)
    readers = {name: _readers(network, name) for name in _sources(network)}
    # The input needs no list where one row alone reads it as it comes.
    streamed = len(readers.get(INPUT, ())) == 1 and not readers[INPUT][0].delay
    lists, words = {}, 0
    for name, found in readers.items():
        if found and not (name == INPUT and streamed):
            lists[name], words = words, words + _size(network, name) + 1
    draft = Draft(
        layout=shapes.choose(network, lanes, weight_bits), weight_bits=weight_bits,
        fraction=fraction, lists=lists,
    )  # fmt: skip
    draft.rows.append(Row(op="sweep", clear=True, bare=True))
    if INPUT in lists:
        draft.rows.append(Row(op="take", list=lists[INPUT]))
    draft.parts = _place_parts(draft, state_bits)
    needed = max(_population(draft, p, state_bits) for p in network.populations)
    draft.rows[0] = replace(draft.rows[0], groups=draft.groups)
    delays = max((q.delay for q in network.projections), default=0)
    plan = Plan(
        network=network,
        lanes=lanes,
        weight_bits=weight_bits,
        state_bits=state_bits,
        sum_bits=needed,
        fraction=fraction,
        groups=draft.groups,
        rows=tuple(draft.rows),
        blocks=tuple(draft.blocks),
        threshold=np.concatenate(draft.thresholds),
        swept=tuple(draft.swept),
        places={p.name: draft.layout.places(p) for p in network.populations},
        windows=np.concatenate([np.zeros((0, 4), np.int64), *draft.windows]),
        taken=shapes.taken(draft.layout),
        list_words=max(words, 1),
        slots=1 + delays,
        value_bits=_value_bits(network),
        reset_value=_reset_value(network),
        fold=fold,
        leak=leak,
    )
    check_adds(plan)
    return plan


def _sources(network: Network) -> list[str]:
    return [INPUT, *(p.name for p in network.populations if p.fire is not None)]


def _readers(network: Network, source: str) -> list[Projection]:
    return [q for q in network.projections if q.source == source]


def _size(network: Network, source: str) -> int:
    if source == INPUT:
        return int(bounds.encoding_intervals(network.encoding)[-1].low.size)
    return network.population(source).size


def _value_bits(network: Network) -> int:
    """Return the bits of an input event's value, 0 where inputs are spikes."""
    encoded = bounds.encoding_intervals(network.encoding)[-1]
    if int(encoded.low.min()) >= 0 and int(encoded.high.max()) <= 1:
        return 0
    return max(2, encoded.bits)


def _place_parts(draft: Draft, state_bits: int) -> int:
    """Make room for the parts of one population's synaptic state."""
    groups = [
        draft.layout.groups(p)
        for p in draft.layout.network.populations
        for s in p.synapses
        if decays.parts(s, p.name)[1] is not None
    ]
    top = int_max(state_bits)
    none = np.zeros(0, np.int64)
    return draft.place(none, max(groups), none, top) if groups else 0


def _population(draft: Draft, p: Population, state_bits: int) -> int:
    """Add the rows of one population; return the bits that its sums need."""
    groups, places = draft.layout.groups(p), draft.layout.places(p)
    top = int_max(state_bits)
    at = [draft.place(places, groups, np.full(p.size, top), top) for _ in p.synapses]
    base = draft.place(places, groups, _thresholds(p, top), top)
    needed = [state_bits + draft.fraction + 1]
    for k, s in enumerate(p.synapses):
        inputs = [
            q for q in draft.layout.network.projections if q.target == p.name and q.synapse == k
        ]
        needed.append(_inputs(draft, p, inputs, at[k], groups, s.bias, state_bits))
    inputs = [q for q in draft.layout.network.projections if q.target == p.name and not p.synapses]
    needed.append(_inputs(draft, p, inputs, base, groups, p.bias, state_bits))
    for k in range(len(p.synapses)):
        needed.append(needed[-1] + _synapse(draft, p, k, at[k], base, groups))
    sweep = replace(decays.sweep(p.decay, p.name), base=base, groups=groups, to=base)
    decoded = p.name in draft.layout.network.decode.sources
    if p.fire is None:
        sweep = replace(sweep, read=decoded)
    else:
        sweep = replace(
            sweep,
            fire=True,
            store=p.name in draft.lists,
            list=draft.lists.get(p.name, 0),
            emit=decoded,
            strict=_strict(p, top),
            subtract=p.reset.kind == "subtract",
        )
    draft.rows.append(sweep)
    draft.swept.append(Swept(population=p.name, synapse=None, base=base, groups=groups))
    return max(needed)


def _strict(p: Population, top: int) -> bool:
    """Whether firing above a threshold isn't firing at the next one."""
    return p.fire is not None and p.fire.compare == ">" and (
        p.reset.kind == "subtract" or int(p.fire.threshold.max()) == top
    )  # fmt: skip


def _thresholds(p: Population, top: int) -> IntArray:
    if p.fire is None:
        return np.full(p.size, top)
    return p.fire.threshold + (p.fire.compare == ">" and not _strict(p, top))


def _synapse(draft: Draft, p: Population, k: int, at: int, base: int, groups: int) -> int:
    """Add the rows that bring a synaptic state to membranes; return by how many bits these grow."""
    whole, part = decays.parts(p.synapses[k], p.name)
    add = Row(op="sweep", add=True, groups=groups, to=base)
    if whole:
        draft.rows.append(replace(add, base=at, factor=_factor(draft, whole, p.name)))
    if part is not None:
        one = _factor(draft, 1, p.name)
        draft.rows.append(replace(part, base=at, groups=groups, to=draft.parts))
        draft.rows.append(replace(add, base=draft.parts, factor=one))
        swept = Swept(population=p.name, synapse=k, base=at, groups=groups, part=True)
        draft.swept.append(swept)
    decay = decays.sweep(p.synapses[k].decay, p.name)
    draft.rows.append(replace(decay, base=at, groups=groups, to=at))
    draft.swept.append(Swept(population=p.name, synapse=k, base=at, groups=groups))
    return (whole + 1).bit_length()


def _factor(draft: Draft, whole: int, name: str) -> int:
    factor = whole << draft.fraction
    if factor >= 1 << (FACTOR_BITS - 1):
        raise too_wide(name, f"a synaptic gain of {whole}", FACTOR_BITS)
    return factor


def _inputs(
    draft: Draft, p: Population, inputs: list[Projection], to: int, groups: int, bias: IntArray,
    state_bits: int,
) -> int:  # fmt: skip
    """Add the rows that bring a state what comes in; return the bits that its sum needs."""
    if sum(q.shift < 0 for q in inputs) > 1:
        raise RanvierError(
            "V001",
            f"{p.name} adds up several projections that are shifted right, each rounded apart",
            loc=draft.layout.network.name,
            hint="quantise with weights of fewer bits, or merge the projections",
        )
    reach = np.zeros(p.size, np.int64)
    for q in inputs:
        left = draft.fraction + q.shift
        span = bounds.sum_interval(draft.layout.network, q)
        _fits(draft, q.source, left, state_bits)
        scale = 1 << left
        reach += np.maximum(np.abs(span.low), np.abs(span.high)) * scale
        row = Row(
            op="sum", base=to, to=to, groups=groups, left=left, delay=q.delay,
            list=draft.lists.get(q.source, 0), input=q.source == INPUT and INPUT not in draft.lists,
        )  # fmt: skip
        draft.rows.append(draft.connect(p, q, row))
    for left, digit in _digits(np.broadcast_to(bias, p.size), draft.weight_bits):
        _fits(draft, None, left + draft.fraction, state_bits)
        row = Row(op="sum", base=to, to=to, groups=groups, one=True, left=left + draft.fraction)
        draft.rows.append(draft.bias(p, digit, row))
    reach += np.abs(bias) << draft.fraction
    return int(reach.max() + (1 << (state_bits - 1 + draft.fraction))).bit_length() + 1


def _digits(bias: IntArray, weight_bits: int) -> list[tuple[int, IntArray]]:
    """Return (shift, weights): a bias as weights of an input that is always one."""
    base = weight_bits
    found, left = [], 0
    rest = bias.copy()
    while rest.any():
        digit = ((rest + (1 << (base - 1))) & ((1 << base) - 1)) - (1 << (base - 1))
        if digit.any():
            found.append((left, digit))
        rest = (rest - digit) >> base
        left += base
    return found


def _fits(draft: Draft, source: str | None, left: int, state_bits: int) -> None:
    """Refuse an event's value, shifted, that is wider than a state."""
    most = 1
    if source == INPUT:
        encoded = bounds.encoding_intervals(draft.layout.network.encoding)[-1]
        most = max(int(encoded.high.max()), -int(encoded.low.min()))
    if most << left > int_max(state_bits):
        raise too_wide(source or "a bias", f"values of {most << left}", state_bits)


def _reset_value(network: Network) -> int:
    """Return the one value that membranes are reset to."""
    firing = [p for p in network.populations if p.fire is not None and p.reset.kind == "value"]
    values = {int(v) for p in firing for v in p.reset.value.flat}
    if len(values) > 1:
        raise RanvierError(
            "V001", f"membranes are reset to {len(values)} values", loc=network.name,
            hint="the core has one; quantise with --reset zero",
        )  # fmt: skip
    return values.pop() if values else 0
