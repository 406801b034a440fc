# SPDX-License-Identifier: Apache-2.0
"""Record what xylosim, a simulator of Xylo, does on random networks: `record_xylosim.py OUT`.

Runs in an environment of its own, made by make_environment.py from xylosim.txt. A
network is 8 inputs, 12 neurons with two synaptic states that feed themselves, and 4 outputs, in the
chip's own parameters; the last ones saturate their states event by event.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from recording_chips import Arrays, record
from xylosim.v2 import XyloLayer, XyloSynapse

SEED = 1
STEPS = 80
INPUTS, HIDDEN, OUTPUTS = 8, 12, 4
SYNAPSES = 2
CASES = 8
LOUD = 3  # of them drive their neurons out of the word


def draw(case: int) -> Arrays:
    """Return one network's parameters and its input events."""
    rng = np.random.default_rng([SEED, case])
    loud = case >= CASES - LOUD
    bias = 30 * (case % 2)
    some = rng.random((HIDDEN, HIDDEN, 1)) < 0.3
    x = rng.integers(0, 20, (STEPS, INPUTS)) if loud else rng.poisson(0.3, (STEPS, INPUTS))
    return {
        "x": x,
        "w_in": rng.integers(-128, 128, (INPUTS, HIDDEN, SYNAPSES)),
        "w_rec": rng.integers(-40, 41, (HIDDEN, HIDDEN, SYNAPSES)) * some,
        "w_out": rng.integers(-128, 128, (HIDDEN, OUTPUTS, 1)),
        "threshold": rng.integers(50, 3000, HIDDEN),
        "threshold_out": rng.integers(50, 3000, OUTPUTS),
        "dash_syn": rng.integers(1, 8, (HIDDEN, SYNAPSES)),
        "dash_syn_out": rng.integers(1, 8, (OUTPUTS, 1)),
        "dash_mem": rng.integers(1, 8, HIDDEN),
        "dash_mem_out": rng.integers(1, 8, OUTPUTS),
        "bias": rng.integers(-bias, 2 * bias + 1, HIDDEN),
        "bias_out": rng.integers(-bias, 2 * bias + 1, OUTPUTS),
        "shifts": np.array([6, 2, 3] if loud else rng.integers(0, 3, 3), np.int64),
    }


def run(p: Arrays) -> Arrays:
    """Run a network; return spikes, currents and membranes, hidden and output, (T, neurons)."""
    kept: list[XyloSynapse] = []  # the layer holds bare pointers to them

    def synapses(w: NDArray[np.int64]) -> list[list[XyloSynapse]]:
        rows = []
        for row in w:
            made = [
                XyloSynapse(int(j), k, int(row[j, k]))
                for k in range(w.shape[2])
                for j in np.flatnonzero(row[:, k])
            ]
            kept.extend(made)
            rows.append(made)
        return rows

    layer = XyloLayer(
        synapses_in=synapses(p["w_in"]),
        synapses_rec=synapses(p["w_rec"]),
        synapses_out=synapses(p["w_out"]),
        aliases=[[] for _ in range(HIDDEN)],
        threshold=p["threshold"].tolist(),
        threshold_out=p["threshold_out"].tolist(),
        has_bias=bool(p["bias"].any() or p["bias_out"].any()),
        bias=p["bias"].tolist(),
        bias_out=p["bias_out"].tolist(),
        weight_shift_inp=int(p["shifts"][0]),
        weight_shift_rec=int(p["shifts"][1]),
        weight_shift_out=int(p["shifts"][2]),
        dash_mem=p["dash_mem"].tolist(),
        dash_mem_out=p["dash_mem_out"].tolist(),
        dash_syns=p["dash_syn"].tolist(),
        dash_syns_out=p["dash_syn_out"].tolist(),
        name="recorded",
    )
    x = p["x"].tolist()
    out = layer.evolve(x)
    return {
        "s": np.array(layer.rec_recurrent_spikes, np.int64),
        "s_out": np.array(out, np.int64),
        "v": np.array(layer.rec_v_mem, np.int64).T,
        "v_out": np.array(layer.rec_v_mem_out, np.int64).T,
        "i": np.array(layer.rec_i_syn, np.int64).T,
        "i2": np.array(layer.rec_i_syn2, np.int64).T,
        "i_out": np.array(layer.rec_i_syn_out, np.int64).T,
    }


if __name__ == "__main__":
    record(Path(sys.argv[1]), CASES, draw, run)
