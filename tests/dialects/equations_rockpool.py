# SPDX-License-Identifier: Apache-2.0
"""Rockpool 3.1.0: LIFTorch, LIFNeuronTorch and ExpSynTorch from CubaLIF, LIF and LI nodes."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from tests.dialects.graph import f32

F32 = NDArray[np.float32]


def make(node: Any, layer: dict[str, Any], answers: dict[str, Any], samples: int) -> "Layer":
    """Return the layer of `node` with what the file does not say from `layer`."""
    return Layer(node, layer["class"], layer["options"], answers["dt"], samples)


class Layer:
    """One layer; v and i are (samples, neurons)."""

    def __init__(
        self, node: Any, made_by: str, options: dict[str, Any], dt: float, samples: int
    ) -> None:
        tau = node.tau_mem if made_by == "LIFTorch" else node.tau
        assert np.allclose(recovered_dt(tau, node.r), dt, rtol=1e-5), "dt from tau and r"
        self.made_by = made_by
        self.alpha = _decay(dt, tau)
        if made_by == "LIFTorch":
            assert (np.asarray(node.w_in) == 1).all()
            self.beta = _decay(dt, node.tau_syn)
        if made_by != "ExpSynTorch":
            self.threshold = f32(node.v_threshold).ravel()
        n = self.alpha.size
        self.bias = f32(options.get("bias", 0.0))
        self.most = np.float32(options.get("max_spikes_per_dt", 2**16))
        self.w_rec = f32(options["w_rec"]) if "w_rec" in options else None
        self.v: F32 = np.zeros((samples, n), np.float32)
        self.i: F32 = np.zeros((samples, n), np.float32)
        self.said: F32 = np.zeros((samples, n), np.float32)

    def step(self, x: F32) -> tuple[F32, F32]:
        """Return the spikes, or the current of a readout, and the state after the step."""
        if self.made_by == "ExpSynTorch":  # exp_syn_torch.py: forward
            self.v = (self.v + x) * self.alpha
            return self.v, self.v
        drive = x
        if self.made_by == "LIFTorch":  # lif_torch.py: LIFTorch.forward
            self.i = self.i + x
            if self.w_rec is not None:
                self.i = self.i + self.said @ self.w_rec
            self.i = self.i * self.beta
            drive = self.i
        v = self.v * self.alpha + drive + self.bias  # lif_neuron_torch.py: forward
        n = np.floor(v / self.threshold) * (v >= self.threshold)  # StepPWL
        self.said = f32(np.minimum(n, self.most))
        self.v = f32(v - self.said * self.threshold)
        return self.said, self.v


def recovered_dt(tau: Any, r: Any) -> NDArray[np.float64]:
    """Return dt of each neuron: ``r = exp(-u) / u`` with ``u = dt / tau``, so ``u e^u = 1 / r``."""
    target = 1 / np.asarray(r, np.float64).ravel()
    u = np.log1p(target)
    for _ in range(20):  # Newton's method on u e^u = target
        u = u - (u - target * np.exp(-u)) / (1 + u)
    return np.asarray(u * np.asarray(tau, np.float64).ravel())


def _decay(dt: float, tau: Any) -> F32:
    return f32(np.exp(np.float32(-dt) / f32(tau).ravel()))
