# SPDX-License-Identifier: Apache-2.0
"""One layer of neurons in float32, in the order of operations of the framework it came from."""

import numpy as np
from numpy.typing import NDArray

from ranvier.discrete import difference
from ranvier.nodes import Neurons

F32 = NDArray[np.float32]


def f32(x: NDArray[np.float64] | float) -> F32:
    """Return x as float32."""
    return np.asarray(x, np.float32)


class FloatLayer:
    """One layer over a batch of samples, step by step; what follows is ``ranvier.ir`` in reals.

    Attributes
    ----------
    v, i
        Stored membrane and current, (samples, size).
    v_low, v_high, i_low, i_high
        The extremes each neuron reached, before and after its reset, (size,).
    """

    def __init__(self, p: Neurons, dt: float, n_samples: int) -> None:
        d = difference(p, dt)
        self._p, self._rule = p, p.dynamics
        self._alpha, self._leaks = f32(d.alpha), f32(d.leaks)
        self._gain, self._leak_step = f32(d.gain), f32(d.leak)
        self._gain_in = f32(d.gain_in)
        self._syn = d.leaks_syn is not None
        self._alpha_syn = f32(d.alpha_syn if d.alpha_syn is not None else 0.0)
        self._leaks_syn = f32(d.leaks_syn if d.leaks_syn is not None else 0.0)
        self._r = f32(p.r)
        self._leak = f32(p.v_leak if p.v_leak is not None else 0.0)
        self._w_in = f32(p.w_in if p.w_in is not None else 1.0)
        self._bias = None if p.bias is None else f32(p.bias)
        self._threshold = f32(p.v_threshold) if p.v_threshold is not None else None
        self._reset = f32(p.v_reset if p.v_reset is not None else 0.0)
        # Leaking neurons in the order v + k * ((leak - v) + r i); the rest as a sum of products.
        self._increment = (
            self._rule.form == "increment"
            and self._rule.drive == "scaled"
            and p.tau_mem is not None
        )
        shape = (n_samples, p.size)
        self.v: F32 = np.zeros(shape, np.float32) + f32(d.start)
        self.i: F32 = np.zeros(shape, np.float32)
        self._emitted: F32 = np.zeros(shape, np.float32)
        self.v_low, self.v_high = f32(d.start).copy(), f32(d.start).copy()
        self.i_low, self.i_high = np.zeros(p.size, np.float32), np.zeros(p.size, np.float32)

    def step(self, x: F32) -> F32:
        """Advance one step; return the spikes, or the membrane of a readout."""
        if self._bias is not None:
            x = x + self._bias
        current = self._current(x) if self._syn else x
        rule = self._rule
        late = None
        if self._threshold is not None and rule.reset != "none" and rule.reset_timing != "now":
            late = self._count(self.v, self._threshold) > 0
        v = self._membrane(current, late)
        if rule.lower_bound is not None:
            v = np.maximum(v, np.float32(rule.lower_bound))
        np.minimum(self.v_low, v.min(axis=0), out=self.v_low)
        np.maximum(self.v_high, v.max(axis=0), out=self.v_high)
        if self._threshold is None:
            self.v = v
            return v
        n = self._count(v, self._threshold)
        self.v = self._after_spikes(v, n, late, self._threshold)
        if rule.emit == "next-step":
            self._emitted, n = n, self._emitted
        np.minimum(self.v_low, self.v.min(axis=0), out=self.v_low)
        np.maximum(self.v_high, self.v.max(axis=0), out=self.v_high)
        return n

    def _current(self, x: F32) -> F32:
        """Advance the current and return what the membrane sees of it."""
        before = self.i
        if self._rule.synapse_order == "add-then-decay":
            self.i = self._alpha_syn * (before + self._gain_in * x)
        elif self._rule.form == "sum":
            self.i = self._alpha_syn * before + self._gain_in * x
        elif self._rule.synapse_drive == "scaled":
            self.i = before + self._leaks_syn * (self._w_in * x - before)
        else:
            self.i = (before - self._leaks_syn * before) + self._gain_in * x
        np.minimum(self.i_low, self.i.min(axis=0), out=self.i_low)
        np.maximum(self.i_high, self.i.max(axis=0), out=self.i_high)
        return self.i if self._rule.synapse_read == "after" else before

    def _membrane(self, current: F32, late: NDArray[np.bool_] | None) -> F32:
        """Return the membrane after decay, input and the resets that come first."""
        rule, v, theta = self._rule, self.v, self._threshold
        if late is not None and rule.reset == "value" and rule.reset_timing != "next-update":
            v = np.where(late, self._reset, v)
        if self._increment:
            new = v + self._leaks * ((self._leak - v) + self._r * current)
        else:
            new = self._alpha * v + self._gain * current + self._leak_step
        if late is None:
            return new
        assert theta is not None
        if rule.reset == "subtract":
            return np.where(late, new - theta, new)
        return np.where(late, self._reset, new) if rule.reset_timing == "next-update" else new

    def _count(self, v: F32, theta: F32) -> F32:
        """Return how many spikes each membrane is worth."""
        over = v > theta if self._rule.compare == ">" else v >= theta
        if self._rule.spikes == "once":
            return over.astype(np.float32)
        n = np.floor(v / theta) if self._rule.compare == ">=" else np.ceil(v / theta) - 1
        most = np.float32(self._rule.max_spikes)
        return np.where(over, np.minimum(n, most), np.float32(0)).astype(np.float32)

    def _after_spikes(self, v: F32, n: F32, late: NDArray[np.bool_] | None, theta: F32) -> F32:
        """Return the stored membrane."""
        rule = self._rule
        if rule.reset == "none" or rule.reset_timing in ("next-membrane", "next-update"):
            return v
        if rule.reset_timing == "now":
            if rule.reset == "value":
                return np.where(n > 0, self._reset, v)
            return v - n * theta
        assert late is not None
        less = n - late.astype(np.float32)
        return v - less * (theta if rule.reset == "subtract" else v)
