# SPDX-License-Identifier: Apache-2.0
"""One layer with some of its parts the model's and the others the network's.

Values are double-precision reals in the network's units. With no part replaced this is the float
model; with all of them it is the golden model, integer by integer, since doubles hold the integers
of every rule exactly (no product exceeds 2**53). What each part is, `CAUSES` says.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ranvier.ir import Decay, Overflow, SynapticState
from ranvier.nodes import FloatArray
from ranvier.qformat import int_max, int_min
from ranvier.quantize.explain_pair import Pair

CAUSES = {
    "weights": "weights rounded to their word",
    "decay": "decay factors rounded, and with them the time constants",
    "thresholds": "thresholds, biases, resets and bounds rounded to units of the state",
    "rounding": "states rounded to their unit in each step",
    "saturation": "states limited to their word",
    "input": "input rounded to its unit, and limited to its word",
}


@dataclass(slots=True)
class Last:
    """The terms of a layer's last step in units, (samples, size) each.

    `current`: what was kept of the synaptic state, with what arrived and its bias; None without.
    `total` is the membrane that was compared with the threshold.
    """

    current: tuple[FloatArray, FloatArray, FloatArray, FloatArray] | None
    kept: FloatArray
    arrived: FloatArray
    constant: FloatArray
    subtracted: FloatArray
    total: FloatArray


class MixedLayer:
    """One layer over a batch of samples; rules and their order are those of `ranvier.reference`.

    Attributes
    ----------
    v, i
        Stored membrane and synaptic state, in units, (samples, size).
    hit
        Where the overflow rule changed a value in the last step, (samples, size).
    beyond
        Whether a value ever left its word, whatever became of it.
    """

    def __init__(self, pair: Pair, on: Collection[str], n_samples: int) -> None:
        self._pair, self._p, d = pair, pair.population, pair.rule
        self._decays, self._rounds = "decay" in on, "rounding" in on
        self._limits, self._weights = "saturation" in on, "weights" in on
        whole = "thresholds" in on
        n, p = pair.neurons, self._p
        self._alpha, self._leaks = d.alpha, d.leaks
        self._constant = p.bias.astype(np.float64) if whole else pair.constant
        zero = np.zeros(1)
        self._current_constant = zero
        if p.synapses:
            bias = p.synapses[0].bias.astype(np.float64)
            self._current_constant = bias if whole else pair.current_constant
        self._level = self._theta = zero
        if p.fire is not None:
            assert n.v_threshold is not None
            level, theta = pair.in_units(n.v_threshold), p.fire.threshold.astype(np.float64)
            self._theta = theta if whole else level
            # The network's comparison may not be the model's: v >= t is v > the number below t.
            strict = p.fire.compare == ">" and n.dynamics.compare == ">="
            level = np.nextafter(level, -np.inf) if strict else level
            self._level = _nearest_level(level, theta, p.fire.compare) if whole else level
        reset = n.v_reset if n.v_reset is not None else 0.0
        self._reset = p.reset.value.astype(np.float64) if whole else pair.in_units(reset)
        self._bound: FloatArray | None = None
        bound = n.dynamics.lower_bound
        if whole and p.lower_bound is not None:
            self._bound = p.lower_bound.astype(np.float64)
        elif not whole and bound is not None:
            self._bound = pair.in_units(bound)
        self.v = np.zeros((n_samples, p.size))
        self.i = np.zeros((n_samples, p.size))
        self.hit: NDArray[np.bool_] = np.zeros((n_samples, p.size), bool)
        self.beyond = False
        self.last: Last | None = None

    def drive(self, k: int, x: FloatArray) -> FloatArray:
        """Return what arrives through drive `k` from its source in units, (samples, sources)."""
        d = self._pair.drives[k]
        sums = d.whole(x) * 2.0**d.shift if self._weights else d.real(x)
        return np.floor(sums) if self._rounds and d.shift < 0 else sums

    def step(self, arriving: FloatArray) -> FloatArray:
        """Advance one step on the sum of all drives, (samples, size); return the spikes."""
        p, reset, fire = self._p, self._p.reset, self._p.fire
        self.hit = np.zeros(self.v.shape, bool)
        current = None
        if p.synapses:
            arriving, current = self._current(p.synapses[0], arriving)
        late = None
        if fire is not None and reset.kind != "none" and reset.timing != "now":
            late = self.count(self.v) > 0
        v, subtracted = self.v, np.zeros(self.v.shape)
        if late is not None and reset.timing != "next-update":
            if reset.kind == "value":
                v = np.where(late, self._reset, v)
            else:
                subtracted = np.where(late, self._theta, 0.0)
        kept = self._decay(p.decay, self._alpha, self._leaks, v)
        total = self._accumulate(v, kept, arriving, subtracted)
        if late is not None and reset.timing == "next-update":
            after = self._reset if reset.kind == "value" else total - self._theta
            total = self._fit(np.where(late, after, total), p.bits, p.overflow)
        if self._bound is not None:
            total = np.maximum(total, self._bound)
        self.last = Last(
            current, kept, arriving, np.zeros(v.shape) + self._constant, subtracted, total
        )
        if fire is None:
            self.v = total
            return np.zeros_like(total)
        n = self.count(total)
        self.v = self._after(total, n, late)
        return n

    def count(self, v: FloatArray) -> FloatArray:
        """Return how many spikes each membrane is worth."""
        fire = self._p.fire
        assert fire is not None
        over = v > self._level if fire.compare == ">" else v >= self._level
        if fire.spikes == "once":
            return over.astype(np.float64)
        theta = self._theta
        over = v > theta if fire.compare == ">" else v >= theta
        n = np.ceil(v / theta) - 1 if fire.compare == ">" else np.floor(v / theta)
        return np.where(over, np.minimum(n, fire.max_spikes), 0.0)

    @property
    def level(self) -> FloatArray:
        """The threshold in units, (size,)."""
        return self._theta

    def _current(
        self, s: SynapticState, x: FloatArray
    ) -> tuple[FloatArray, tuple[FloatArray, FloatArray, FloatArray, FloatArray]]:
        """Advance the synaptic state; return what the membrane adds, and the state's terms."""
        d, before = self._pair.rule, self.i
        assert d.alpha_syn is not None
        assert d.leaks_syn is not None
        constant = np.zeros(x.shape) + self._current_constant
        if s.order == "decay-then-add":
            kept = self._decay(s.decay, d.alpha_syn, d.leaks_syn, before)
            self.i = self._fit(kept + (x + constant), s.bits, s.overflow)
        else:
            kept = before
            total = self._fit(before + (x + constant), s.bits, s.overflow)
            self.i = self._decay(s.decay, d.alpha_syn, d.leaks_syn, total)
        read = self.i if s.read == "after" else before
        gained = read * s.gain * 2.0**-s.gain_shift
        if self._rounds:
            gained = np.floor(gained)
        return gained, (kept, x, constant, self.i)

    def _accumulate(
        self, v: FloatArray, kept: FloatArray, arriving: FloatArray, subtracted: FloatArray
    ) -> FloatArray:
        p, constant = self._p, self._constant
        bits, overflow = p.bits, p.overflow
        if p.saturation == "sum" or not self._limits:
            return self._fit(kept + arriving + constant - subtracted, bits, overflow)
        if p.saturation == "each":
            total = self._fit(kept, bits, overflow)
            for term in (arriving, constant, -subtracted):
                total = self._fit(total + term, bits, overflow)
            return total
        dv = self._fit(kept - v + arriving, bits, overflow)
        dv = self._fit(dv + constant, bits, overflow)
        return self._fit(v + dv - subtracted, bits, overflow)

    def _after(self, v: FloatArray, n: FloatArray, late: NDArray[np.bool_] | None) -> FloatArray:
        p, reset = self._p, self._p.reset
        if reset.kind == "none" or reset.timing in ("next-membrane", "next-update"):
            return v
        if reset.timing == "now":
            if reset.kind == "value":
                return np.where(n > 0, self._reset, v)
            return self._fit(v - n * self._theta, p.bits, p.overflow)
        assert late is not None
        less = (n - late) * (self._theta if reset.kind == "subtract" else v)
        return self._fit(v - less, p.bits, p.overflow)

    def _decay(self, r: Decay, alpha: FloatArray, leaks: FloatArray, z: FloatArray) -> FloatArray:
        """Return D(z), by the model's factor or the network's, rounded or not."""
        leaking = r.kind in ("leak", "shift")
        if r.kind == "none":
            return z if self._decays else z * alpha
        factor: FloatArray
        if not self._decays:
            factor = leaks if leaking else alpha
        elif r.kind == "shift":
            factor = 2.0 ** -r.factor.astype(np.float64)
        else:
            factor = np.asarray(r.factor * 2.0**-r.shift, np.float64)
        part = z * factor
        if self._rounds:
            part = np.floor(part) if r.rounding == "floor" else np.trunc(part)
            if r.kind == "shift":
                part = np.where(part == 0, np.sign(z) * r.min_step, part)
        return z - part if leaking else part

    def _fit(self, z: FloatArray, bits: int, overflow: Overflow) -> FloatArray:
        fitted = as_word(z, bits, overflow)
        outside = fitted != z
        if not outside.any():
            return z
        self.beyond = True
        if not self._limits:
            return z
        self.hit |= outside
        return fitted


def as_word(z: FloatArray, bits: int, overflow: Overflow) -> FloatArray:
    """Return z as a word of `bits` would hold it; on integers what `ranvier.update.fit` returns."""
    if overflow == "saturate":
        return np.clip(z, int_min(bits), int_max(bits))
    least = int_min(bits) + (1 if overflow == "wrap-upper" else 0)
    return z - np.floor((z - least) * 2.0**-bits) * 2.0**bits


def _nearest_level(level: FloatArray, theta: FloatArray, compare: str) -> FloatArray:
    """Return the real threshold nearest to `level` that is the integer one on integers.

    No membrane that is an integer tells ``v > 3`` from ``v > 3.9``: a threshold lost nothing by
    being rounded so, and a membrane that is still real must not see a loss there.
    """
    least = 2.0**-20
    if compare == ">":
        return np.clip(level, theta, theta + 1 - least)
    return np.clip(level, theta - 1 + least, theta)
