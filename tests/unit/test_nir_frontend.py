# SPDX-License-Identifier: Apache-2.0
"""Every supported NIR node, read back from a file, does what its equations say."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nir
import numpy as np
import pytest
from numpy.typing import NDArray
from tests.unit.nets import DT, counts, li, lif, read, small_model, weights, write_graph

from ranvier import floating, passes
from ranvier.check import is_identifier
from ranvier.errors import RanvierError
from ranvier.frontends.data import make_data
from ranvier.quantize.ptq import Formats, quantize_model

SIZE, STEPS = 4, 60
Array = NDArray[np.float64]


def euler(p: dict[str, Array], x: Array) -> tuple[Array, Array]:
    """Step NIR's equations on x (steps, size): outputs, and membranes before the reset."""
    v, i = np.zeros(x.shape[1]), np.zeros(x.shape[1])
    out, before = [], []
    for current in x:
        if "tau_syn" in p:
            i = i + DT / p["tau_syn"] * (p["w_in"] * current - i)
            current = i
        tau = p.get("tau", p.get("tau_mem"))
        v = v + (
            DT * p["r"] * current
            if tau is None
            else DT / tau * (p["v_leak"] - v + p["r"] * current)
        )
        before.append(v)
        fired = v > p["v_threshold"] if "v_threshold" in p else None
        v = v if fired is None else np.where(fired, p["v_reset"], v)
        out.append(v if fired is None else fired * 1.0)
    return np.array(out), np.array(before)


def parameters(*names: str) -> dict[str, Array]:
    rng = np.random.default_rng(3)
    ranges = {
        "tau": (3e-3, 3e-2), "tau_mem": (3e-3, 3e-2), "tau_syn": (2e-3, 9e-3), "r": (0.5, 3),
        "v_leak": (-0.2, 0.2), "v_threshold": (0.3, 0.8), "v_reset": (-0.1, 0.1), "w_in": (0.5, 2),
    }  # fmt: skip
    return {name: rng.uniform(*ranges[name], SIZE) for name in names}


NEURONS: dict[str, tuple[Callable[..., Any], tuple[str, ...]]] = {
    "LIF": (nir.LIF, ("tau", "r", "v_leak", "v_threshold", "v_reset")),
    "LI": (nir.LI, ("tau", "r", "v_leak")),
    "CubaLIF": (
        nir.CubaLIF,
        ("tau_syn", "tau_mem", "r", "v_leak", "v_threshold", "v_reset", "w_in"),
    ),
    "CubaLI": (nir.CubaLI, ("tau_syn", "tau_mem", "r", "v_leak", "w_in")),
    "IF": (nir.IF, ("r", "v_threshold", "v_reset")),
    "I": (nir.I, ("r",)),
}


@pytest.mark.parametrize("kind", NEURONS)
def test_neurons_follow_nirs_equations(tmp_path: Path, kind: str) -> None:
    node, names = NEURONS[kind]
    p = parameters(*names)
    x = np.random.default_rng(5).uniform(-1, 3, (1, STEPS, SIZE))
    if kind in ("IF", "I"):  # without a leak, r is a rate per second
        x = x / DT / 10
    path = write_graph(tmp_path / "m.nir", (SIZE,), SIZE, {"n": node(**p)})
    model = read(path, dt=DT)
    assert model.neurons[0].kind == kind
    trace = floating.simulate(model, x)
    expected, before = euler(p, x[0])
    np.testing.assert_allclose(trace.out[0], expected, rtol=0, atol=2e-4)
    if "v_threshold" in p:
        assert np.abs(before - p["v_threshold"]).min() > 1e-5, "a tie decides nothing"
        assert trace.spikes["n"].sum() > 20
        assert model.decode == "spike-count"
    else:
        assert trace.spikes == {}
        assert model.decode == "readout-mean"


