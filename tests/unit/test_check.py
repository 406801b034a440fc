# SPDX-License-Identifier: Apache-2.0
"""Each rule of a valid network has a network that breaks it, and is named where it breaks."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.unit.nets import ints, network, population
from tests.unit.rvn_files import CONV, NETWORKS, POOL, SPARSE, with_input

from ranvier.check import check
from ranvier.connections import shape
from ranvier.errors import RanvierError
from ranvier.filters import integers
from ranvier.ir import (
    AffineStage,
    ClipStage,
    CountStage,
    Decay,
    DecimateStage,
    Decode,
    DeltaStage,
    Dense,
    Fire,
    LevelCrossingStage,
    Network,
    Reset,
    SmoothStage,
    SquareStage,
    SynapticState,
    ThresholdCrossingStage,
)

Broken = tuple[Network, str, str]  # the network, the place, a part of what is said
WIDE = 2**31


def hidden(**fields: Any) -> Network:
    """Return the plain network with fields of its first population replaced."""
    first, last = network().populations
    return network(populations=(replace(first, **fields), last))


def first(**fields: Any) -> Network:
    """Return the plain network with fields of its first projection replaced."""
    q, other = network().projections
    return network(projections=(replace(q, **fields), other))


def encoding(**fields: Any) -> Network:
    return network(encoding=replace(network().encoding, **fields))


def whole() -> Iterator[Broken]:
    for name in ("", "Net", "1net", "n-t", "while", "n" * 32):
        yield network(name=name), "name", "not a lower-case C identifier"
    for dt in (0.0, -1.0, float("nan"), float("inf")):
        yield network(dt=dt), "dt", "not a positive number"
    yield network(populations=()), "populations", "none"
    for name in ("Hid", "input", "out"):
        yield hidden(name=name), name, "not a unique"
    decode = network().decode
    yield network(decode=replace(decode, rule="spike-count")), "decode", "never fires"
    both = (network().populations[0],)
    count = Decode(rule="readout-last", sources=("hid",), multiplier=ints(1))
    only = replace(network(), populations=both, projections=network().projections[:1])
    yield replace(only, decode=count), "decode", "hid fires"
    for sources in ((), ("none",), ("out", "out")):
        where = "decode.sources"
        yield network(decode=replace(decode, sources=sources)), where, "are not populations"
    mixed = replace(decode, sources=("hid", "out"))
    yield network(decode=mixed), "decode.sources", "some of them fire"
    yield network(decode=replace(decode, multiplier=ints(1, 2, 3))), "decode.multiplier", "shape"
    yield network(decode=replace(decode, multiplier=ints(-1))), "decode.multiplier", "exceed"
    yield network(decode=replace(decode, multiplier=ints(32768))), "decode.multiplier", "exceed"
    yield network(decode=replace(decode, classes=("a",))), "decode.classes", "1 names for 2"


def stages() -> Iterator[Broken]:
    yield encoding(channels=0), "encoding", "0 channels"
    yield encoding(channels=65535), "encoding", "65535 channels"
    yield encoding(raw_high=256), "encoding", "does not fit uint8"
    yield encoding(raw_low=-1), "encoding", "does not fit uint8"
    yield encoding(raw_low=9, raw_high=8), "encoding", "does not fit"
    for scale in (0.0, -1.0, float("nan")):
        yield encoding(raw_scale=scale), "encoding", "not positive"
    levels = LevelCrossingStage(delta=ints(1, 1), max_events=1)
    for stage, what in (
        (AffineStage(factor=ints(1), offset=ints(0, 0), shift=0), "one element a channel"),
        (AffineStage(factor=ints(1, 1), offset=ints(0), shift=0), "one element a channel"),
        (AffineStage(factor=ints(1, 1), offset=ints(0, 0), shift=32), "shift 32"),
        (AffineStage(factor=ints(1, 1), offset=ints(0, 0), shift=-1), "shift -1"),
        (ClipStage(low=2, high=1), "2 > 1"),
        (CountStage(window=0), "window 0"),
        (CountStage(window=65536), "window 65536"),
        (replace(levels, delta=ints(1)), "one positive element a channel"),
        (replace(levels, delta=ints(1, 0)), "one positive element a channel"),
        (replace(levels, max_events=0), "max_events"),
        (replace(levels, delta=ints(1, WIDE)), "exceeds 32 bits"),
        (ThresholdCrossingStage(threshold=ints(1, WIDE), falling=False), "exceeds 32 bits"),
        (ThresholdCrossingStage(threshold=ints(1, -WIDE), falling=True), "exceeds 32 bits"),
        (ThresholdCrossingStage(threshold=ints(1), falling=False), "one element a channel"),
        (
            ThresholdCrossingStage(threshold=ints(1, 1), falling=False, refractory=65536),
            "refractory 65536",
        ),
        (SquareStage(shift=32), "shift 32"),
        (SmoothStage(shift=16), "shift 16"),
        (DecimateStage(window=0), "window 0"),
    ):
        yield encoding(stages=(DeltaStage(), stage)), "encoding.stages[1]", what
    affine = AffineStage(factor=ints(1, 1), offset=ints(0, 0), shift=0)
    yield encoding(stages=(levels, affine)), "encoding.stages[1]", "one element a channel"
    yield from filters()
    wide = replace(levels, delta=np.ones(32768, np.int64))
    yield encoding(channels=32768, stages=(wide,)), "encoding.stages[0]", "doubles 32768 channels"
    twice = (CountStage(window=2), CountStage(window=2))
    yield encoding(stages=twice), "encoding.stages", "more than one count or decimate"


def filters() -> Iterator[Broken]:
    at = "encoding.stages[0]"
    good = integers(100.0, ((5.0, 20.0),), 2, 0)
    one = 1 << good.shift
    for bad, what in (
        (replace(good, b=good.b[0]), "bands"),
        (replace(good, b=np.ones((33, 1), np.int64)), "1..32 bands"),
        (replace(good, b=np.ones((1, 9), np.int64)), "1..8 sections"),
        (replace(good, a2=good.a2[:, :1]), "one element a band and section"),
        (replace(good, shift=0), "shift 0"),
        (replace(good, fraction=25), "fraction 25"),
        (replace(good, drop=25), "drop 25"),
        (replace(good, b=good.b * 0 + WIDE), "a coefficient exceeds 32 bits"),
        (replace(good, a2=good.a2 * 0 + one), "a pole on or beyond the unit circle"),
        (replace(good, a1=good.a2 * 0 - one, a2=good.a2 * 0), "a pole on or beyond"),
        (replace(good, a1=good.a1 * 0, a2=good.a2 * 0 + one - 9), "rings for more than"),
        (replace(good, b=good.b * 0 + (1 << 30), shift=8, a1=good.a1 * 0, a2=good.a2 * 0), "bits"),
    ):
        yield encoding(stages=(bad,)), at, what
    many = integers(100.0, ((5.0, 20.0),) * 32, 1, 0)
    yield encoding(channels=4000, stages=(many,)), at, "32 bands of 4000 channels"
    yield (
        encoding(raw="int32", raw_low=-(2**24), raw_high=2**24, stages=(SmoothStage(shift=15),)),
        at,
        "bits",
    )


def decays(place: str, make: Any) -> Iterator[Broken]:
    good = Decay(kind="leak", factor=ints(5), shift=16)
    yield make(replace(good, factor=ints(1, 2))), f"{place}.factor", "shape"
    yield make(replace(good, factor=ints(-1))), f"{place}.factor", "exceed"
    yield make(replace(good, factor=ints(65537))), f"{place}.factor", "exceed"
    yield make(replace(good, factor=ints(257), shift=8)), f"{place}.factor", "the state grows"
    yield make(replace(good, shift=32)), f"{place}.shift", "32 is not in 0..31"
    yield make(replace(good, kind="shift", factor=ints(32))), f"{place}.factor", "exceed"
    yield make(replace(good, min_step=2)), f"{place}.min_step", "2 is not 0 or 1"


def populations() -> Iterator[Broken]:
    yield hidden(size=0), "hid.size", "0 neurons"
    yield hidden(size=65535), "hid.size", "65535 neurons"
    yield hidden(bits=17), "hid.bits", "17 is not one of"
    yield from decays("hid.decay", lambda d: hidden(decay=d))
    yield hidden(bias=ints(1, 2)), "hid.bias", "shape"
    yield hidden(bias=ints(WIDE)), "hid.bias", "exceed"
    yield hidden(reset=Reset(kind="value", value=ints(32768))), "hid.reset.value", "exceed"
    yield hidden(reset=Reset(kind="value", value=ints(0, 0))), "hid.reset.value", "shape"
    yield hidden(lower_bound=ints(-32769)), "hid.lower_bound", "exceed"
    for scale in (np.ones(2), np.zeros(1), np.array([np.nan])):
        yield hidden(scale=scale), "hid.scale", "one positive number"
    for refractory in (-1, 256):
        yield hidden(refractory=refractory), "hid.refractory", "not in 0..255"
    surplus = Reset(kind="value", value=ints(1), timing="next-surplus")
    yield hidden(reset=surplus), "hid.reset.value", "resets to zero only"
    fire = Fire(compare=">", threshold=ints(5, 5, 5))
    for changed, place, what in (
        ({"threshold": ints(5)}, "threshold", "shape (1,) is not (3,)"),
        ({"threshold": ints(5, 5, 32768)}, "threshold", "exceed"),
        ({"threshold": ints(5, 0, 5), "spikes": "floor"}, "threshold", "positive thresholds"),
        ({"max_spikes": 2}, "max_spikes", "2 is not possible"),
        ({"max_spikes": 0}, "max_spikes", "0 is not possible"),
        ({"max_spikes": 256, "spikes": "floor"}, "max_spikes", "256 is not possible"),
    ):
        yield hidden(fire=replace(fire, **changed)), f"hid.fire.{place}", what


def synapses() -> Iterator[Broken]:
    good = SynapticState(decay=Decay(factor=ints(0)), bias=ints(0), gain=ints(1))
    place = "hid.synapses[1]"

    def second(**fields: Any) -> Network:
        return hidden(synapses=(good, replace(good, **fields)))

    yield from decays(f"{place}.decay", lambda d: second(decay=d))
    yield second(bits=8), f"{place}.bits", "8 is not one of"
    yield second(bias=ints(-WIDE)), f"{place}.bias", "exceed"
    yield second(gain=ints(32768)), f"{place}.gain", "exceed"
    yield second(gain_shift=-16), f"{place}.gain_shift", "-16 is not in"
    yield second(gain_shift=32), f"{place}.gain_shift", "32 is not in"


def projections() -> Iterator[Broken]:
    place = "input->hid"
    yield first(source="nobody"), "nobody->hid", ""
    yield first(target="nobody"), "input->nobody", ""
    yield first(source="out"), "out->hid", ""
    square = Dense(weight=np.ones((3, 3), np.int64))
    yield first(source="hid", connection=square), "hid->hid", ""
    for delay in (-1, 256):
        yield first(delay=delay), place, f"delay {delay} is not in 0..255"
    for synapse in (-1, 1):
        yield first(synapse=synapse), place, f"synapse {synapse} does not exist"
    for bits in (1, 17):
        yield first(bits=bits), place, f"{bits}-bit weights"
    for shift in (-32, 32):
        yield first(shift=shift), place, f"shift {shift} is not in"
    yield first(bits=4), place, "exceed 4 bits"
    yield first(connection=Dense(weight=ints(1, 2))), place, "1 axes"
    yield first(connection=square), place, "connection shape (3, 3) is not (3, 2)"


SPARSE_FAULTS: tuple[tuple[dict[str, Any], str], ...] = (
    ({"weight": ints(1)}, "differ in length"),
    ({"source": ints(0, 0, -1)}, "negative"),
    ({"source": ints(0, 0, 5)}, "outside the shape"),
    ({"target": ints(0, 3, 1)}, "outside the shape"),
    ({"source": ints(0, 4, 0)}, "not sorted and unique"),
    ({"target": ints(0, 0, 1)}, "not sorted and unique"),
)
CONV_FAULTS: tuple[tuple[dict[str, Any], str], ...] = (
    ({"weight": ints(1)}, "4 axes"),
    ({"stride": (0, 1)}, "at least 1"),
    ({"dilation": (1, 0)}, "at least 1"),
    ({"groups": 0}, "at least 1"),
    ({"padding": (0, 0, -1, 0)}, "padding at least 0"),
    ({"groups": 3}, "groups"),
    ({"input_shape": (5, 5, 5)}, "groups"),
    ({"dilation": (9, 1)}, "larger than the image"),
    ({"dilation": (7, 8)}, "larger than the image"),
    ({"dilation": (10**9, 1), "padding": (10**9, 10**9, 0, 0)}, "with its padding"),
    ({"input_shape": (4, -5, -5)}, "at least one element"),
)
POOL_FAULTS: tuple[tuple[dict[str, Any], str], ...] = (
    ({"kernel": (0, 2)}, "at least 1"),
    ({"stride": (2, 0)}, "at least 1"),
    ({"padding": (-1, 0)}, "padding at least 0"),
    ({"kernel": (9, 2)}, "larger than the image"),
    ({"kernel": (9, 7)}, "larger than the image"),
    ({"kernel": (2 * 10**9, 1), "padding": (10**9, 0)}, "with its padding"),
)


def connections() -> Iterator[Broken]:
    for changed, what in SPARSE_FAULTS:
        yield with_input(replace(SPARSE, **changed), 5, 3), "input->hid", what
    for changed, what in CONV_FAULTS:
        yield with_input(replace(CONV, **changed), 100, 30), "input->hid", what
    for changed, what in POOL_FAULTS:
        yield with_input(replace(POOL, **changed), 32, 12), "input->hid", what
    # Two negative sides make a positive area.
    for connection, channels in (
        (replace(CONV, dilation=(7, 8), stride=(1, 1)), 100),
        (replace(POOL, kernel=(8, 6), stride=(1, 1)), 32),
    ):
        targets, _ = shape(connection)
        yield with_input(connection, channels, targets), "input->hid", "larger than the image"


RULES = (whole, stages, populations, synapses, projections, connections)
CASES = [
    pytest.param(*case, id=f"{rule.__name__}-{k}")
    for rule in RULES
    for k, case in enumerate(rule())
]


@pytest.mark.parametrize(("broken", "place", "what"), CASES)
def test_a_broken_rule_is_named_with_its_place(broken: Network, place: str, what: str) -> None:
    with pytest.raises(RanvierError) as caught:
        check(broken)
    error = caught.value
    assert error.code == "N001"
    assert error.loc == f"{broken.name}:{place}"
    assert what in error.what
    assert error.hint


@pytest.mark.parametrize("name", NETWORKS)
def test_valid_networks_pass_unchanged(name: str) -> None:
    valid = NETWORKS[name]()
    assert check(valid) is valid


def test_limits_themselves_are_valid() -> None:
    last = population("out", 2, fires=False, bits=32, bias=ints(2**31 - 1, -(2**31 - 1)))
    check(network(name="n" * 31, populations=(network().populations[0], last)))
    check(hidden(bits=24, lower_bound=ints(-(2**23)), refractory=255))
    check(first(delay=255, shift=-31, bits=5))


def test_sums_beyond_the_golden_models_integers_are_refused() -> None:
    syn = SynapticState(
        decay=Decay(factor=ints(0)), bias=ints(-(2**31 - 1)), gain=ints(-32768), gain_shift=-15,
        bits=32,
    )  # fmt: skip
    last = population("out", 2, fires=False, bits=32, synapses=(syn,) * 4)
    with pytest.raises(RanvierError) as caught:
        check(network(populations=(network().populations[0], last)))
    assert "62 bits" in caught.value.what
    check(network(populations=(network().populations[0], replace(last, synapses=(syn,)))))
