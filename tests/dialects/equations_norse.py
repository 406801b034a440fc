# SPDX-License-Identifier: Apache-2.0
"""Norse 1.1.0: LIFBoxCell, LIFCell, IAFCell and LIBoxCell from LIF, CubaLIF, IF and LI nodes."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from tests.dialects.graph import f32

F32 = NDArray[np.float32]


def make(node: Any, layer: dict[str, Any], answers: dict[str, Any], samples: int) -> "Cell":
    """Return the layer of `node` with what the file does not say from `layer`."""
    return Cell(node, layer["class"], layer["options"], answers["dt"], samples)


class Cell:
    """One layer; v and i are (samples, neurons)."""

    def __init__(
        self, node: Any, made_by: str, options: dict[str, Any], dt: float, samples: int
    ) -> None:
        def factor(tau: Any) -> F32:
            # The file's tau is dt_export / tau_inv, so it must be inverted with that dt.
            inverse = dt / np.asarray(tau, np.float64).ravel()
            return f32(options["dt"] * inverse)

        self.made_by = made_by
        self.subtract = options.get("reset") == "subtract"
        n = int(np.prod(node.input_type["input"]))
        self.v_reset = f32(options.get("v_reset", np.zeros(n)))
        self.threshold = f32(getattr(node, "v_threshold", 0.0)).ravel()
        self.leak = f32(getattr(node, "v_leak", 0.0)).ravel()
        if made_by != "IAFCell":
            self.k_mem = factor(node.tau_mem if made_by == "LIFCell" else node.tau)
        if made_by == "LIFCell":
            self.k_syn = factor(node.tau_syn)
        start = self.v_reset if made_by == "IAFCell" else self.leak
        self.v: F32 = np.zeros((samples, n), np.float32) + start
        self.i: F32 = np.zeros((samples, n), np.float32)

    def step(self, x: F32) -> tuple[F32, F32]:
        """Return the spikes, or the membrane of a readout, and the membrane after the step."""
        match self.made_by:
            case "LIFBoxCell":  # functional/lif_box.py: lif_box_feed_forward_step
                v = self.v + self.k_mem * (x + self.leak - self.v)
            case "LIFCell":  # functional/lif.py: lif_feed_forward_step
                self.i = self.i + x
                v = self.v + self.k_mem * ((self.leak - self.v) + self.i)
                self.i = self.i - self.k_syn * self.i
            case "IAFCell":  # functional/iaf.py: iaf_feed_forward_step
                v = self.v + x
            case _:  # functional/leaky_integrator_box.py: li_box_feed_forward_step
                self.v = self.v + self.k_mem * ((self.leak - self.v) + x)
                return self.v, self.v
        s = f32(v > self.threshold)
        self.v = f32(np.where(s > 0, v - self.threshold if self.subtract else self.v_reset, v))
        return s, self.v
