# SPDX-License-Identifier: Apache-2.0
"""What a layer of neurons computes in one step: its equations for a given dt, as coefficients."""

from dataclasses import dataclass

import numpy as np

from ranvier.nodes import Dynamics, FloatArray, Neurons


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A layer's difference equation, every array (size,), in real numbers.

    ``i = alpha_syn i + gain_in x`` (or ``alpha_syn (i + gain_in x)``), i = x without a synapse;
    ``v = alpha v + gain i + leak``; then fire and reset as `Neurons.dynamics` says.

    Attributes
    ----------
    alpha, alpha_syn
        What is left of membrane and current after a step; no current where None.
    leaks, leaks_syn
        1 - alpha, without the rounding of that difference.
    gain, gain_in
        What the membrane takes of the current, and the current of the input.
    leak
        What is added to the membrane in each step, the layer's bias not included.
    start
        The membrane before the first step.
    """

    alpha: FloatArray
    leaks: FloatArray
    gain: FloatArray
    leak: FloatArray
    alpha_syn: FloatArray | None
    leaks_syn: FloatArray | None
    gain_in: FloatArray
    start: FloatArray

    @property
    def alphas(self) -> tuple[FloatArray, ...]:
        """The decay factors of all states."""
        return (self.alpha,) if self.alpha_syn is None else (self.alpha, self.alpha_syn)


def difference(layer: Neurons, dt: float) -> Difference:
    """Return the difference equation of `layer` for steps of `dt` seconds."""
    rule = layer.dynamics
    one, zero = np.ones(layer.size), np.zeros(layer.size)
    if not layer.remembers:
        leaks, gain = one, layer.r
    elif layer.tau_mem is None:
        leaks, gain = zero, layer.r * (dt if rule.drive == "scaled" else 1.0)
    else:
        leaks = _leaks(rule, layer.tau_mem, dt)
        gain = {
            "scaled": leaks * layer.r, "unit": one, "normalised": leaks, "kept": 1 - leaks,
        }[rule.drive]  # fmt: skip
    leaks_syn, gain_in = None, one
    if layer.tau_syn is not None:
        leaks_syn = _leaks(rule, layer.tau_syn, dt)
        if rule.synapse_drive == "scaled":
            gain_in = leaks_syn * (layer.w_in if layer.w_in is not None else one)
    leak = layer.v_leak if layer.v_leak is not None else zero
    reset = layer.v_reset if layer.v_reset is not None else zero
    return Difference(
        alpha=1 - leaks,
        leaks=leaks,
        gain=gain,
        leak=leaks * leak if layer.remembers else zero,
        alpha_syn=None if leaks_syn is None else 1 - leaks_syn,
        leaks_syn=leaks_syn,
        gain_in=gain_in,
        start={"zero": zero, "leak": leak, "reset": reset}[rule.start],
    )


def _leaks(rule: Dynamics, tau: FloatArray, dt: float) -> FloatArray:
    """Return what a state of time constant `tau` loses in one step, as a part of it."""
    match rule.decay:
        case "euler":
            return dt / tau
        case "euler-inverse":
            return dt * dt / tau
        case "exponential":
            return np.asarray(-np.expm1(-dt / tau), np.float64)
        case "exponential-steps":
            return np.asarray(-np.expm1(-1 / tau), np.float64)