@pytest.mark.parametrize("kind", ["Linear", "Affine", "Scale", "Flatten"])
def test_linear_nodes(tmp_path: Path, kind: str) -> None:
    w, b = weights(SIZE, SIZE, 1), weights(1, SIZE, 2)[0]
    shape = {"input": np.array([2, 2])}
    node, weight, bias = {
        "Linear": (nir.Linear(w), w, 0 * b),
        "Affine": (nir.Affine(w, b), w, b),
        "Scale": (nir.Scale(b), np.diag(b), 0 * b),
        "Flatten": (nir.Flatten(shape, start_dim=0), np.eye(SIZE), 0 * b),
    }[kind]
    channels = (2, 2) if kind == "Flatten" else (SIZE,)
    p = parameters("tau", "r", "v_leak")
    path = write_graph(tmp_path / "m.nir", channels, SIZE, {"a": node, "n": nir.LI(**p)})
    x = np.random.default_rng(6).normal(0, 1, (2, STEPS, *channels))
    out = floating.simulate(read(path, dt=DT), x).out
    for sample in range(2):
        expected, _ = euler(p, x[sample].reshape(STEPS, SIZE) @ weight.T + bias)
        np.testing.assert_allclose(out[sample], expected, rtol=0, atol=2e-5)


def test_signals_that_meet_are_summed(tmp_path: Path) -> None:
    w, s = weights(SIZE, SIZE, 1), weights(1, SIZE, 2)[0]
    p = parameters("tau", "r", "v_leak")
    nodes = {"a": nir.Linear(w), "b": nir.Scale(s), "n": nir.LI(**p)}
    edges = [("input", "a"), ("input", "b"), ("a", "n"), ("b", "n"), ("n", "output")]
    path = write_graph(tmp_path / "m.nir", (SIZE,), SIZE, nodes, edges)
    x = np.random.default_rng(6).normal(0, 1, (1, STEPS, SIZE))
    expected, _ = euler(p, x[0] @ w.T + x[0] * s)
    np.testing.assert_allclose(
        floating.simulate(read(path, dt=DT), x).out[0], expected, rtol=0, atol=2e-5
    )


def test_layers_run_in_order_within_a_step(tmp_path: Path) -> None:
    path = write_graph(tmp_path / "m.nir", (2,), 2, {"a": lif(2), "b": lif(2)})
    trace = floating.simulate(read(path, dt=DT), np.full((1, 3, 2), 5.0))
    assert trace.spikes["a"][0, 0].all()
    assert (trace.v["b"][0, 0] != 0).all(), "the second layer sees the spikes of this step"


def test_names_become_unique_identifiers(tmp_path: Path) -> None:
    names = ["0", "Fc-1", "fc_1", "fc.1", "while", "Input", "é", "a" * 60, "a" * 59 + "b"]
    nodes: dict[str, Any] = {name: nir.Scale(np.full(2, 2.0)) for name in names}
    path = write_graph(tmp_path / "3 Models.v2.nir", (2,), 2, {**nodes, "end": li(2)})
    model = read(path, dt=DT)
    found = [n.name for n in model.nodes]
    assert len(set(found)) == len(names) + 1
    assert all(is_identifier(n) and n != "input" for n in [*found, model.name])
    assert model.name == "n_3_models_v2"
    out = floating.simulate(model, np.ones((1, 1, 2))).out
    np.testing.assert_allclose(out[0, 0], DT / (20 * DT) * 2 ** len(names), rtol=1e-5)


def test_metadata_says_what_nir_does_not(tmp_path: Path) -> None:
    encode = {"raw": "int16", "stages": [{"kind": "rectify"}, {"kind": "count", "window": 5}]}
    path = small_model(
        tmp_path / "m.nir",
        dt=2e-3,
        decode="readout-last",
        classes=json.dumps(["left", "right"]),
        encode=json.dumps(encode),
    )
    model = read(path)
    assert model.dt == 2e-3
    assert model.decode == "readout-last"
    assert model.classes == ("left", "right")
    assert model.encoding is not None
    assert model.encoding.window == 5
    assert [s.kind for s in model.encoding.stages] == ["rectify", "count"]


def test_options_override_the_metadata(tmp_path: Path) -> None:
    path = small_model(tmp_path / "m.nir", dt=2e-3, decode="readout-last", encode="not JSON")
    file = tmp_path / "e.toml"
    file.write_text('raw = "uint8"\n[[stages]]\nkind = "clip"\nlow = 0\nhigh = 9\n')
    model = read(path, dt=1e-3, decode="readout-mean", encoding_file=file)
    assert model.dt == 1e-3
    assert model.decode == "readout-mean"
    assert model.encoding is not None
    assert model.encoding.raw == "uint8"


