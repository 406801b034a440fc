# SPDX-License-Identifier: Apache-2.0
"""snnTorch 0.7.0: the same classes, by another rule where the state is passed in."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from tests.dialects.graph import f32

F32 = NDArray[np.float32]
ONE = np.float32(1)


def make(node: Any, layer: dict[str, Any], answers: dict[str, Any], samples: int) -> "Neuron":
    """Return the layer of `node` with what the file does not say from `layer`."""
    return Neuron(node, layer["class"], layer["options"], samples)


class Neuron:
    """One layer; v and i are (samples, neurons)."""

    def __init__(self, node: Any, made_by: str, options: dict[str, Any], samples: int) -> None:
        r = np.asarray(node.r, np.float64).ravel()
        # Since 0.8.0 r = 1 / (1 - beta); 0.7.0 itself writes -1 / (1 + beta).
        self.beta = f32(np.where(r > 0, 1 - 1 / r, -1 / r - 1))
        self.alpha = None
        if hasattr(node, "w_in"):
            self.alpha = f32(1 - 1 / np.asarray(node.w_in, np.float64)).ravel()
        self.threshold = f32(node.v_threshold).ravel()
        self.made_by = made_by
        self.mechanism = options["reset_mechanism"]
        self.hidden = options["init_hidden"]
        self.v: F32 = np.zeros((samples, self.threshold.size), np.float32)
        self.i: F32 = np.zeros((samples, self.threshold.size), np.float32)

    def step(self, x: F32) -> tuple[F32, F32]:
        """Return the spikes of one step and the membrane after it."""
        r = f32(self.v - self.threshold > 0)
        v = self._leaky(x, r) if self.alpha is None else self._synaptic(x, r)
        self.v = f32(v)
        return f32(self.v - self.threshold > 0), self.v

    def _leaky(self, x: F32, r: F32) -> F32:
        """_neurons/leaky.py and rleaky.py: _build_state_function and ..._hidden."""
        if self.mechanism == "subtract":
            if self.hidden:
                return self.beta * self.v + x - r * self.threshold
            return self.beta * (self.v - r * self.threshold) + x
        if self.mechanism == "zero":
            if self.hidden and self.made_by == "Leaky":
                return self.beta * ((ONE - r) * self.v) + x
            v = self.beta * self.v + x
            return v - r * v
        return self.beta * self.v + x

    def _synaptic(self, x: F32, r: F32) -> F32:
        """_neurons/synaptic.py and rsynaptic.py: _build_state_function and ..._hidden."""
        assert self.alpha is not None
        self.i = self.alpha * self.i + x
        right = self.beta * self.v + self.i
        v = right
        if self.hidden and self.made_by == "Synaptic":
            v = self.beta * self.v + x
        if self.mechanism == "subtract":
            return v - r * self.threshold
        if self.mechanism == "zero":
            if self.hidden and self.made_by == "RSynaptic":
                self.i = self.i - r * self.i
            return v - r * right
        return v
