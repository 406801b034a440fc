# SPDX-License-Identifier: Apache-2.0
"""Readouts whose units are far apart are compared exactly."""

from pathlib import Path

import nir
import numpy as np
import pytest
from tests.unit.nets import DT, counts, li, lif, read, weights, write_graph

from ranvier import floating, reference
from ranvier.frontends.data import make_data
from ranvier.ir import Network
from ranvier.model import Model
from ranvier.quantize.formats import Formats
from ranvier.quantize.ptq import quantize_model

X = counts(samples=12, steps=40)


def unequal(path: Path, parts: tuple[float, ...], decode: str = "readout-mean") -> Model:
    """Return a model of a readout that is never the answer, and others of these parts of it."""
    w = np.abs(weights(1, 8, 1))
    rows = np.concatenate([-w, *[part * w * np.linspace(1, 1.2, 8) for part in parts]])
    n = len(rows)
    nodes = {"a": nir.Linear(np.abs(weights(8, 3))), "h": lif(8), "b": nir.Linear(rows), "r": li(n)}
    return read(write_graph(path / "m.nir", (3,), n, nodes, dt=DT, decode=decode))


def ratios(network: Network) -> tuple[np.ndarray, np.ndarray]:
    unit, multiplier = network.output_scale, network.decode.multiplier
    return multiplier / multiplier[0], unit / unit[0]


@pytest.mark.parametrize("formats", [Formats(), Formats(weights=3), Formats(rounding="nearest")])
@pytest.mark.parametrize("ratio", [3.0, 70.0, 900.0, 5000.0, 1e5])
def test_multipliers_are_units_exactly(tmp_path: Path, ratio: float, formats: Formats) -> None:
    model = unequal(tmp_path, (1 / ratio, 0.77 / ratio, 0.39))
    network = quantize_model(model, make_data(X), formats)
    np.testing.assert_allclose(*ratios(network), rtol=1e-9)
    assert 16000 <= network.decode.multiplier.max() <= 32767
    assert network.decode.multiplier.min() >= 1


def test_the_larger_of_two_small_readouts_is_the_answer(tmp_path: Path) -> None:
    """They are 1/2000 of a third; one is 1 % above the other, whichever comes first."""
    for parts in ((1 / 2000, 1.01 / 2000), (1.01 / 2000, 1 / 2000), (1 / 1850, 1.01 / 1850)):
        model = unequal(tmp_path, parts)
        network = quantize_model(model, make_data(X), Formats(weights=16, state=32))
        wanted, trace = floating.simulate(model, X), reference.simulate(network, X)
        assert set(wanted.classes) == {1 + int(np.argmax(parts))}
        np.testing.assert_array_equal(trace.classes, wanted.classes)


def test_values_that_are_answers_by_themselves_keep_their_units(tmp_path: Path) -> None:
    parts, formats = (1 / 5000, 0.7 / 5000), Formats(rounding="nearest")
    alone, compared = (
        quantize_model(unequal(tmp_path, parts, decode), make_data(X), formats).output_scale
        for decode in ("per-step", "readout-mean")
    )
    assert (compared >= alone).all()
    assert (compared[1:] > alone[1:]).all()
    assert (compared <= alone * (1 + 1 / np.array([32766, 5, 3]))).all()


def test_readouts_of_several_layers_are_compared_exactly(tmp_path: Path) -> None:
    one = {"a": nir.Linear(np.abs(weights(8, 3))), "h": lif(8)}
    two = {
        "b": nir.Linear(weights(2, 8, 1)), "r": li(2),
        "c": nir.Linear(weights(2, 8, 2) / 3000), "s": li(2),
    }  # fmt: skip
    everything = {
        "input": nir.Input({"input": np.array([3])}), **one, **two,
        "p": nir.Output({"output": np.array([2])}), "q": nir.Output({"output": np.array([2])}),
    }  # fmt: skip
    edges = [
        ("input", "a"), ("a", "h"), ("h", "b"), ("b", "r"), ("h", "c"), ("c", "s"), ("r", "p"),
        ("s", "q"),
    ]  # fmt: skip
    nir.write(tmp_path / "m.nir", nir.NIRGraph(everything, edges, metadata={"dt": DT}))
    network = quantize_model(read(tmp_path / "m.nir"), make_data(X), Formats())
    assert len(network.outputs) == 2
    np.testing.assert_allclose(*ratios(network), rtol=1e-9)
