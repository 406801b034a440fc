# SPDX-License-Identifier: Apache-2.0
"""The shared real cases: floats as their references say, and int8 as good as promised."""

import os
from typing import Any

import numpy as np
import pytest
from tests.cases import case, case_path
from tests.unit.nets import read

from ranvier import floating
from ranvier.frontends.data import Data, make_data
from ranvier.model import Model
from ranvier.tools.verbs.quantize import quantize
from ranvier.tools.verbs.simulate import simulate

FULL = os.environ.get("RANVIER_FULL", "") not in ("", "0")


def trained(name: str) -> tuple[Model, Data, Data]:
    file, data = {
        "d05": ("d05_m1_chewie/direction.nir", "d05_direction"),
        "d06": ("d06_har_basicmotions/model.nir", "d06"),
        "d07": ("d07_emg_myo/model.nir", "d07"),
    }[name]
    calib, test = (
        make_data(a["x"], a.get("y"), a.get("mask"), f"{name} {part}")
        for a, part in zip(case(data), ("calib", "test"), strict=True)
    )
    return read(case_path(file)), calib, test


def test_one_lif_neuron_spikes_at_the_published_steps() -> None:
    folder = "d01_nir_lif/lif_norse"
    published = np.loadtxt(case_path(f"{folder}.csv"), delimiter=",")
    model = read(case_path(f"{folder}.nir"), dt=1e-4)
    trace = floating.simulate(model, published[None, :, :1])
    (layer,) = trace.spikes
    assert np.flatnonzero(trace.spikes[layer][0, :, 0]).tolist() == [460, 510, 710, 760]
    np.testing.assert_allclose(trace.v[layer][0, :, 0], published[:, 1], rtol=0, atol=1e-7)


@pytest.mark.parametrize(
    ("name", "accuracy", "spikes"),
    [("d05", 1.0, 3144), ("d06", 1.0, 15730), ("d07", 0.9907, 1401962)],
)
def test_float_accuracy_and_spikes(name: str, accuracy: float, spikes: int) -> None:
    model, _, test = trained(name)
    trace = floating.simulate(model, test.x)
    assert test.y is not None
    assert round(float(np.mean(trace.classes == test.y)), 4) == accuracy
    assert sum(int(s.sum()) for s in trace.spikes.values()) == spikes


@pytest.mark.parametrize(("name", "at_least"), [("d05", 1.0), ("d06", 1.0), ("d07", 0.988)])
def test_int8_accuracy(name: str, at_least: float) -> None:
    model, calib, test = trained(name)
    result = quantize(model, calib, data=test)
    assert result.fixed_metric is not None
    assert result.float_metric is not None
    assert result.fixed_metric.value >= at_least
    assert result.float_metric.value >= at_least
    for a, b, differing in result.spikes.values():
        assert abs(a - b) < 0.02 * a
        assert 0 < differing < 0.2 * a, "none would mean that integers were never tried"
    assert sum(result.saturations.values()) < 1e-4 * test.x.size


D03: dict[str, tuple[dict[str, Any], float]] = {
    "zero": ({"reset": "value", "spikes_per_step": "once"}, 1.0),
    "subtract": ({"reset": "subtract", "spikes_per_step": "once"}, 0.98),
    "many": ({"reset": "subtract", "spikes_per_step": "many", "lower_bound": -1.0}, 0.96),
}


@pytest.mark.parametrize("rule", D03)
def test_the_convolutional_network(rule: str) -> None:
    """9000 neurons on 34x34 pixels; all 100 recordings with RANVIER_FULL, else the first 6."""
    options, accuracy = D03[rule]
    path = case_path("d03_nir_nmnist_scnn/cnn_sinabs.nir")
    model = read(path, dialect="sinabs", dt=1e-3, norm_input=False, **options)
    calib, test = (make_data(a["x"], a["y"]) for a in case("d03"))
    found = simulate(model, test if FULL else test.first(6), keep=False)
    assert found.metric is not None
    assert found.metric.value == (accuracy if FULL else 1)
    assert found.spikes["n_3"] > 500 * found.samples
    if rule == "zero":
        result = quantize(
            model, calib.first(40 if FULL else 2), data=test if FULL else test.first(2)
        )
        assert result.fixed_metric is not None
        assert result.fixed_metric.value >= (0.99 if FULL else 1)
        float_spikes, fixed_spikes, _ = result.spikes["n_3"]
        assert abs(float_spikes - fixed_spikes) < 0.02 * float_spikes


def test_padded_steps_count_in_the_decision() -> None:
    model, calib, test = trained("d05")
    assert test.mask is not None
    assert not test.mask.all(), "nothing is padded"
    result = quantize(model, calib, data=test)
    unmasked = Data(x=test.x, y=test.y)
    assert quantize(model, calib, data=unmasked).fixed_metric == result.fixed_metric


def test_quantised_neuron_spikes_at_the_published_steps() -> None:
    folder = "d01_nir_lif/lif_norse"
    x = np.loadtxt(case_path(f"{folder}.csv"), delimiter=",")[None, :, :1]
    model = read(case_path(f"{folder}.nir"), dt=1e-4)
    result = quantize(model, make_data(x))
    ((a, b, differing),) = result.spikes.values()
    assert (a, b) == (4, 4)
    assert differing <= 4, "at most two of the spikes move"
