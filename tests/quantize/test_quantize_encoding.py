# SPDX-License-Identifier: Apache-2.0
"""The integer input encoding equals the real one to the last unit, and fits 32-bit arithmetic."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from ranvier import bounds, floating
from ranvier.encoding import Encoder, to_raw
from ranvier.errors import RanvierError
from ranvier.frontends.data import make_data
from ranvier.frontends.encoding import check_rate, parse_encoding
from ranvier.ir import AffineStage, Encoding
from ranvier.model import Edge, Model, Neurons
from ranvier.quantize.encode import quantize_encoding

CHANNELS = 2
RANGES = {"uint8": (0, 255), "int8": (-128, 127), "uint16": (0, 65535), "int16": (-32768, 32767)}


def model(raw: str, *stages: dict[str, Any]) -> Model:
    one = np.ones(CHANNELS)
    return Model(
        name="m", dialect="nir", dt=1.0, channels=CHANNELS,
        nodes=(Neurons(name="n", kind="I", size=CHANNELS, r=one),), edges=(Edge("input", "n"),),
        outputs=("n",), decode="readout-mean",
        encoding=parse_encoding({"raw": raw, "stages": list(stages)}, CHANNELS, "here"),
    )  # fmt: skip


def run(encoding: Encoding, x: NDArray[Any]) -> NDArray[np.int64]:
    window = bounds.samples_per_step(encoding)
    encoder = Encoder(encoding, len(x))
    raw = x.astype(np.int64)
    steps = [encoder.step(raw[:, t : t + window]) for t in range(0, x.shape[1], window)]
    return np.stack(steps, 1)


def errors(m: Model, x: NDArray[Any]) -> tuple[NDArray[np.float64], float]:
    """Return |integer - real| in units of the encoded input, and the largest real magnitude."""
    encoding, unit = quantize_encoding(m, make_data(x))
    assert m.encoding is not None
    wanted = floating.encode(m.encoding, x) / unit
    return np.abs(run(encoding, x) - wanted), float(np.abs(wanted).max())


def affine(offset: Any, scale: Any) -> dict[str, Any]:
    return {"kind": "affine", "offset": offset, "scale": scale}


@given(
    st.sampled_from(sorted(RANGES)),
    st.lists(st.floats(0, 1), min_size=CHANNELS, max_size=CHANNELS),
    st.floats(-8, 0),
    st.floats(-4, 4),
    st.lists(st.sampled_from([-1.0, 1.0]), min_size=CHANNELS, max_size=CHANNELS),
)
def test_standardised_samples_are_right_to_one_unit(
    raw: str, where: list[float], octave: float, ratio: float, signs: list[float]
) -> None:
    """Any offset; a full scale from a small part of the raw range to more than all of it."""
    low, high = RANGES[raw]
    offset = [low + w * (high - low) for w in where]
    first = 2.0**-octave / (high - low)
    scale = [signs[0] * first, signs[1] * first * 2.0**ratio]
    x = np.linspace(low, high, 2000).astype(raw)[None, :, None].repeat(CHANNELS, 2)
    m = model(raw, affine(offset, scale), {"kind": "clip", "low": -1, "high": 1})
    found, _ = errors(m, x)
    assert found.max() <= 1


def test_a_sensor_at_mid_scale_is_right_to_one_unit() -> None:
    """A 16-bit converter biased at half its supply: a large offset, a small signal."""
    x = (32768 + np.arange(-120, 121)).astype(np.uint16)[None, :, None].repeat(CHANNELS, 2)
    found, full = errors(
        model("uint16", affine(32768, 0.02), {"kind": "clip", "low": -2, "high": 2}), x
    )
    assert found.max() <= 1
    assert full > 120


CLIP = {"kind": "clip", "low": -100, "high": 100}
CHAINS: dict[str, tuple[dict[str, Any], ...]] = {
    "rectify": (affine(3.5, 0.01), {"kind": "rectify"}, {"kind": "clip", "low": 0, "high": 2}),
    "no clip": (affine(-7, [0.01, -0.3]),),
    "clip below": (affine(10, 0.02), {"kind": "clip", "low": -0.5, "high": 4}),
    "count after": (affine(0, 0.01), {"kind": "rectify"}, {"kind": "count", "window": 5}),
    "clip raw samples": (CLIP, affine(0, 0.01)),
}


@pytest.mark.parametrize("name", CHAINS)
def test_chains_of_stages_are_right_to_a_unit_a_sample(name: str) -> None:
    x = np.random.default_rng(0).integers(-200, 200, (3, 500, CHANNELS)).astype(np.int16)
    m = model("int16", *CHAINS[name])
    assert m.encoding is not None
    found, full = errors(m, x)
    assert found.max() <= m.encoding.window
    assert full > 100, "the encoded input uses its 8 bits"


BANK = {"kind": "filterbank", "rate": 1.0, "bands": [[0.05, 0.2]], "order": 2}
SMOOTH = {"kind": "smooth", "shift": 3}
POWER: dict[str, tuple[dict[str, Any], ...]] = {
    "magnitude": (BANK, {"kind": "rectify"}, SMOOTH, affine(0, 0.01)),
    "power": (BANK, {"kind": "square"}, SMOOTH, affine(0, 1e-4)),
    "decimated": (BANK, {"kind": "square"}, {"kind": "decimate", "window": 5}, affine(2, 1e-4)),
    "smoothed": (SMOOTH, affine(-3, 0.01)),
    "changes": ({"kind": "delta"}, affine(0, 0.01)),
}


@pytest.mark.parametrize("name", POWER)
@pytest.mark.parametrize("raw", ["int8", "int16"])
def test_band_power_is_right_to_a_unit(name: str, raw: str) -> None:
    reach = 120 if raw == "int8" else 20000
    x = np.random.default_rng(0).integers(-reach, reach, (3, 500, CHANNELS)).astype(raw)
    found, full = errors(model(raw, *POWER[name]), x)
    assert found.max() <= (2 if name == "smoothed" else 1.5)  # raw counts, in whole ones
    assert full == pytest.approx(127)


@pytest.mark.parametrize("refractory", [0, 4])
def test_crossings_are_those_of_the_real_signal(refractory: int) -> None:
    x = np.random.default_rng(0).integers(-200, 200, (3, 500, CHANNELS)).astype(np.int16)
    threshold = {"kind": "threshold", "threshold": [-50, 40], "falling": True}
    found, full = errors(model("int16", {**threshold, "refractory": refractory}), x)
    assert (found.max(), full) == (0, 1)
    band = {**BANK, "bands": [[0.02, 0.3]]}
    m = model("int16", band, {**threshold, "refractory": refractory})
    found, _ = errors(m, x)
    assert found.mean() < 1e-3  # a sample at the threshold itself may fall on either side


def test_levels_are_those_of_the_real_signal() -> None:
    x = np.random.default_rng(0).integers(-200, 200, (3, 500, 1)).astype(np.int16).cumsum(axis=1)
    m = model("int32", {"kind": "level", "delta": 150, "max_events": 3})
    assert m.raw_channels == 1
    found, full = errors(m, x)
    assert (found.max(), full) == (0, 2)


@pytest.mark.parametrize("late", [BANK, {"kind": "square"}])
def test_what_an_affine_stage_cannot_precede_is_refused(late: dict[str, Any]) -> None:
    with pytest.raises(RanvierError, match="behind an affine one") as e:
        quantize_encoding(model("int8", affine(0, 1), late), make_data(np.ones((1, 9, 2), np.int8)))
    assert e.value.code == "Q003"


def test_filters_for_another_rate_are_refused() -> None:
    encoding = model("int8", BANK, {"kind": "decimate", "window": 5}).encoding
    assert encoding is not None
    assert check_rate(encoding, 5.0, "here") is encoding
    with pytest.raises(RanvierError, match="make 2") as e:
        check_rate(encoding, 2.5, "here")
    assert e.value.code == "M009"


def test_full_scale_is_the_clip_and_not_the_recording() -> None:
    stages = (affine(0, 0.01), {"kind": "clip", "low": -1, "high": 2})
    quiet = np.ones((1, 9, CHANNELS), np.int16)
    _, unit = quantize_encoding(model("int16", *stages), make_data(quiet))
    assert unit == 2 / 127


@pytest.mark.parametrize("raw", sorted(RANGES))
def test_stages_of_integers_are_exact(raw: str) -> None:
    stages: tuple[dict[str, Any], ...] = (
        {"kind": "rectify"},
        {"kind": "clip", "low": 3, "high": 90},
        {"kind": "count", "window": 4},
    )
    low, high = RANGES[raw]
    x = np.random.default_rng(1).integers(low, high, (3, 40, CHANNELS), raw, endpoint=True)
    found, _ = errors(model(raw, *stages), x)
    assert found.max() == 0


@pytest.mark.parametrize("name", CHAINS)
def test_every_intermediate_value_fits_32_bits(name: str) -> None:
    x = np.random.default_rng(0).integers(-200, 200, (3, 500, CHANNELS)).astype(np.int16)
    _fits(quantize_encoding(model("int16", *CHAINS[name]), make_data(x))[0])


def test_an_affine_stage_after_a_count_fits_32_bits() -> None:
    x = np.random.default_rng(0).integers(-1000, 1000, (3, 500, CHANNELS)).astype(np.int16)
    m = model("int16", {"kind": "count", "window": 4}, affine(0, 0.001))
    _fits(quantize_encoding(m, make_data(x))[0])


def _fits(encoding: Encoding) -> None:
    before = bounds.encoding_intervals(encoding)
    for stage, interval in zip(encoding.stages, before[:-1], strict=True):
        if isinstance(stage, AffineStage):
            assert bounds.affine_product(stage, interval).bits <= 32
    assert all(interval.bits <= 32 for interval in before)


def test_floats_become_8_bit_samples() -> None:
    m = Model(**{**_fields(model("int8")), "encoding": None})
    x = np.random.default_rng(0).normal(0, 3, (4, 50, CHANNELS))
    encoding, unit = quantize_encoding(m, make_data(x))
    raw, clipped = to_raw(encoding, x)
    assert clipped == 0
    assert np.abs(raw).max() == 127
    assert np.abs(raw * unit - x).max() <= unit / 2
    larger, clipped = to_raw(encoding, 2 * x)
    assert clipped > 0
    assert np.abs(larger).max() == 127


def _fields(m: Model) -> dict[str, Any]:
    return {name: getattr(m, name) for name in Model.__dataclass_fields__}


@pytest.mark.parametrize(
    ("code", "stages", "x"),
    [
        ("Q001", (), np.zeros((1, 4, CHANNELS))),
        ("Q003", (affine(0, 1), affine(0, 1)), np.ones((1, 4, CHANNELS), np.int16)),
        ("Q003", (affine(1e18, 1), CLIP), np.ones((1, 4, CHANNELS), np.int16)),
    ],
)
def test_what_cannot_be_encoded_is_refused(code: str, stages: Any, x: NDArray[Any]) -> None:
    with pytest.raises(RanvierError) as caught:
        quantize_encoding(model("int16", *stages), make_data(x))
    assert caught.value.code == code
