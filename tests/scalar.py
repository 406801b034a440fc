# SPDX-License-Identifier: Apache-2.0
"""The integer network restated in plain Python ints, neuron by neuron, from ir.py's docstrings.

It shares nothing with the golden model but ir.py: no array arithmetic, no helper. Slow on purpose.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from tests.scalar_parts import Encoder, bound, projected

from ranvier.ir import INPUT, Decay, Fire, Network, Population, Projection, SynapticState

Row: TypeAlias = list[int]


@dataclass(slots=True)
class Run:
    """What one sample does. `marks` counts the rare things that the run reached."""

    inputs: list[Row] = field(default_factory=list)  # [step][channel]
    spikes: dict[str, list[Row]] = field(default_factory=dict)  # [step][neuron]
    v: dict[str, list[Row]] = field(default_factory=dict)
    synapses: dict[str, list[list[Row]]] = field(default_factory=dict)  # [step][synapse][neuron]
    drives: dict[str, list[list[Row]]] = field(default_factory=dict)  # [step][synapse][neuron]
    out: list[Row] = field(default_factory=list)
    scores: list[Row] = field(default_factory=list)  # [step][output]
    classes: Row = field(default_factory=list)  # [step]
    marks: Counter[str] = field(default_factory=Counter)


def at(values: Any, i: int) -> int:
    """Return neuron i's parameter, of one element or one each."""
    return int(values[i] if len(values) > 1 else values[0])


