# SPDX-License-Identifier: Apache-2.0
"""snnTorch 1.0.0: Leaky, Synaptic, RLeaky and RSynaptic from LIF and CubaLIF nodes."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from tests.dialects.graph import f32

F32 = NDArray[np.float32]
ONE = np.float32(1)


def make(node: Any, layer: dict[str, Any], answers: dict[str, Any], samples: int) -> "Neuron":
    """Return the layer of `node` with what the file does not say from `layer`."""
    return Neuron(node, layer["class"], layer["options"], answers["dt"], samples)


class Neuron:
    """One layer; v and i are (samples, neurons)."""

    def __init__(
        self, node: Any, made_by: str, options: dict[str, Any], dt: float, samples: int
    ) -> None:
        tau = node.tau_mem if hasattr(node, "tau_mem") else node.tau
        # r = 1 / (1 - beta) and w_in = 1 / (1 - alpha) are written without dt: nothing is lost.
        self.beta = _factor(node.r)
        self.alpha = _factor(node.w_in) if hasattr(node, "w_in") else None
        assert np.allclose(np.ravel(tau) / np.ravel(node.r), dt, rtol=1e-6), "dt = tau / r"
        assert not np.any(node.v_leak)
        assert not np.any(node.v_reset), "written as 0 whatever the reset"
        self.threshold = f32(node.v_threshold).ravel()
        self.made_by = made_by
        self.mechanism = options["reset_mechanism"]
        self.delay = options["reset_delay"] or made_by == "RSynaptic"
        self.factor = np.float32(options.get("graded_spikes_factor", 1.0))
        self.inhibition = options.get("inhibition", False)
        shape = (samples, self.threshold.size)
        self.v = np.zeros(shape, np.float32)
        self.i = np.zeros(shape, np.float32)

    def step(self, x: F32) -> tuple[F32, F32]:
        """Return the spikes of one step and the membrane after it."""
        # snntorch/_neurons/neurons.py: mem_reset, of the membrane as the last step left it.
        r = (self.v - self.threshold > 0).astype(np.float32)
        if self.alpha is not None:
            self.i = self.alpha * self.i + x
            x = self.i
        if self.mechanism == "zero" and self.made_by == "Leaky":
            v = self.beta * ((ONE - r) * self.v) + x
        elif self.mechanism == "zero":
            v = self.beta * self.v + x
            v = v - r * v
        elif self.mechanism == "subtract":
            v = self.beta * self.v + x - r * self.threshold
        else:
            v = self.beta * self.v + x
        s = (v - self.threshold > 0).astype(np.float32)
        if self.inhibition:
            s = s * (np.arange(s.shape[1]) == np.argmax(v - self.threshold, axis=1)[:, None])
        if not self.delay:
            if self.mechanism == "subtract":
                v = v - (s - r) * self.threshold
            elif self.mechanism == "zero":
                v = v - (s - r) * v
        self.v = v.astype(np.float32)
        return (s * self.factor).astype(np.float32), self.v


def _factor(gain: Any) -> F32:
    return f32(1 - 1 / np.asarray(gain, np.float64)).ravel()