def test_what_was_taken_for_granted_is_said(tmp_path: Path) -> None:
    p = parameters("tau_syn", "tau_mem", "r", "v_leak", "v_threshold", "v_reset", "w_in")
    path = write_graph(tmp_path / "m.nir", (SIZE,), SIZE, {"n": nir.CubaLIF(**p)})
    said = [a.what for a in read(path, dt=DT).ambiguities]
    assert len(said) == 3
    assert read(path, dt=DT, dialect="nir").ambiguities == ()


def test_a_file_may_name_its_dialect(tmp_path: Path) -> None:
    model = read(small_model(tmp_path / "m.nir", dialect="nir"))
    assert (model.dialect, model.ambiguities) == ("nir", ())
    with pytest.raises(RanvierError, match="M008"):
        read(small_model(tmp_path / "n.nir", dialect="esperanto"))


@pytest.mark.parametrize(
    ("metadata", "code"),
    [
        ({"dt": -1.0}, "M005"),
        ({"dt": "soon"}, "M005"),
        ({"dt": DT, "decode": "guess"}, "M006"),
        ({"dt": DT, "decode": "spike-count"}, "M006"),
        ({"dt": DT, "classes": '["one"]'}, "M007"),
        ({"dt": DT, "classes": "not JSON"}, "M007"),
        ({"dt": DT, "encode": "not JSON"}, "M009"),
        ({"dt": DT, "encode": '{"raw": "int4", "stages": []}'}, "M009"),
    ],
)
def test_bad_metadata_is_refused(tmp_path: Path, metadata: dict[str, Any], code: str) -> None:
    path = small_model(tmp_path / "m.nir", **metadata)
    with pytest.raises(RanvierError) as caught:
        read(path)
    assert caught.value.code == code
    assert caught.value.hint
    assert str(path) in caught.value.loc


@pytest.mark.parametrize("kind", ["LI", "I", "CubaLI"])
def test_values_between_layers_are_simulated_and_not_quantised(tmp_path: Path, kind: str) -> None:
    """A membrane that never fires gives itself to what it feeds; against NIR's own equations."""
    two = np.ones(2)
    middle = {
        "LI": nir.LI(8 * DT * two, 3 * two, 0.1 * two),
        "I": nir.I(20 * two),
        "CubaLI": nir.CubaLI(4 * DT * two, 8 * DT * two, 3 * two, 0.1 * two, w_in=2 * two),
    }[kind]
    w, u = weights(2, 3), weights(4, 2, 1)
    nodes = {"fc": nir.Linear(w), "m": middle, "fc2": nir.Affine(u, 0.1 * np.ones(4)), "b": lif(4)}
    model = read(write_graph(tmp_path / "m.nir", (3,), 4, nodes), dt=DT)
    x = counts(samples=1, steps=60)
    trace = floating.simulate(model, x)
    v, i, membrane, fired = np.zeros(2), np.zeros(2), np.zeros(4), 0
    out = lif(4)
    for t in range(60):
        drive = w @ x[0, t]
        if kind == "CubaLI":
            i = i + (2 * drive - i) / 4
            drive = i
        v = v + 20 * DT * drive if kind == "I" else v + (0.1 - v + 3 * drive) / 8
        leak = DT / out.tau
        membrane = membrane + leak * (out.v_leak - membrane + out.r * (u @ v + 0.1))
        spikes = membrane > out.v_threshold
        membrane = np.where(spikes, out.v_reset, membrane)
        fired += int(spikes.sum())
        np.testing.assert_allclose(trace.v["m"][0, t], v, rtol=1e-4, atol=1e-5)
        assert (trace.spikes["b"][0, t] == spikes).all()
    assert fired > 10
    same = floating.simulate(passes.run(model), x)
    assert (same.spikes["b"] == trace.spikes["b"]).all()
    with pytest.raises(RanvierError, match="Q009"):
        quantize_model(model, make_data(x), Formats())
