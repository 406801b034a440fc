# SPDX-License-Identifier: Apache-2.0
"""The golden model with Xylo's rules == xylosim, as recorded.

tools/dev/frameworks/record_xylosim.py made the recording, in the chip's own parameters; here
they become the fields of a network.
"""

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.chips.recorded import Arrays, recorded
from tests.unit.nets import ints, network, population

from ranvier import reference
from ranvier.check import check
from ranvier.ir import (
    ClipStage,
    Decay,
    Decode,
    Dense,
    Encoding,
    Fire,
    Network,
    Population,
    Projection,
    Reset,
    SynapticState,
)

CASES = recorded("xylo")


def leak(dash: NDArray[np.int64]) -> Decay:
    return Decay(kind="shift", factor=dash, min_step=1)


def layer(name: str, p: Arrays, end: str, most: int) -> Population:
    dash = p[f"dash_syn{end}"]
    threshold = p[f"threshold{end}"]
    currents = tuple(
        SynapticState(
            decay=leak(dash[:, k]),
            accumulate="per-event",
            order="add-then-decay",
            bias=ints(0),
            gain=ints(1),
        )
        for k in range(dash.shape[1])
    )
    return population(
        name,
        len(threshold),
        synapses=currents,
        decay=leak(p[f"dash_mem{end}"]),
        bias=p[f"bias{end}"],
        saturation="increment",
        fire=Fire(compare=">=", threshold=threshold, spikes="floor", max_spikes=most),
        reset=Reset(kind="subtract", value=ints(0)),
    )


def as_network(p: Arrays) -> Network:
    def joined(source: str, target: str, weight: str, k: int, delay: int) -> list[Projection]:
        w = p[weight]
        return [
            Projection(
                source=source,
                target=target,
                synapse=synapse,
                connection=Dense(weight=w[:, :, synapse].T),
                shift=int(p["shifts"][k]),
                delay=delay,
            )
            for synapse in range(w.shape[2])
        ]

    return check(
        network(
            encoding=Encoding(
                channels=p["x"].shape[1], raw="uint8", raw_low=0, raw_high=255, raw_scale=1.0,
                stages=(ClipStage(low=0, high=15),),
            ),
            populations=(layer("h", p, "", 31), layer("o", p, "_out", 1)),
            projections=(
                *joined("input", "h", "w_in", 0, 0),
                *joined("h", "h", "w_rec", 1, 1),
                *joined("h", "o", "w_out", 2, 1),
            ),
            decode=Decode(rule="spike-count", sources=("o",), multiplier=ints(1)),
        )
    )  # fmt: skip


@pytest.mark.parametrize("number", range(len(CASES)))
def test_xylosim_computed_the_same_integers(number: int) -> None:
    p = CASES[number]
    trace = reference.simulate(as_network(p), p["x"][None].astype(np.uint8))
    for name, end in (("h", ""), ("o", "_out")):
        assert np.array_equal(trace.spikes[name][0], p[f"s{end}"])
        assert np.array_equal(trace.v[name][0], p[f"v{end}"])
        assert np.array_equal(trace.synapses[name][0, :, 0], p[f"i{end}"])
    assert np.array_equal(trace.synapses["h"][0, :, 1], p["i2"])


def test_the_recording_reaches_every_rule() -> None:
    spikes, saturated, several, clipped = 0, 0, 0, 0
    for p in CASES:
        trace = reference.simulate(as_network(p), p["x"][None].astype(np.uint8))
        spikes += int(p["s"].sum() + p["s_out"].sum())
        saturated += trace.saturations["h"]
        several += int((p["s"] == 31).sum())
        clipped += int((p["x"] > 15).sum())
    assert spikes > 10000
    assert min(saturated, several, clipped) >= 50
