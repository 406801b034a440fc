# SPDX-License-Identifier: Apache-2.0
"""A network that gives spikes and membranes: model == golden model == C."""

from pathlib import Path

import nir
import numpy as np
import pytest
from tests.kernel_build import Kernels, compare
from tests.unit.nets import DT, counts, li, lif, read, weights

from ranvier import floating, reference
from ranvier.errors import RanvierError
from ranvier.frontends.data import make_data
from ranvier.quantize.formats import Formats
from ranvier.quantize.ptq import quantize_model
from ranvier.tools.verbs.explain import explain
from ranvier.tools.verbs.simulate import simulate


def written(path: Path) -> Path:
    """Write a hidden layer that feeds a firing output and a readout."""
    nodes = {
        "input": nir.Input({"input": np.array([3])}),
        "a": nir.Linear(np.abs(weights(8, 3))), "h": lif(8),
        "b": nir.Linear(np.abs(weights(3, 8, 1))), "s": lif(3),
        "c": nir.Linear(weights(2, 8, 2)), "v": li(2),
        "p": nir.Output({"output": np.array([3])}), "q": nir.Output({"output": np.array([2])}),
    }  # fmt: skip
    edges = [
        ("input", "a"), ("a", "h"), ("h", "b"), ("b", "s"), ("s", "p"), ("h", "c"), ("c", "v"),
        ("v", "q"),
    ]  # fmt: skip
    nir.write(path, nir.NIRGraph(nodes, edges, metadata={"dt": DT}))
    return path


def test_spikes_and_membranes_are_read_step_by_step(tmp_path: Path, kernels: Kernels) -> None:
    model = read(written(tmp_path / "m.nir"))
    assert model.decode == "per-step"
    x = counts(samples=4, steps=60)
    network = quantize_model(model, make_data(x), Formats(weights=16))
    trace = reference.simulate(network, x)
    wanted = floating.simulate(model, x).out
    real = trace.out * network.output_scale
    assert wanted[..., :3].sum() > 20
    np.testing.assert_array_equal(real[..., :3], wanted[..., :3])
    np.testing.assert_allclose(real[..., 3:], wanted[..., 3:], atol=0.02 * np.abs(wanted).max())
    compare(kernels, network, x)
    assert explain(model, network, make_data(x)).verdict.status == "ok"


@pytest.mark.parametrize("decode", ["spike-count", "readout-mean"])
def test_they_have_no_class(tmp_path: Path, decode: str) -> None:
    path = written(tmp_path / "m.nir")
    with pytest.raises(RanvierError, match="M006") as e:
        read(path, decode=decode)
    assert "per-step" in e.value.hint


def test_classes_are_no_labels_for_them(tmp_path: Path) -> None:
    model = read(written(tmp_path / "m.nir"))
    x = counts(samples=4, steps=60)
    labelled = make_data(x, y=np.array([0, 1, 2, 3]))
    network = quantize_model(model, make_data(x), Formats())
    for found in (model, network):
        with pytest.raises(RanvierError, match="D008"):
            simulate(found, labelled)
