# SPDX-License-Identifier: Apache-2.0
"""Network → Plan for the Verilog core: exact, or refused with what would help."""

from dataclasses import dataclass, field, replace

import numpy as np

from ranvier import bounds, connections
from ranvier.errors import RanvierError
from ranvier.ir import INPUT, Decay, IntArray, Network, Population, Projection
from ranvier.qformat import int_max
from ranvier.targets.fpga.plan import Block, Plan, Row, Swept

FACTOR_BITS = 16  # of what is multiplied: with a sign
_PRODUCT = 15  # the least that a product with a factor is shifted, unless the factor says otherwise
_DIGIT = 7  # bits of a bias that one weight carries


@dataclass(slots=True)
class _Draft:
    """What has been laid out so far."""

    network: Network
    lanes: int
    weight_bits: int
    fraction: int
    lists: dict[str, int]
    groups: int = 0
    weight_rows: int = 0
    rows: list[Row] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    swept: list[Swept] = field(default_factory=list)
    thresholds: list[IntArray] = field(default_factory=list)

    def place(self, size: int, threshold: IntArray, top: int) -> int:
        """Give `size` neurons their rows of sums; return the first."""
        base, groups = self.groups, -(-size // self.lanes)
        padded = np.full(groups * self.lanes, top, np.int64)
        padded[:size] = threshold
        self.thresholds.append(padded.reshape(groups, self.lanes))
        self.groups += groups
        return base

    def weights(self, matrix: IntArray) -> int:
        """Lay out a matrix, (targets, sources); return its first row."""
        targets, sources = matrix.shape
        padded = np.pad(matrix, ((0, -targets % self.lanes), (0, 0)))
        row = self.weight_rows
        laid = padded.reshape(-1, self.lanes, sources).transpose(0, 2, 1)
        self.blocks.append(Block(weight=laid, row=row))
        self.weight_rows += laid.shape[0] * sources
        return row


def lower(network: Network, lanes: int = 8, weight_bits: int = 8, state_bits: int = 16) -> Plan:
    """Lay `network` out for a core of `lanes` lanes.

    Raises
    ------
    RanvierError
        V001 for what the core doesn't execute, V002 for what its words don't hold.
    """
    for p in network.populations:
        _executable(p, state_bits)
    for q in network.projections:
        if q.bits > weight_bits:
            raise _too_wide(f"{q.source} -> {q.target}", f"weights of {q.bits} bits", weight_bits)
    fraction = max((max(0, -q.shift) for q in network.projections), default=0)
    readers = {name: _readers(network, name) for name in _sources(network)}
    # The input needs no list where one row alone reads it as it comes.
    streamed = len(readers.get(INPUT, ())) == 1 and not readers[INPUT][0].delay
    lists, words = {}, 0
    for name, found in readers.items():
        if found and not (name == INPUT and streamed):
            lists[name], words = words, words + _size(network, name) + 1
    draft = _Draft(
        network=network, lanes=lanes, weight_bits=weight_bits, fraction=fraction, lists=lists
    )
    if INPUT in lists:
        draft.rows.append(Row(op="take", list=lists[INPUT]))
    needed = max(_population(draft, p, state_bits) for p in network.populations)
    delays = max((q.delay for q in network.projections), default=0)
    rows = (*draft.rows[:-1], draft.rows[-1])
    return Plan(
        network=network,
        lanes=lanes,
        weight_bits=weight_bits,
        state_bits=state_bits,
        sum_bits=needed,
        fraction=fraction,
        groups=draft.groups,
        rows=tuple(rows),
        blocks=tuple(draft.blocks),
        threshold=np.concatenate(draft.thresholds),
        swept=tuple(draft.swept),
        list_words=max(words, 1),
        slots=1 << max(1, delays.bit_length()),
        value_bits=_value_bits(network),
    )


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


def _population(draft: _Draft, p: Population, state_bits: int) -> int:
    """Add the rows of one population; return the bits that its sums need."""
    groups = -(-p.size // draft.lanes)
    top = int_max(state_bits)
    at = [draft.place(p.size, np.full(p.size, top), top) for _ in p.synapses]
    threshold = p.fire.threshold if p.fire is not None else np.full(p.size, top)
    base = draft.place(p.size, threshold, top)
    needed = [state_bits + draft.fraction + 1]
    for k in range(max(1, len(p.synapses))):
        to = at[k] if p.synapses else base
        bias = p.synapses[k].bias if p.synapses else p.bias
        inputs = [q for q in draft.network.projections if q.target == p.name and q.synapse == k]
        needed.append(_inputs(draft, p, inputs, to, groups, bias, state_bits))
    if p.synapses:
        needed.append(_inputs(draft, p, [], base, groups, p.bias, state_bits))
    for k, s in enumerate(p.synapses):
        move = _decay(Decay(kind="multiply", factor=s.gain, shift=s.gain_shift), p.name, move=True)
        draft.rows.append(replace(move, base=at[k], groups=groups, to=base, move=True))
        draft.rows.append(replace(_decay(s.decay, p.name), base=at[k], groups=groups, to=at[k]))
        draft.swept.append(Swept(population=p.name, synapse=k, base=at[k], groups=groups))
    if p.synapses:  # each synapse adds its state to the membrane
        needed.append(state_bits + draft.fraction + 1 + len(p.synapses).bit_length() + 2)
    sweep = replace(_decay(p.decay, p.name), base=base, groups=groups, to=base)
    decoded = p.name in draft.network.decode.sources
    if p.fire is None:
        sweep = replace(sweep, read=decoded)
    else:
        sweep = replace(
            sweep,
            fire=True,
            store=p.name in draft.lists,
            list=draft.lists.get(p.name, 0),
            emit=decoded,
            strict=p.fire.compare == ">",
            subtract=p.reset.kind == "subtract",
            reset=int(p.reset.value[0]),
        )
    draft.rows.append(sweep)
    draft.swept.append(Swept(population=p.name, synapse=None, base=base, groups=groups))
    return max(needed)


def _inputs(
    draft: _Draft, p: Population, inputs: list[Projection], to: int, groups: int, bias: IntArray,
    state_bits: int,
) -> int:  # fmt: skip
    """Add the rows that bring a state what comes in; return the bits that its sum needs."""
    if sum(q.shift < 0 for q in inputs) > 1:
        raise RanvierError(
            "V001",
            f"{p.name} adds up several projections that are shifted right, each rounded apart",
            loc=draft.network.name,
            hint="quantise with weights of fewer bits, or merge the projections",
        )
    reach = np.zeros(p.size, np.int64)
    for q in inputs:
        matrix = connections.matrix(q.connection)
        left = draft.fraction + q.shift
        span = bounds.sum_interval(draft.network, q)
        scale = 1 << left
        reach += np.maximum(np.abs(span.low), np.abs(span.high)) * scale
        draft.rows.append(
            Row(
                op="sum", base=to, groups=groups, left=left, stride=matrix.shape[1],
                weight=draft.weights(matrix), delay=q.delay, list=draft.lists.get(q.source, 0),
                input=q.source == INPUT and INPUT not in draft.lists,
            )
        )  # fmt: skip
    for left, digit in _digits(np.broadcast_to(bias, p.size), draft.weight_bits):
        row = draft.weights(digit[:, None])
        draft.rows.append(
            Row(op="sum", base=to, groups=groups, one=True, left=left + draft.fraction,
                weight=row, stride=1)
        )  # fmt: skip
    reach += np.abs(bias) << draft.fraction
    return int(reach.max() + (1 << (state_bits - 1 + draft.fraction))).bit_length() + 1


def _digits(bias: IntArray, weight_bits: int) -> list[tuple[int, IntArray]]:
    """Return (shift, weights): a bias as weights of an input that is always one."""
    base = weight_bits - 1
    found, left = [], 0
    rest = bias.copy()
    while rest.any():
        digit = ((rest + (1 << (base - 1))) & ((1 << base) - 1)) - (1 << (base - 1))
        if digit.any():
            found.append((left, digit))
        rest = (rest - digit) >> base
        left += base
    return found


def _decay(rule: Decay, name: str, move: bool = False) -> Row:
    """Return a sweep with a decay: what it takes off, or what it moves."""
    if rule.kind == "none":
        return Row(op="sweep", shift=_PRODUCT)
    if rule.factor.size != 1 and np.unique(rule.factor).size != 1:
        raise RanvierError(
            "V001", f"the neurons of {name} have different time constants", loc=name,
            hint="quantise with --decay shared",
        )  # fmt: skip
    factor, shift, ceil = int(rule.factor.flat[0]), rule.shift, False
    if rule.kind == "shift":
        factor, shift = 1, factor
    elif rule.kind == "multiply" and not move:
        factor, ceil = (1 << shift) - factor, True
    while shift < _PRODUCT:
        factor, shift = factor * 2, shift + 1
    while shift > _PRODUCT and factor % 2 == 0:
        factor, shift = factor // 2, shift - 1
    while factor >= 1 << (FACTOR_BITS - 1) and factor % 2 == 0 and shift:
        factor, shift = factor // 2, shift - 1
    if factor >= 1 << (FACTOR_BITS - 1):
        raise _too_wide(name, f"a factor of {factor}", FACTOR_BITS)
    return Row(op="sweep", factor=factor, shift=shift, ceil=ceil)


def _too_wide(where: str, what: str, bits: int) -> RanvierError:
    return RanvierError(
        "V002", f"{where}: {what}; the core takes {bits} bits", loc=where,
        hint="quantise with fewer bits, or choose a core of wider words",
    )  # fmt: skip


def _executable(p: Population, state_bits: int) -> None:
    """Refuse what the core has no hardware for."""
    wrong = []
    if p.bits != state_bits or any(s.bits != state_bits for s in p.synapses):
        wrong.append(f"states of {p.bits} bits in a core of {state_bits}")
    if p.overflow != "saturate" or p.saturation != "sum" or p.form != "add":
        wrong.append("an overflow rule of another chip")
    for d in (p.decay, *(s.decay for s in p.synapses)):
        if d.rounding != "floor" or d.min_step:
            wrong.append("decays that round toward zero")
    for s in p.synapses:
        if (s.accumulate, s.order, s.read) != ("exact", "decay-then-add", "after"):
            wrong.append("synaptic states that are read before they are updated")
        if s.drive_gain is not None or s.overflow != "saturate":
            wrong.append("synaptic states of another chip")
        if s.gain.size != 1 or not 0 < int(s.gain[0]) << 15 >> max(s.gain_shift, 0):
            wrong.append("synaptic gains of their own")
    if p.lower_bound is not None:
        wrong.append("a lower bound of the membrane")
    if p.refractory:
        wrong.append("refractory periods")
    if p.fire is not None:
        if p.fire.spikes != "once" or p.fire.graded:
            wrong.append("several spikes a step")
        if p.reset.kind == "none" or p.reset.timing != "now":
            wrong.append(f"a reset of kind {p.reset.kind}, {p.reset.timing}")
        if np.unique(p.reset.value).size > 1:
            wrong.append("resets to a value of each neuron")
        if p.reset.kind == "subtract" and int(p.fire.threshold.min()) < 0:
            wrong.append("a negative threshold that is subtracted")
    if wrong:
        raise RanvierError(
            "V001", f"the core doesn't execute {', '.join(dict.fromkeys(wrong))}", loc=p.name,
            hint="a microcontroller does; or quantise with other options",
        )  # fmt: skip
