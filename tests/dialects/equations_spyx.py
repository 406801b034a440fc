# SPDX-License-Identifier: Apache-2.0
"""Spyx 1.0.0: IF, LIF, CuBaLIF, their recurrent forms, and PSU_LIF as LI and Threshold."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from tests.dialects.graph import f32

F32 = NDArray[np.float32]


def make(node: Any, layer: dict[str, Any], answers: dict[str, Any], samples: int) -> "Layer":
    """Return the layer of `node`; the file says all but dt, which is 1 by default."""
    return Layer(node, layer["class"], answers["dt"], samples)


class Layer:
    """One layer; v and i are (samples, neurons)."""

    def __init__(self, node: Any, made_by: str, dt: float, samples: int) -> None:
        self.made_by = made_by
        self.w_rec: F32 | None = None
        if made_by[0] == "R":
            inner = {key.rpartition(".")[2]: n for key, n in node.nodes.items()}
            node, self.w_rec = inner["lif"], f32(inner["w_rec"].weight).T
        if made_by == "Threshold":
            self.threshold = f32(node.threshold).ravel()
            return
        if made_by in ("PSU_LIF", "LIF", "RLIF"):
            self.beta = f32(1 - dt / np.asarray(node.tau, np.float64)).ravel()
        elif "CuBa" in made_by:
            self.beta = f32(1 - dt / np.asarray(node.tau_mem, np.float64)).ravel()
            self.alpha = f32(1 - dt / np.asarray(node.tau_syn, np.float64)).ravel()
        else:
            self.beta = f32(1.0)
        n = int(np.prod(np.shape(node.r)))
        if made_by != "PSU_LIF":
            self.threshold = f32(node.v_threshold).ravel()
            if made_by not in ("IF", "RIF"):
                assert np.allclose(np.ravel(node.r), self.beta), "r is beta, not a gain"
        self.v: F32 = np.zeros((samples, n), np.float32)
        self.i: F32 = np.zeros((samples, n), np.float32)

    def step(self, x: F32) -> tuple[F32, F32]:
        """Return what the layer says in one step and its membrane after it."""
        if self.made_by == "Threshold":
            return f32(x > self.threshold), x
        if self.made_by == "PSU_LIF":
            self.v = self.beta * self.v + x
            return self.v, self.v
        # nn.py: the spike of this step is that of the membrane as the last step left it.
        s = f32(self.v - self.threshold > 0)
        if self.w_rec is not None:
            x = x + s @ self.w_rec
        if "CuBa" in self.made_by:
            self.i = self.alpha * self.i + x
            self.v = self.beta * (self.v - s * self.threshold) + self.i
        else:
            self.v = self.beta * self.v + x - s * self.threshold
        return s, self.v