def shift_right(z: int, k: int, rounding: str) -> int:
    """Return ``z >> k``, floored or toward zero."""
    if rounding == "zero" and z < 0:
        return -(-z // (1 << k))
    return z // (1 << k)


def decayed(d: Decay, z: int, i: int) -> int:
    """Return D(z) of neuron i."""
    factor = at(d.factor, i)
    if d.kind == "none":
        return z
    if d.kind == "multiply":
        return shift_right(z * factor, d.shift, d.rounding)
    if d.kind == "leak":
        return z - shift_right(z * factor, d.shift, d.rounding)
    step = shift_right(z, factor, d.rounding)
    if step == 0:
        step = ((z > 0) - (z < 0)) * d.min_step
    return z - step


def fires(fire: Fire, v: int, i: int) -> bool:
    """Tell whether v satisfies neuron i's comparison."""
    threshold = int(fire.threshold[i])
    return v > threshold if fire.compare == ">" else v >= threshold


def spike_count(fire: Fire, v: int, i: int) -> int:
    """Return how often neuron i fires at v."""
    most = fire.max_spikes if fire.spikes == "floor" else 1
    n = 0
    while n < most and fires(fire, v - n * int(fire.threshold[i]), i):
        n += 1
    return n


class _Neurons:
    """One population's states."""

    def __init__(self, p: Population, marks: Counter[str]) -> None:
        self.p = p
        self.v = [0] * p.size
        self.i = [[0] * p.size for _ in p.synapses]
        self.marks = marks

    def fit(self, z: int, bits: int | None = None, overflow: str | None = None) -> int:
        """Return z, saturated or wrapped to the membrane's word, or to another."""
        how = overflow or self.p.overflow
        y = bound(z, bits or self.p.bits, how)
        if y != z:
            self.marks[f"{how} {'high' if z > 0 else 'low'}"] += 1
        return y

    def step(self, drives: list[Row]) -> Row:
        """Advance every neuron; `drives[synapse][neuron]`. Returns the spikes."""
        return [self._neuron(i, [row[i] for row in drives]) for i in range(self.p.size)]

    def _neuron(self, i: int, drive: Row) -> int:
        p = self.p
        inputs = [self._synapse(k, s, i, drive[k]) for k, s in enumerate(p.synapses)] or [drive[0]]
        fire, reset = p.fire, p.reset
        late = fire is not None and reset.kind != "none" and reset.timing != "now"
        r = late and fire is not None and fires(fire, self.v[i], i)
        if r:
            self.marks[f"late {reset.kind}"] += 1
        after = r and reset.timing == "next-update"
        threshold = int(fire.threshold[i]) if fire is not None else 0
        v, minus = self.v[i], 0
        if r and not after and reset.kind == "value":
            v = at(reset.value, i)
        elif r and not after:
            minus = threshold
        v = self._sum(v, i, inputs, minus)
        if after:  # the update is whole before the reset: its sum has been fitted
            v = at(reset.value, i) if reset.kind == "value" else self.fit(v - threshold)
        if p.lower_bound is not None and v < at(p.lower_bound, i):
            self.marks["bound"] += 1
            v = at(p.lower_bound, i)
        n = spike_count(fire, v, i) if fire is not None else 0
        self.v[i] = self._reset(v, i, n, int(r))
        return n

    def _synapse(self, k: int, s: SynapticState, i: int, drive: int) -> int:
        """Update one synaptic state; return what the membrane adds."""
        old = self.i[k][i]
        if s.drive_gain is not None:
            drive = shift_right(drive * at(s.drive_gain, i), s.drive_shift, "floor")
        x = drive + at(s.bias, i)
        if s.order == "decay-then-add":
            new = decayed(s.decay, old, i) + x
            new = self.fit(new, s.bits, s.overflow)
        else:  # what is added is held in the word before it decays
            new = decayed(s.decay, self.fit(old + x, s.bits, s.overflow), i)
        self.i[k][i] = new
        read = self.i[k][i] if s.read == "after" else old
        gained = read * at(s.gain, i)
        if s.gain_shift < 0:
            return gained * (1 << -s.gain_shift)
        return shift_right(gained, s.gain_shift, "floor")

    def _sum(self, v: int, i: int, inputs: Row, minus: int) -> int:
        p, bias = self.p, at(self.p.bias, i)
        if p.form == "relax":
            goal = self.fit(sum(inputs) + bias)
            return self.fit(goal - decayed(p.decay, self.fit(goal - v), i))
        left = decayed(p.decay, v, i)
        if p.saturation == "sum":
            return self.fit(left + sum(inputs) + bias - minus)
        if p.saturation == "increment":
            dv = self.fit(left - v + sum(inputs))
            dv = self.fit(dv + bias)
            return self.fit(v + dv - minus)
        v = self.fit(left)
        for x in [*inputs, bias, -minus]:
            v = self.fit(v + x)
        return v

    def _reset(self, v: int, i: int, n: int, r: int) -> int:
        reset, fire = self.p.reset, self.p.fire
        if fire is None or reset.kind == "none":
            return v
        threshold = int(fire.threshold[i])
        if n:
            self.marks[f"{reset.timing} {reset.kind}"] += 1
        self.marks["threshold met"] += v == threshold
        if reset.timing == "now" and n:
            return at(reset.value, i) if reset.kind == "value" else self.fit(v - n * threshold)
        if reset.timing == "next-surplus":
            d = n - r
            self.marks[f"surplus {(d > 0) - (d < 0)}"] += 1
            return self.fit(v - d * (threshold if reset.kind == "subtract" else v))
        return v


def run(network: Network, raw_sample: Any) -> Run:
    """Run one sample of raw integers, [raw sample][channel], from the start."""
    result = Run(
        spikes={p.name: [] for p in network.populations},
        v={p.name: [] for p in network.populations},
        synapses={p.name: [] for p in network.populations},
        drives={p.name: [] for p in network.populations},
    )
    result.inputs = Encoder(network.encoding).run(
        [[int(x) for x in row] for row in raw_sample], result.marks
    )
    neurons = {p.name: _Neurons(p, result.marks) for p in network.populations}
    total = [0] * sum(p.size for p in network.outputs)
    for t in range(len(result.inputs)):
        for p in network.populations:
            state = neurons[p.name]
            arrived = drives(network, state, result, t)
            n = state.step(arrived)
            result.drives[p.name].append(arrived)
            result.spikes[p.name].append(n)
            result.v[p.name].append(list(state.v))
            result.synapses[p.name].append([list(row) for row in state.i])
            result.marks["spikes"] += sum(n)
            result.marks["several spikes"] += sum(x > 1 for x in n)
        out: Row = []
        for p in network.outputs:
            out += (result.v if p.fire is None else result.spikes)[p.name][t]
        result.out.append(out)
        if network.decode.rule in ("spike-count", "readout-mean"):
            total = [bound(a + b, 48, "saturate") for a, b in zip(total, out, strict=True)]
        else:
            total = list(out)
        score = [x * at(network.decode.multiplier, i) for i, x in enumerate(total)]
        result.scores.append(score)
        result.classes.append(score.index(max(score)))
    return result


def drives(network: Network, state: _Neurons, result: Run, t: int) -> list[Row]:
    """Return the shifted sums at step t, a row for each synapse (one where there is none)."""
    p = state.p
    rows = [[0] * p.size for _ in range(max(1, len(p.synapses)))]
    full: set[tuple[int, int]] = set()
    for q in network.projections:
        if q.target != p.name or t < q.delay:
            continue
        past = result.inputs if q.source == INPUT else result.spikes[q.source]
        kind = p.synapses[q.synapse].accumulate if p.synapses else "exact"
        if kind == "per-event":
            full |= _add_events(state, q, past[t - q.delay], rows[q.synapse])
            continue
        y = projected(q.connection, past[t - q.delay])
        for i, x in enumerate(y):
            shifted = x * (1 << q.shift) if q.shift >= 0 else x // (1 << -q.shift)
            rows[q.synapse][i] += shifted
    for k, s in enumerate(p.synapses):
        if s.accumulate == "ring-buffer":
            shift = {q.shift for q in network.projections if (q.target, q.synapse) == (p.name, k)}
            most = (2**s.ring_bits - 1) * 2 ** max(shift, default=0)
            state.marks["full ring"] += sum(x > most for x in rows[k])
            rows[k] = [min(x, most) for x in rows[k]]
    state.marks["event saturates"] += len(full)
    return rows


def _add_events(state: _Neurons, q: Projection, x: Row, row: Row) -> set[tuple[int, int]]:
    """Add events one by one to where the synaptic state stands, so that it saturates each time.

    Returns (synapse, neuron) of those that did.
    """
    s, held = state.p.synapses[q.synapse], state.i[q.synapse]
    full = set()
    for j, n in enumerate(x):
        one = [int(j == k) for k in range(len(x))]
        for i, w in enumerate(projected(q.connection, one) if n else []):
            for _ in range(n if w else 0):
                z = held[i] + row[i] + w * 2**q.shift
                row[i] = bound(z, s.bits, "saturate") - held[i]
                if row[i] != z - held[i]:
                    full.add((q.synapse, i))
    return full
