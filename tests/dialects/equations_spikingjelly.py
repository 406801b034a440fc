# SPDX-License-Identifier: Apache-2.0
"""SpikingJelly 2.0.0: IFNode, LIFNode, ParametricLIFNode, CUBALIFNode from IF, LIF, CubaLIF."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from tests.dialects.graph import f32

F32 = NDArray[np.float32]


def make(node: Any, layer: dict[str, Any], answers: dict[str, Any], samples: int) -> "Layer":
    """Return the layer of `node`; the file says all but dt."""
    return Layer(node, layer["class"], answers["dt"], samples)


class Layer:
    """One layer; v and i are (samples, neurons)."""

    def __init__(self, node: Any, made_by: str, dt: float, samples: int) -> None:
        r = np.asarray(node.r, np.float64).ravel()
        self.made_by = made_by
        self.v_reset = f32(node.v_reset).ravel()
        self.threshold = f32(node.v_threshold).ravel()
        if made_by == "IFNode":
            assert np.allclose(r * dt, 1), "dt = 1 / r"
        elif made_by == "CUBALIFNode":
            tau = np.asarray(node.tau_mem, np.float64).ravel()
            assert np.allclose(tau / r, dt), "dt = tau / r"
            self.v_decay = f32(1 - 1 / r)
            self.c_decay = f32(1 - 1 / np.asarray(node.w_in, np.float64)).ravel()
        else:
            tau = np.asarray(node.tau, np.float64).ravel()
            self.tau = f32(tau / dt)
            assert (np.asarray(node.v_leak).ravel() == np.asarray(node.v_reset).ravel()).all()
            self.decay_input = bool((r == 1).all())
            assert self.decay_input or np.allclose(r, tau / dt)
        n = self.threshold.size
        self.v: F32 = np.zeros((samples, n), np.float32) + self.v_reset
        self.c: F32 = np.zeros((samples, n), np.float32)

    def step(self, x: F32) -> tuple[F32, F32]:
        """Return the spikes of one step and the membrane after it."""
        if self.made_by == "IFNode":  # activation_based/functional/neuron.py: if_step
            v = self.v + x
        elif self.made_by == "CUBALIFNode":  # cuba_lif_step
            self.c = self.c * self.c_decay + x
            v = self.v * self.v_decay + self.c
        elif self.decay_input:  # _ops/lif/reference.py: charge
            v = self.v + (x - (self.v - self.v_reset)) / self.tau
        else:
            v = self.v - (self.v - self.v_reset) / self.tau + x
        s = f32(v - self.threshold >= 0)
        self.v = f32(np.where(s > 0, self.v_reset, v))
        return s, self.v
