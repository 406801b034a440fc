# SPDX-License-Identifier: Apache-2.0
"""The golden model with Loihi's rules == lava-nc's fixed-point models, as recorded.

tools/dev/frameworks/record_lava.py made the recording, in Lava's own parameters; here they
become the fields of a network.
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
    Population,
    Projection,
    Reset,
    SynapticState,
)

CASES = recorded("loihi")
M = 2**23


def factor(kept: int) -> Decay:
    return Decay(kind="multiply", factor=ints(kept), shift=12, rounding="zero")


def layer(name: str, size: int, p: Arrays, n: int) -> Population:
    """Return a layer of Lava's LIF, by the table in docs/numerics.md."""
    current = SynapticState(
        decay=factor(4096 - (int(p["du"][n]) + 1)),
        bias=ints(0),
        bits=24,
        overflow="wrap-upper",
        gain=ints(1),
    )
    return population(
        name,
        size,
        synapses=(current,),
        decay=factor(4096 - int(p["dv"][n])),
        bias=ints(int(p["bias_mant"][n]) << int(p["bias_exp"][n])),
        bits=24,
        lower_bound=ints(-M + 1),
        fire=Fire(compare=">", threshold=np.full(size, int(p["vth"][n]) << 6)),
        reset=Reset(kind="value", value=ints(0)),
    )


def as_network(p: Arrays) -> Network:
    def joined(source: str, target: str, weight: str, k: int, delay: int = 1) -> Projection:
        w = p[weight] if weight != "w1" else np.where(p["delays"] == delay - 1, p["w1"], 0)
        shift = 6 + int(p["exponents"][k])
        one = Dense(weight=w)
        return Projection(
            source=source, target=target, connection=one, bits=10, shift=shift, delay=delay
        )

    first, second = layer("a", len(p["s0"]), p, 0), layer("b", len(p["s1"]), p, 1)
    later = [joined("a", "b", "w1", 2, int(d) + 1) for d in np.unique(p["delays"])]
    return check(
        network(
            encoding=Encoding(
                channels=len(p["x"]), raw="uint8", raw_low=0, raw_high=1, raw_scale=1.0
            ),
            populations=(first, second),
            projections=(joined("input", "a", "w0", 0), joined("a", "a", "wr", 1), *later),
            decode=Decode(rule="spike-count", sources=("b",), multiplier=ints(1)),
        )
    )


@pytest.mark.parametrize("number", range(len(CASES)))
def test_lava_computed_the_same_integers(number: int) -> None:
    p = CASES[number]
    trace = reference.simulate(as_network(p), p["x"].T[None].astype(np.uint8))
    for n, name in enumerate("ab"):
        assert np.array_equal(trace.spikes[name][0].T, p[f"s{n}"])
        assert np.array_equal(trace.synapses[name][0, :, 0].T, p[f"u{n}"])
        assert np.array_equal(trace.v[name][0].T, p[f"v{n}"])


def test_the_recording_reaches_every_rule() -> None:
    spikes, wrapped, saturated = 0, 0, 0
    for p in CASES:
        trace = reference.simulate(as_network(p), p["x"].T[None].astype(np.uint8))
        spikes += int(p["s0"].sum() + p["s1"].sum())
        saturated += int((np.abs(p["v0"]) == M - 1).sum())
        wrapped += trace.saturations["a"]
    assert spikes > 3000
    assert saturated >= 20
    assert wrapped > saturated
