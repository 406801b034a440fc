# SPDX-License-Identifier: Apache-2.0
"""sinabs 3.1.3: LIF, IAF and ExpLeak from LIF, IF and LI nodes."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from tests.dialects.graph import f32

F32 = NDArray[np.float32]
ONE = np.float32(1)


def make(node: Any, layer: dict[str, Any], answers: dict[str, Any], samples: int) -> "Layer":
    """Return the layer of `node` with what the file does not say from `layer`."""
    return Layer(node, layer["class"], layer["options"], samples)


class Layer:
    """One layer; v and i are (samples, neurons)."""

    def __init__(self, node: Any, made_by: str, options: dict[str, Any], samples: int) -> None:
        self.fires = made_by != "ExpLeak"
        # tau is in steps: exp(-1 / tau), whatever a step lasts.
        self.alpha = ONE if made_by == "IAF" else np.exp(-ONE / f32(node.tau).ravel())
        assert (np.asarray(node.r) == 1).all(), "written as 1, with norm_input too"
        self.gain = ONE - self.alpha if options["norm_input"] and made_by != "IAF" else ONE
        tau_syn = options.get("tau_syn")
        self.alpha_syn = None if tau_syn is None else np.exp(-ONE / f32(tau_syn))
        self.bound = options.get("lower_bound")
        self.options = options
        if self.fires:
            self.threshold = f32(node.v_threshold).ravel()
        n = int(np.prod(node.input_type["input"]))
        self.v: F32 = np.zeros((samples, n), np.float32)
        self.i: F32 = np.zeros((samples, n), np.float32)

    def step(self, x: F32) -> tuple[F32, F32]:
        """Return the spikes, or the membrane of a readout, and the membrane after the step."""
        # layers/functional/lif.py: lif_forward_single
        if self.alpha_syn is not None:
            self.i = self.alpha_syn * (self.i + x)
            x = self.i
        v = self.alpha * self.v + self.gain * x
        said = v
        if self.fires:
            said = self._spikes(v)
            if self.options["reset"] == "subtract":
                v = v - said * self.threshold
            else:
                v = v * (said == 0)
        if self.bound is not None:  # after the reset; ExpLeak's output is read before it
            bound = np.float32(self.bound)
            v = np.maximum(v - bound, np.float32(0)) + bound
        self.v = f32(v)
        return f32(said), self.v

    def _spikes(self, v: F32) -> F32:
        """activation/spike_generation.py: MultiSpike, MaxSpike, SingleSpike."""
        rule = self.options["spikes_per_step"]
        if rule == "once":
            return f32(v - self.threshold >= 0)
        n = np.trunc(v / self.threshold) * (v > 0)
        return f32(np.minimum(n, 2) if rule == "two" else n)
