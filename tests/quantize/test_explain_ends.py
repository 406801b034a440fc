# SPDX-License-Identifier: Apache-2.0
"""What `explain` builds on: mixtures with both ends right, distances, and sums that decide."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import nir
import numpy as np
import pytest
from numpy.typing import NDArray
from tests import networks
from tests.images import image_network
from tests.quantize.explain_cases import X, cuba_model, resting_model, with_rule
from tests.unit.nets import DT, counts, li, read, small_model, weights, write_graph

from ranvier import connections, floating, ir, reference
from ranvier.errors import RanvierError
from ranvier.frontends.data import Data, make_data
from ranvier.ir import INPUT, Network
from ranvier.model import Model
from ranvier.quantize import explain_first
from ranvier.quantize.explain_distance import values_apart, van_rossum
from ranvier.quantize.explain_layer import CAUSES, as_word
from ranvier.quantize.explain_mixed import Mixed, run_mixed
from ranvier.quantize.explain_pair import of_connection, pair
from ranvier.quantize.numerics import NUMERICS
from ranvier.quantize.ptq import Formats, quantize_model
from ranvier.reference import Trace
from ranvier.tools.report.explain import page
from ranvier.tools.verbs import prepare
from ranvier.tools.verbs.explain import explain
from ranvier.update import fit

RULES: dict[str, dict[str, Any]] = {
    "value": {},
    "subtract": {"reset": "subtract", "compare": ">="},
    "many": {"reset": "subtract", "spikes": "floor", "max_spikes": 5},
    "many-at-least": {"reset": "subtract", "spikes": "floor", "max_spikes": 5, "compare": ">="},
    "next-membrane": {"reset_timing": "next-membrane"},
    "next-membrane-subtract": {"reset_timing": "next-membrane", "reset": "subtract"},
    "next-update": {"reset_timing": "next-update"},
    "next-update-subtract": {"reset_timing": "next-update", "reset": "subtract"},
    "next-surplus": {"reset_timing": "next-surplus"},
    "next-surplus-subtract": {"reset_timing": "next-surplus", "reset": "subtract"},
    "bounded": {"lower_bound": -0.5},
    "exponential": {"decay": "exponential", "form": "sum"},
}


def ends(model: Model, network: Network, data: Data) -> tuple[Mixed, Trace, Mixed, Any]:
    """Return the mixture of all parts and the golden model, that of none and the float model."""
    golden = reference.simulate(network, prepare.raw_samples(network, data))
    pairs = pair(model, network)
    x = floating.encode(pairs.model.encoding, prepare.for_model(model, data).x)
    real, whole = x.astype(np.float64) / pairs.input_unit, golden.inputs.astype(np.float64)
    every = {(cause, p.name) for cause in CAUSES for p in pairs.layers} | {(INPUT, INPUT)}
    return (
        run_mixed(pairs, real, whole, every),
        golden,
        run_mixed(pairs, real, whole, set()),
        floating.simulate(pairs.model, prepare.for_model(model, data).x),
    )


def check_ends(model: Model, network: Network, data: Data) -> Trace:
    """Fail unless all parts are the golden model, and none the float model but for near-ties."""
    exact, golden, base, trace = ends(model, network, data)
    assert sum(int(s.sum()) for s in golden.spikes.values()) > 20
    for name, spikes in golden.spikes.items():
        assert np.array_equal(exact.spikes[name], spikes), name
        ties = np.count_nonzero(base.spikes[name] != trace.spikes[name])
        assert ties <= 1e-4 * spikes.size, name
    for name, v in exact.v.items():
        assert np.array_equal(v, golden.v[name]), name
        unit = network.population(name).scale
        wanted = trace.v[name].astype(np.float64)
        assert values_apart(wanted, base.v[name] * unit).relative < 1e-4
    for name, full in golden.saturations.items():
        assert (exact.hit_steps[name] > 0) == (full > 0)
        assert int(exact.hits[name].sum()) <= full
    return golden


@pytest.mark.parametrize("rule", RULES)
def test_all_parts_are_the_golden_model_and_none_the_float_model(tmp_path: Path, rule: str) -> None:
    model = with_rule(read(small_model(tmp_path / "m.nir")), **RULES[rule])
    network = quantize_model(model, make_data(X), Formats(weights=5))
    check_ends(model, network, make_data(X))


@pytest.mark.parametrize("rule", ["value", "next-surplus-subtract"])
@pytest.mark.parametrize("overflow", ["saturate", "wrap"])
@pytest.mark.parametrize("order", ["sum", "each", "increment"])
def test_they_are_so_where_states_saturate(
    tmp_path: Path, rule: str, overflow: Any, order: Any
) -> None:
    model = with_rule(read(small_model(tmp_path / "m.nir")), **RULES[rule])
    network = networks.saturating(quantize_model(model, make_data(X), Formats()))
    wild = tuple(replace(p, overflow=overflow, saturation=order) for p in network.populations)
    network = replace(network, populations=wild)
    golden = check_ends(model, network, make_data(X))
    assert min(golden.saturations.values()) > 20


def test_they_are_so_with_currents_a_loop_and_biases(tmp_path: Path) -> None:
    model = cuba_model(tmp_path / "m.nir")
    network = quantize_model(model, make_data(X), Formats())
    assert all(p.synapses for p in network.populations)
    assert any(q.delay for q in network.projections)
    check_ends(model, network, make_data(X))
    golden = check_ends(model, networks.saturating(network), make_data(X))
    assert golden.saturations["readout"] > 0


@pytest.mark.parametrize("current", [True, False])
@pytest.mark.parametrize("compare", [">", ">="])
def test_they_are_so_in_loihis_numerics(tmp_path: Path, current: bool, compare: Any) -> None:
    """Its currents where the model has none, its grid, its biases, and what wraps once."""
    path = tmp_path / "m.nir"
    model = cuba_model(path) if current else read(small_model(path))
    model = with_rule(model, reset="value", compare=compare)
    network = quantize_model(model, make_data(X), Formats(numerics=NUMERICS["loihi"]))
    assert all(p.synapses for p in network.populations)
    check_ends(model, network, make_data(X))
    louder = tuple(replace(q, shift=q.shift + 9) for q in network.projections)
    golden = check_ends(model, replace(network, projections=louder), make_data(X))
    assert max(golden.saturations.values()) > 20
    explain(model, network, make_data(X))


@pytest.mark.parametrize("chip", ["spinnaker", "xylo"])
def test_numerics_that_have_no_mixture_are_refused(tmp_path: Path, chip: str) -> None:
    rule = {"reset": "subtract", "spikes": "floor", "max_spikes": 9} if chip == "xylo" else {}
    model = with_rule(read(small_model(tmp_path / "m.nir")), **rule)
    network = quantize_model(model, make_data(X), Formats(numerics=NUMERICS[chip]))
    with pytest.raises(RanvierError, match="X002"):
        explain(model, network, make_data(X))


def test_they_are_so_where_neurons_start_at_rest(tmp_path: Path) -> None:
    model = resting_model(tmp_path / "m.nir")
    check_ends(model, quantize_model(model, make_data(X), Formats()), make_data(X))


def test_they_are_so_with_convolutions_and_pools(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    kernel = rng.normal(0.2, 0.5, (4, 2, 3, 3))
    one = np.ones((4, 3, 3))
    write_graph(
        tmp_path / "m.nir", (2, 6, 6), 2,
        {
            "conv": nir.Conv2d((6, 6), kernel, 1, 1, 1, 1, np.linspace(-0.1, 0.2, 4)),
            "pool": nir.AvgPool2d(np.array([2, 2]), np.array([2, 2]), np.array([0, 0])),
            "fires": nir.LIF(5 * DT * one, 6 * one, 0 * one, one, 0 * one),
            "flat": nir.Flatten({"input": np.array([4, 3, 3])}, 0),
            "fc": nir.Linear(weights(2, 36)),
            "readout": li(2),
        },
        dt=DT,
    )  # fmt: skip
    data = make_data(counts(samples=4, steps=20, channels=72, high=1))
    model = read(tmp_path / "m.nir")
    network = quantize_model(model, data, Formats())
    assert isinstance(network.projections[0].connection, ir.Conv)
    check_ends(model, network, data)
    first = explain(model, replace(network, projections=tuple(
        replace(q, shift=q.shift + 1) if q.target == "fires" else q for q in network.projections
    )), data).found.first  # fmt: skip
    assert first is not None
    assert len(first.contributions) > 4


def test_every_kind_of_connection_is_itself_in_reals() -> None:
    kinds = set()
    for q in image_network().projections:
        x = np.random.default_rng(1).integers(-3, 4, (5, connections.shape(q.connection)[1]))
        wanted = connections.apply(q.connection, x)
        assert wanted.any()
        assert np.array_equal(of_connection(q.connection)(x.astype(np.float64)), wanted)
        kinds.add(type(q.connection))
    assert len(kinds) == 4


@pytest.mark.parametrize("name", ["motion", "d01"])
def test_they_are_so_in_real_networks(name: str) -> None:
    test = networks.data(name)[1].first(10)
    if name == "d01":
        exact, golden, base, trace = ends(networks.model(name), networks.network(name), test)
        (layer,) = golden.spikes
        assert golden.spikes[layer].any()
        assert np.array_equal(exact.spikes[layer], golden.spikes[layer])
        assert np.array_equal(base.spikes[layer], trace.spikes[layer])
        return
    check_ends(networks.model(name), networks.network(name), test)


def test_van_rossum_of_closed_forms() -> None:
    def train(*steps: int) -> NDArray[np.int64]:
        x = np.zeros((1, 40, 1), np.int64)
        x[0, list(steps), 0] = 1
        return x

    def distance(a: NDArray[np.int64], b: NDArray[np.int64], tau: float = 10.0) -> float:
        return float(van_rossum(a, b, tau)[0, 0])

    # van Rossum 2001: a spike that one train lacks counts 1/2, one that is late 1 - exp(-dt / tau).
    assert distance(train(7), train()) == pytest.approx(0.5, rel=1e-12)
    assert distance(train(39), train()) == pytest.approx(0.5, rel=1e-12)
    assert distance(train(7), train(7)) == 0
    for late in (1, 5, 30):
        wanted = 1 - np.exp(-late / 4.0)
        assert distance(train(7), train(7 + late), 4.0) == pytest.approx(wanted, rel=1e-12)
    # Two spikes far apart are two spikes; two at once are one jump of 2.
    assert distance(train(0, 39), train(), 0.5) == pytest.approx(1.0, rel=1e-12)
    assert distance(2 * train(3), train()) == pytest.approx(2.0, rel=1e-12)


def test_the_first_divergence_is_the_first_and_its_sums_decide(tmp_path: Path) -> None:
    many, data = 0, make_data(counts(samples=40, steps=50))
    for model in (
        read(small_model(tmp_path / "m.nir")),
        cuba_model(tmp_path / "c.nir"),
        resting_model(tmp_path / "r.nir"),
    ):
        network = quantize_model(model, data, Formats(weights=3))
        r = explain(model, network, data)
        f, golden = r.found.first, reference.simulate(network, data.x.astype(np.int64))
        trace = floating.simulate(r.found.pairs.model, data.x)
        assert f is not None
        a, b = trace.spikes[f.layer], golden.spikes[f.layer]
        here = f.sample, f.step, f.neuron
        assert (a[here], b[here]) == (f.float_spikes, f.fixed_spikes)
        assert f.float_spikes != f.fixed_spikes
        assert np.array_equal(a[:, : f.step], b[:, : f.step])
        assert np.array_equal(a[: f.sample, f.step], b[: f.sample, f.step])
        many += int((a[:, f.step] != b[:, f.step]).any(axis=1).sum() > 1)
        for side in ("real", "raw"):
            terms = sum(getattr(t, side) for t in f.membrane)
            assert terms == pytest.approx(getattr(f.total, side), abs=1e-9)
            fires = getattr(f.total, side) > getattr(f.threshold, side)
            assert fires == bool(f.float_spikes if side == "real" else f.fixed_spikes)
        assert f.total.raw_real == pytest.approx(f.total.raw * f.unit, rel=1e-12)
        assert len(f.contributions) > 1
        arrived = next(t for t in (*f.current, *f.membrane) if t.what == "arrived")
        assert sum(c.term.real for c in f.contributions) == pytest.approx(arrived.real, rel=1e-6)
        p = network.population(f.layer)
        assert p.fire is not None
        assert f.threshold.raw == p.fire.threshold[f.neuron]
        for c in f.contributions:
            assert c.term.real == pytest.approx(c.value * c.weight, rel=1e-9)
            real = c.raw_value * c.raw_weight * 2.0**c.shift
            assert c.term.raw == int(np.floor(real))
    assert many, "no two samples diverged in one step: the lowest was not chosen"


def test_of_two_layers_that_diverge_in_one_step_the_lower_sample_is_first() -> None:
    a = {k: np.zeros((3, 1, 2), np.uint8) for k in ("one", "two")}
    golden = reference.simulate(networks.network("motion"), np.zeros((3, 1, 6), np.int64))
    b = {k: x.astype(np.int64) for k, x in a.items()}
    b["one"][2, 0, 0] = b["two"][1, 0, 1] = 1
    golden = replace(golden, spikes=b)
    found = explain_first._differs(a, golden, 0, {})
    assert found is not None
    assert (found.sample, found.layer, found.neuron) == (1, "two", 1)
    b["one"][1, 0, 1] = 1
    found = explain_first._differs(a, golden, 0, {})
    assert found is not None
    assert (found.sample, found.layer, found.neuron) == (1, "one", 1)


def test_what_was_kept_is_alike_on_both_sides(tmp_path: Path) -> None:
    model, data = cuba_model(tmp_path / "c.nir"), make_data(X)
    f = explain(model, quantize_model(model, data, Formats()), data).found.first
    assert f is not None
    assert abs(f.current[0].real) > 0.05
    for t in (f.current[0], f.membrane[0]):
        assert t.raw_real == pytest.approx(t.real, rel=0.1)


def test_a_network_without_a_difference_has_no_first_divergence(tmp_path: Path) -> None:
    model = read(small_model(tmp_path / "m.nir"))
    network = quantize_model(model, make_data(X), Formats())
    r = explain(model, network, make_data(np.zeros_like(X)))
    assert r.found.first is None
    assert r.to_json()["first_divergence"] is None
    assert "None: every spike" in page(r)
    assert r.verdict.status == "ok"


@pytest.mark.parametrize("overflow", ["saturate", "wrap", "wrap-upper"])
def test_states_overflow_as_in_the_golden_model(overflow: ir.Overflow) -> None:
    """At both ends of the word, and beyond them."""
    end = 2**23
    z = np.array([-3 * end, -end - 1, -end, 1 - end, -1, 0, end - 1, end, end + 1, 3 * end])
    found = as_word(z.astype(np.float64), 24, overflow)
    assert found.tolist() == fit(z, 24, overflow).tolist()
    assert (found != z).sum() in (5, 6)
