# SPDX-License-Identifier: Apache-2.0
"""The golden model with SpiNNaker's rules == sPyNNaker's own ARM kernel in Unicorn, as recorded.

tools/dev/frameworks/record_spynnaker.py made the recording, in the chip's own integers; here
they become the fields of a network.
"""

import numpy as np
import pytest
from tests.chips.recorded import Arrays, recorded
from tests.unit.nets import ints, network, population

from ranvier import reference
from ranvier.check import check
from ranvier.ir import (
    Decay,
    Decode,
    Dense,
    Encoding,
    Fire,
    Network,
    Projection,
    Reset,
    SynapticState,
)

CASES = recorded("spinnaker")


def current(p: Arrays, sign: int) -> SynapticState:
    return SynapticState(
        decay=Decay(kind="multiply", factor=p["decay"][:, sign], shift=16),
        accumulate="ring-buffer",
        drive_gain=p["init"][:, sign],
        drive_shift=32,
        bias=ints(0),
        bits=32,
        overflow="wrap",
        gain=ints(-1 if sign else 1),
    )


def as_network(p: Arrays) -> Network:
    """Return neurons that each have an input for either sign; its size is what arrives."""
    n = p["keeps"].size
    each = np.eye(n, dtype=np.int64)
    nothing = np.zeros_like(each)
    return check(
        network(
            encoding=Encoding(
                channels=2 * n, raw="int32", raw_low=0, raw_high=2**17, raw_scale=1.0
            ),
            populations=(
                population(
                    "p",
                    n,
                    synapses=(current(p, 0), current(p, 1)),
                    decay=Decay(kind="multiply", factor=p["keeps"], shift=15),
                    bias=p["offset"],
                    bits=32,
                    overflow="wrap",
                    form="relax",
                    fire=Fire(compare=">=", threshold=p["threshold"]),
                    reset=Reset(kind="value", value=p["reset"]),
                ),
            ),
            projections=tuple(
                Projection(
                    source="input",
                    target="p",
                    synapse=sign,
                    connection=Dense(weight=np.hstack(parts)),
                    shift=int(p["shift"][0]),
                )
                for sign, parts in enumerate(((each, nothing), (nothing, each)))
            ),
            decode=Decode(rule="spike-count", sources=("p",), multiplier=ints(1)),
        )
    )


def run(p: Arrays) -> reference.Trace:
    x = np.concatenate([p["x"][:, :, 0], p["x"][:, :, 1]], axis=1)
    return reference.simulate(as_network(p), x[None].astype(np.int32))


@pytest.mark.parametrize("number", range(len(CASES)))
def test_the_kernel_computed_the_same_integers(number: int) -> None:
    p = CASES[number]
    trace = run(p)
    assert np.array_equal(trace.synapses["p"][0, :, 0], p["e"])
    assert np.array_equal(trace.synapses["p"][0, :, 1], p["i"])
    assert np.array_equal(trace.v["p"][0], p["v"])
    assert np.array_equal(trace.spikes["p"][0], p["s"])


def test_the_recording_reaches_every_rule() -> None:
    spikes = sum(int(p["s"].sum()) for p in CASES)
    full = sum(int((p["x"] > 65535).sum()) for p in CASES)
    last = CASES[-1]
    assert spikes > 300
    assert full >= 50
    assert run(last).saturations["p"] > full, "rings are full, and membranes wrap as well"
