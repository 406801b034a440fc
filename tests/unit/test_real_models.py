# SPDX-License-Identifier: Apache-2.0
"""The shared real cases: floats as their references say, and int8 as good as promised."""

import numpy as np
import pytest
from tests.cases import case, case_path
from tests.unit.nets import read

from ranvier import floating
from ranvier.frontends.data import Data, make_data
from ranvier.model import Model
from ranvier.tools.verbs.quantize import quantize


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
