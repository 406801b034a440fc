# SPDX-License-Identifier: Apache-2.0
"""The shared real cases: floats as their references say, integers as good as promised.

Nothing is chosen on the data that are scored: one setting serves all.
"""

from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.cases import case_module, case_path
from tests.networks import (
    NEUROBENCH,
    data,
    model,
    neurobench,
    neurobench_input,
    neurobench_weights,
)

from ranvier import floating, reference
from ranvier.frontends.data import Data
from ranvier.frontends.nir import read_nir
from ranvier.frontends.options import ModelOptions
from ranvier.ir import Network
from ranvier.model import Model
from ranvier.quantize.formats import Formats
from ranvier.quantize.ptq import quantize_model
from ranvier.tools.verbs import prepare

BATCH = 20  # recordings at a time


def batches(d: Data) -> list[Data]:
    return [
        Data(
            x=d.x[k : k + BATCH],
            y=None if d.y is None else d.y[k : k + BATCH],
            mask=None if d.mask is None else d.mask[k : k + BATCH],
        )
        for k in range(0, len(d.x), BATCH)
    ]


def scored(parts: list[tuple[NDArray[Any], NDArray[Any]]], d: Data) -> float:
    out, classes = (np.concatenate([p[k] for p in parts]) for k in (0, 1))
    found = prepare.score(out, classes, d, d.name)
    assert found is not None
    return found.value


def of_float(m: Model, d: Data) -> float:
    traces = [floating.simulate(m, part.x, keep=()) for part in batches(d)]
    return scored([(t.out, t.classes) for t in traces], d)


def of_integers(n: Network, d: Data) -> float:
    parts = []
    for part in batches(d):
        t = reference.simulate(n, prepare.raw_samples(n, part))
        parts.append((t.out * n.output_scale, t.classes))
    return scored(parts, d)


@cache
def float_score(name: str) -> float:
    return of_float(model(name), data(name)[1])


@pytest.mark.parametrize(
    ("name", "wanted", "digits"),
    [
        ("d02_subtract", 0.9690, 4), ("d02_zero", 0.9643, 4), ("d03_zero", 1.0, 4),
        ("d03_subtract", 0.98, 4), ("d03_many", 0.96, 4), ("d05_direction", 1.0, 4),
        ("d05_velocity", 0.812, 3), ("d06", 1.0, 4), ("d07", 0.9907, 4),
    ],
)  # fmt: skip
def test_the_float_model_scores_what_its_reference_does(
    name: str, wanted: float, digits: int
) -> None:
    assert round(float_score(name), digits) == wanted


# weight bits -> what at least must be reached; None: that much below the float model
PROMISES: list[tuple[str, int, float | None, float]] = [
    ("d02_subtract", 8, None, 0.010), ("d02_zero", 8, None, 0.010),
    ("d02_subtract", 4, 0.85, 0), ("d02_zero", 4, 0.85, 0),
    ("d03_zero", 8, None, 0.01), ("d03_zero", 4, 0.96, 0),
    ("d03_subtract", 8, None, 0.01), ("d03_subtract", 4, None, 0.02),
    ("d03_many", 8, None, 0.01), ("d03_many", 4, None, 0.02),
    ("d05_direction", 8, 1.0, 0), ("d05_direction", 4, 0.96, 0),
    ("d05_velocity", 8, 0.805, 0), ("d05_velocity", 4, 0.79, 0),
    ("d06", 8, 1.0, 0), ("d06", 4, 1.0, 0),
    ("d07", 8, 0.989, 0), ("d07", 4, 0.985, 0),
]  # fmt: skip


@pytest.mark.parametrize(("name", "bits", "least", "below"), PROMISES)
def test_integers_are_as_good_as_promised(
    name: str, bits: int, least: float | None, below: float
) -> None:
    calib, test = data(name)
    network = quantize_model(model(name), calib, Formats(weights=bits))
    assert {q.bits for q in network.projections} == {bits}
    found = of_integers(network, test)
    wanted = float_score(name) - below if least is None else least
    assert found >= wanted - 1e-9, f"{name} with {bits}-bit weights: {found:.4f}"


@pytest.mark.parametrize(
    ("file", "reset", "spikes"),
    [("noBias_subtract", "subtract", 118), ("bias_zero", "value", 119)],
)
def test_published_snntorch_spikes_of_braille(file: str, reset: Any, spikes: int) -> None:
    """Hidden spikes of the paper's own sample, as snnTorch of 2023 published them."""
    folder = "d02_nir_braille_srnn"
    options = ModelOptions(dialect="snntorch", reset=reset, reset_timing="now")
    m = read_nir(case_path(f"{folder}/braille_noDelay_{file}.nir"), options)
    x = np.load(case_path(f"{folder}/ds_test_0_input.npy"))[None]
    published = np.load(case_path(f"{folder}/snntorch_activity_noDelay_{file}.npy"))
    hidden = floating.simulate(m, x).spikes[m.neurons[0].name][0]
    assert int(hidden.sum()) == spikes
    assert np.count_nonzero(hidden != published) == 0


@pytest.mark.parametrize("dialect", ["snntorch", "snntorch<=0.7"])
@pytest.mark.parametrize("name", NEUROBENCH)
def test_neurobench_decoder_fires_as_its_reference(name: str, dialect: str) -> None:
    """Both reset rules of snnTorch, on recorded rates (indy) and on seeded counts (loco)."""
    w, x = neurobench_weights(name), neurobench_input(name)
    rule = "snntorch<=0.7" if "0.7" in dialect else "snntorch>=0.9"
    spikes, out = case_module("d04_neurobench_snn2/ref.py").run(w, x, rule)
    trace = floating.simulate(neurobench(name, dialect), x)
    assert spikes.sum() > 1000
    assert np.count_nonzero(trace.spikes["hidden"] != spikes) == 0
    np.testing.assert_allclose(trace.out, out, atol=1e-5)
