# SPDX-License-Identifier: Apache-2.0
"""Filterbanks: their design against scipy's, their integers against doubles, their bounds."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import signal

from ranvier import bounds, filters
from ranvier.encoding import Encoder
from ranvier.ir import Encoding, FilterbankStage, IntArray

FullBand = tuple[float, float, float, int]
BANDS: list[FullBand] = [
    (200.0, 20.0, 45.0, 1), (200.0, 20.0, 45.0, 2), (200.0, 45.0, 95.0, 4),
    (30000.0, 300.0, 6000.0, 3), (1000.0, 70.0, 150.0, 5), (10.0, 0.5, 4.9, 2),
    (2000.0, 8.0, 12.0, 2),
]  # fmt: skip


@pytest.mark.parametrize("band", BANDS)
def test_a_band_pass_is_scipys(band: FullBand) -> None:
    rate, low, high, order = band
    ours = filters.bandpass(rate, low, high, order)
    sos = np.array([[b, 0, -b, 1, a1, a2] for b, a1, a2 in ours])
    theirs = signal.butter(order, (low, high), "bandpass", fs=rate, output="sos")
    at = np.concatenate([np.geomspace(rate / 1000, 0.499 * rate, 300), [low, high]])
    found, wanted = (signal.sosfreqz(s, at, fs=rate)[1] for s in (sos, theirs))
    np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(np.abs(found[-2:]), math.sqrt(0.5), rtol=1e-6)
    assert (np.diff(ours[:, 2]) >= 0).all()


def encode(stage: FilterbankStage, x: IntArray, reach: int) -> IntArray:
    """Return a filterbank's output of one channel, (steps, bands)."""
    encoding = Encoding(
        channels=1, raw="int16", raw_low=-reach, raw_high=reach, raw_scale=1.0, stages=(stage,)
    )
    encoder = Encoder(encoding, 1)
    return np.array([encoder.step(np.array([[[v]]]))[0] for v in x.tolist()])


@pytest.mark.parametrize("band", BANDS)
def test_integers_filter_as_doubles_do(band: FullBand) -> None:
    rate, low, high, order = band
    stage = filters.integers(rate, ((low, high),), order, 14)
    assert stage.shift >= 29
    x = np.random.default_rng(0).integers(-2000, 2001, 1500)
    real = x[None, :, None].astype(np.float64)
    wanted = filters.filtered(filters.bandpass(rate, low, high, order), real)
    error = encode(stage, x, 2000)[:, 0] / 2.0**14 - wanted[0, :, 0]
    allowed = filters.gains(stage)[2][0, -1] / 2 / 2**14
    assert np.abs(error).max() <= allowed + 1e-3
    assert np.abs(wanted).max() > 5000 * np.abs(error).max()


def worst(stage: FilterbankStage, band: int, reach: int, n: int) -> NDArray[np.int64]:
    """Return the samples, each at an end, that drive a band as far up as n samples can."""
    pulse = np.zeros((1, n, 1))
    pulse[0, 0] = 1.0
    sections = np.stack([stage.b, stage.a1, stage.a2], axis=2)[band] / 2.0**stage.shift
    h = filters.filtered(sections, pulse)[0, :, 0]
    return np.where(h[::-1] >= 0, reach, -reach).astype(np.int64)


@pytest.mark.parametrize("band", BANDS)
def test_the_bound_of_a_filter_is_met_and_not_passed(band: FullBand) -> None:
    rate, low, high, order = band
    stage = filters.integers(rate, ((low, high),), order, 3)
    n = filters.length(np.stack([stage.b, stage.a1, stage.a2], axis=2)[0] / 2.0**stage.shift)
    reach = 500
    ends = bounds.Interval(np.array([-reach]), np.array([reach]))
    proved = bounds.filterbank_reach(stage, ends)[-1]
    found = encode(stage, worst(stage, 0, reach, n), reach).max()
    noise = filters.gains(stage)[2][0, -1]
    assert proved.high[0, 0] - noise - 2 - 1e-4 * found <= found <= proved.high[0, 0]


@settings(max_examples=60)
@given(st.data())
def test_rounding_stays_within_its_bound(data: st.DataObject) -> None:
    """Coarse coefficients, so that each section's rounding is loud in those behind it."""
    shift = data.draw(st.sampled_from((3, 5, 8)))
    one, sections = 1 << shift, data.draw(st.integers(1, 3))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    a2 = rng.integers(-one * 3 // 4, one * 7 // 8, (1, sections))
    a1 = ((one + a2) * rng.uniform(-0.95, 0.95, a2.shape)).astype(np.int64)
    b = rng.integers(-one, one, a2.shape, endpoint=True)
    stage = FilterbankStage(b=b, a1=a1, a2=a2, shift=shift, fraction=0, drop=0)
    if not filters.settles(stage):
        return
    reach = data.draw(st.sampled_from((0, 1, 3, 40)))
    ends = bounds.Interval(np.array([-reach]), np.array([reach]))
    proved = bounds.filterbank_reach(stage, ends)[-1]
    for x in (worst(stage, 0, reach, 300), rng.choice([-reach, reach], 300)):
        found = encode(stage, x, reach)
        assert proved.low[0, 0] <= found.min() <= found.max() <= proved.high[0, 0]


def test_rounding_keeps_a_section_going_and_its_bound_knows() -> None:
    """y = (x - x'') - 7/8 y', rounded: what is fed back never dies."""
    stage = FilterbankStage(
        b=np.array([[8]]), a1=np.array([[7]]), a2=np.array([[0]]), shift=3, fraction=0, drop=0
    )
    y = np.abs(encode(stage, np.array([9] + [0] * 60), 9)[40:, 0])
    assert 0 < y.min() <= y.max() <= filters.gains(stage)[2][0, 0] / 2
    assert filters.gains(stage)[2][0, 0] / 2 == pytest.approx(4.0, rel=1e-4)


def test_a_bank_is_its_bands_side_by_side() -> None:
    bands = ((20.0, 45.0), (45.0, 95.0), (2.0, 9.0))
    bank = filters.integers(200.0, bands, 2, 5)
    x = np.random.default_rng(2).integers(-128, 128, 200)
    whole = encode(bank, x, 128)
    for k, band in enumerate(bands):
        alone = replace(filters.integers(200.0, (band,), 2, 5))
        if alone.shift == bank.shift:
            np.testing.assert_array_equal(whole[:, k], encode(alone, x, 128)[:, 0])
    assert len({tuple(column) for column in whole.T}) == 3
