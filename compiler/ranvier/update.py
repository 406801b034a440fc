# SPDX-License-Identifier: Apache-2.0
"""One population's step of the golden model: synaptic states, membranes, spikes, resets."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ranvier.bounds import shifted
from ranvier.ir import Decay, Fire, IntArray, Overflow, Population, Reset, SynapticState
from ranvier.qformat import int_max, int_min


@dataclass(slots=True)
class State:
    """What one population remembers between steps, for a batch of samples."""

    v: IntArray
    synapses: list[IntArray]
    saturations: int = 0


def step(p: Population, state: State, drives: list[IntArray]) -> IntArray:
    """Advance one population by one time step; return its spikes, (samples, size)."""
    inputs = _synaptic_inputs(p, state, drives)
    late = p.reset.timing != "now" and p.fire is not None and p.reset.kind != "none"
    r = _spike_count(p.fire, state.v) > 0 if late and p.fire is not None else None
    v = _membrane(p, state, inputs, r)
    if p.lower_bound is not None:
        v = np.asarray(np.maximum(v, p.lower_bound), np.int64)
    if p.fire is None:
        state.v = v
        return np.zeros_like(v)
    n = _spike_count(p.fire, v)
    state.v = _after_spikes(p, p.fire, state, v, n, r)
    return n


def _synaptic_inputs(p: Population, state: State, drives: list[IntArray]) -> list[IntArray]:
    """Update the synaptic states and return what each adds to the membrane."""
    if not p.synapses:
        return drives
    inputs = []
    for k, (rule, x) in enumerate(zip(p.synapses, drives, strict=True)):
        before = state.synapses[k]
        after = _synapse(rule, state, before, x)
        state.synapses[k] = after
        read = after if rule.read == "after" else before
        inputs.append(shifted(read * rule.gain, -rule.gain_shift))
    return inputs


def _synapse(rule: SynapticState, state: State, i: IntArray, drive: IntArray) -> IntArray:
    if rule.drive_gain is not None:
        drive = (drive * rule.drive_gain) >> rule.drive_shift
    x = drive + rule.bias
    if rule.order == "decay-then-add":
        return _fit(state, decay(rule.decay, i) + x, rule.bits, rule.overflow)
    return decay(rule.decay, _fit(state, i + x, rule.bits, rule.overflow))


def _membrane(
    p: Population, state: State, inputs: list[IntArray], r: NDArray[np.bool_] | None
) -> IntArray:
    """Return the membrane after decay, inputs, bias and the resets that come first."""
    v = state.v
    subtract = np.zeros_like(v)
    if r is not None and p.fire is not None and p.reset.timing != "next-update":
        if p.reset.kind == "value":
            v = np.where(r, p.reset.value, v)
        else:
            subtract = np.where(r, p.fire.threshold, 0)
    total = _accumulate(p, state, v, inputs, subtract)
    if r is not None and p.fire is not None and p.reset.timing == "next-update":
        late = p.reset.value if p.reset.kind == "value" else total - p.fire.threshold
        total = _fit(state, np.where(r, late, total), p.bits, p.overflow)
    return total


def _accumulate(
    p: Population, state: State, v: IntArray, inputs: list[IntArray], subtract: IntArray
) -> IntArray:
    """Add everything to the decayed membrane with the population's order of saturation."""
    if p.form == "relax":
        toward = _fit(state, sum(inputs, start=np.zeros_like(v)) + p.bias, p.bits, p.overflow)
        apart = _fit(state, toward - v, p.bits, p.overflow)
        return _fit(state, toward - decay(p.decay, apart), p.bits, p.overflow)
    decayed = decay(p.decay, v)
    if p.saturation == "sum":
        total = sum(inputs, start=decayed) + p.bias - subtract
        return _fit(state, total, p.bits, p.overflow)
    if p.saturation == "each":
        total = _fit(state, decayed, p.bits, p.overflow)
        for term in (*inputs, p.bias, -subtract):
            total = _fit(state, total + term, p.bits, p.overflow)
        return total
    dv = _fit(state, sum(inputs, start=decayed - v), p.bits, p.overflow)
    dv = _fit(state, dv + p.bias, p.bits, p.overflow)
    return _fit(state, v + dv - subtract, p.bits, p.overflow)


def _spike_count(fire: Fire, v: IntArray) -> IntArray:
    """Return how many spikes each membrane is worth."""
    over = v - fire.threshold if fire.compare == ">=" else v - fire.threshold - 1
    if fire.spikes == "once":
        return (over >= 0).astype(np.int64)
    return np.where(over >= 0, np.minimum(over // fire.threshold + 1, fire.max_spikes), 0)


def _after_spikes(
    p: Population, fire: Fire, state: State, v: IntArray, n: IntArray, r: NDArray[np.bool_] | None
) -> IntArray:
    """Return the stored membrane: reset now, or left for the next step."""
    reset: Reset = p.reset
    if reset.kind == "none" or reset.timing in ("next-membrane", "next-update"):
        return v
    if reset.timing == "now":
        if reset.kind == "value":
            return np.where(n > 0, reset.value, v)
        return _fit(state, v - n * fire.threshold, p.bits, p.overflow)
    assert r is not None
    d = n - r
    less = d * fire.threshold if reset.kind == "subtract" else d * v
    return _fit(state, v - less, p.bits, p.overflow)


def decay(rule: Decay, z: IntArray) -> IntArray:
    """Return D(z)."""
    match rule.kind:
        case "none":
            return z
        case "multiply":
            return _shift_right(z * rule.factor, rule.shift, rule.rounding)
        case "leak":
            return z - _shift_right(z * rule.factor, rule.shift, rule.rounding)
        case "shift":
            leak = _shift_right(z, rule.factor, rule.rounding)
            return z - np.where(leak == 0, np.sign(z) * rule.min_step, leak)


def _shift_right(z: IntArray, k: int | IntArray, rounding: str) -> IntArray:
    if rounding == "floor":
        return z >> k
    return np.asarray(np.sign(z) * (np.abs(z) >> k), np.int64)


def _fit(state: State, z: IntArray, bits: int, overflow: Overflow) -> IntArray:
    """Bring z into `bits`, counting what the rule changed."""
    fitted = fit(z, bits, overflow)
    state.saturations += int(np.count_nonzero(fitted != z))
    return fitted


def fit(z: IntArray, bits: int, overflow: Overflow) -> IntArray:
    """Return z as a word of `bits` holds it, by an overflow rule."""
    low, high = int_min(bits), int_max(bits)
    match overflow:
        case "saturate":
            return np.clip(z, low, high)
        case "wrap":
            return ((z - low) & ((1 << bits) - 1)) + low
        case "wrap-upper":
            return ((z + high) & ((1 << bits) - 1)) - high
