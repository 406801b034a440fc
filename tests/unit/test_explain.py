# SPDX-License-Identifier: Apache-2.0
"""What `explain` measures: both ends of the mixtures, distances, sums, causes, planted faults."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import nir
import numpy as np
import pytest
from numpy.typing import NDArray
from tests import networks
from tests.images import image_network
from tests.unit.nets import DT, counts, li, lif, read, small_model, weights, write_graph

from ranvier import connections, floating, ir, reference
from ranvier.errors import RanvierError
from ranvier.frontends.data import Data, make_data
from ranvier.ir import INPUT, Network
from ranvier.model import Model, Neurons
from ranvier.nodes import Dynamics
from ranvier.quantize import explain_first
from ranvier.quantize.explain_distance import values_apart, van_rossum
from ranvier.quantize.explain_layer import CAUSES
from ranvier.quantize.explain_mixed import Mixed, run_mixed
from ranvier.quantize.explain_pair import of_connection, pair
from ranvier.quantize.ptq import Formats, quantize_model
from ranvier.reference import Trace
from ranvier.tools.report.explain import page
from ranvier.tools.verbs import prepare
from ranvier.tools.verbs.explain import Explained, explain
from ranvier.tools.verbs.simulate import simulate

X = counts(samples=8, steps=50)
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


def with_unit(network: Network, layer: str, k: int) -> Network:
    """Return `network` with a unit of `layer` 2**k times as large: coarser, or finer for k < 0."""

    def scaled(x: NDArray[np.int64]) -> NDArray[np.int64]:
        return x >> k if k >= 0 else x << -k

    populations = tuple(
        replace(
            p,
            bias=scaled(p.bias),
            scale=p.scale * 2.0**k,
            fire=None if p.fire is None else replace(p.fire, threshold=scaled(p.fire.threshold)),
        )
        if p.name == layer
        else p
        for p in network.populations
    )
    projections = tuple(
        replace(q, shift=q.shift - k) if q.target == layer else q for q in network.projections
    )
    return replace(network, populations=populations, projections=projections)


def with_rule(model: Model, **fields: Any) -> Model:
    """Return `model` with other dynamics in its firing layers."""
    nodes = tuple(
        replace(n, dynamics=Dynamics(**fields)) if isinstance(n, Neurons) and n.fires else n
        for n in model.nodes
    )
    return model.with_graph(nodes, model.edges)


def cuba_model(path: Path) -> Model:
    """Return a recurrent layer with currents and biases, and a readout with a current."""
    one = np.ones(8)
    hidden = nir.CubaLIF(
        tau_syn=4 * DT * one, tau_mem=9 * DT * one, r=7 * one, v_leak=0.1 * one,
        v_threshold=one, w_in=2 * one, v_reset=0 * one,
    )  # fmt: skip
    out = nir.CubaLI(
        tau_syn=3 * DT * one[:2], tau_mem=20 * DT * one[:2], r=one[:2], v_leak=0 * one[:2],
        w_in=one[:2],
    )  # fmt: skip
    write_graph(
        path, (3,), 2,
        {
            "fc1": nir.Affine(weights(8, 3), np.linspace(-0.2, 0.3, 8)),
            "hidden": hidden,
            "back": nir.Linear(0.3 * weights(8, 8, 4)),
            "fc2": nir.Linear(weights(2, 8, 1)),
            "readout": out,
        },
        [
            ("input", "fc1"), ("fc1", "hidden"), ("hidden", "back"), ("back", "hidden"),
            ("hidden", "fc2"), ("fc2", "readout"), ("readout", "output"),
        ],
        dt=DT,
    )  # fmt: skip
    return read(path)


def resting_model(path: Path) -> Model:
    """Return a layer that starts at its resting potential, and is reset to another value."""
    one = np.ones(8)
    neurons = nir.LIF(10 * DT * one, 10 * one, -0.4 * one, one, -0.2 * one)
    nodes = {
        "fc1": nir.Affine(weights(8, 3), np.linspace(-0.1, 0.2, 8)),
        "hidden": neurons,
        "fc2": nir.Linear(weights(2, 8, 1)),
        "readout": li(2),
    }
    write_graph(path, (3,), 2, nodes, dt=DT)
    return with_rule(read(path), start="leak")


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
        f, trace, golden = r.found.first, r.found.float_trace, r.found.fixed_trace
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


def slow_model(path: Path) -> Model:
    """Return a network whose neurons take in a small part of their threshold in each step."""
    write_graph(
        path, (3,), 2,
        {
            "fc1": nir.Linear(0.03 * np.abs(weights(8, 3))),
            "hidden1": lif(8, tau=40 * DT),
            "fc2": nir.Linear(weights(2, 8, 1)),
            "readout": li(2),
        },
        dt=DT,
    )  # fmt: skip
    model = read(path)
    nodes = tuple(
        replace(n, r=40 * np.ones(8)) if n.name == "hidden1" and isinstance(n, Neurons) else n
        for n in model.nodes
    )
    return model.with_graph(nodes, model.edges)


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> tuple[Model, Network, Data]:
    model = slow_model(tmp_path_factory.mktemp("slow") / "slow.nir")
    data = make_data(counts(samples=6, steps=120), name="<made> & up")
    return model, quantize_model(model, data, Formats()), data


def names(r: Explained) -> list[tuple[str, str]]:
    return [(f.kind, f.layer) for f in r.faults]


def test_an_unplanted_network_has_neither_fault(slow: tuple[Model, Network, Data]) -> None:
    for r in (
        explain(*slow),
        explain(networks.model("motion"), networks.network("motion"), networks.data("motion")[1]),
    ):
        assert r.faults == ()
        assert r.verdict.status == "ok"
        assert r.saturating() == []
        assert all(x.float_spikes.sum() > 20 for x in r.found.layers if x.pair.neurons.fires)


def test_a_layer_silenced_by_a_too_coarse_threshold_is_named(
    slow: tuple[Model, Network, Data],
) -> None:
    model, network, data = slow
    fire = network.population("hidden1").fire
    assert fire is not None
    k = int(np.log2(fire.threshold.max() / 3))
    r = explain(model, with_unit(network, "hidden1", k), data)
    assert names(r) == [("coarse-threshold", "hidden1")]
    assert "hidden1 is silenced: threshold of hidden1 is" in r.faults[0].what
    assert "units: too coarse" in r.faults[0].what
    assert "--state 24" in r.faults[0].hint
    assert r.verdict.status == "fault"
    silent = r.silent()
    report = r.found.layers[0]
    assert len(silent) == np.count_nonzero(report.float_spikes) > 4
    assert {n["layer"] for n in silent} == {"hidden1"}
    main = r.found.causes[0]
    assert main.name == "rounding"
    assert main.share > 0.8
    assert main.repaired.distance < 0.1 < main.alone.distance
    assert main.per_layer["hidden1"].distance > 10 * main.per_layer["readout"].distance


def test_a_threshold_that_was_rounded_up_is_named_with_the_models(
    slow: tuple[Model, Network, Data],
) -> None:
    model, network, data = slow
    louder = tuple(
        p if p.fire is None else replace(p, fire=replace(p.fire, threshold=2 * p.fire.threshold))
        for p in network.populations
    )
    r = explain(model, replace(network, populations=louder), data)
    assert names(r) == [("coarse-threshold", "hidden1")]
    assert "in the model)" in r.faults[0].what
    assert r.found.causes[0].name == "thresholds"


def test_a_state_that_saturates_is_named(slow: tuple[Model, Network, Data]) -> None:
    model, network, data = slow
    r = explain(model, with_unit(network, "readout", -4), data)
    assert names(r) == [("saturation", "readout")]
    assert r.faults[0].what.startswith("state of readout saturates in ")
    assert "--state 24" in r.faults[0].hint
    assert r.found.causes[0].name == "saturation"
    assert r.found.causes[0].repaired.distance < 0.05
    full = r.saturating()
    assert {n["layer"] for n in full} == {"readout"}
    limit = 2**15 - 1
    v = r.found.fixed_trace.v["readout"]
    at_limit = (v >= limit) | (v <= -limit - 1)
    for n in full:
        assert n["steps"] == np.count_nonzero(at_limit[:, :, n["neuron"]]) > 20
        assert n["share"] == n["steps"] / (6 * 120)


def test_a_state_that_saturates_for_another_reason_is_named_too(
    slow: tuple[Model, Network, Data],
) -> None:
    model, network, data = slow
    r = explain(model, networks.saturating(networks.saturating(network)), data)
    saturation = next(c for c in r.found.causes if c.name == "saturation")
    assert saturation.alone.distance == 0, "the model's own states fit their words"
    assert "saturation" in [kind for kind, _ in names(r)]
    assert r.found.causes[0].name == "weights"


def test_both_faults_at_once_are_both_named(slow: tuple[Model, Network, Data]) -> None:
    model, network, data = slow
    network = with_unit(with_unit(network, "hidden1", 9), "readout", -7)
    r = explain(model, network, data)
    assert set(names(r)) == {("coarse-threshold", "hidden1"), ("saturation", "readout")}
    assert [f.effect for f in r.faults] == sorted((f.effect for f in r.faults), reverse=True)
    assert "(and 1 more)" in r.verdict.text


def test_few_bits_of_weights_are_the_cause_of_their_loss(tmp_path: Path) -> None:
    model = read(small_model(tmp_path / "m.nir"))
    network = quantize_model(model, make_data(X), Formats())
    cut = []
    for q in network.projections:
        w = np.clip(np.rint(connections.weights(q.connection) / 64), -1, 1).astype(np.int64)
        few = connections.with_weights(q.connection, w)
        cut.append(replace(q, connection=few, bits=2, shift=q.shift + 6))
    r = explain(model, replace(network, projections=tuple(cut)), make_data(X))
    assert r.found.causes[0].name == "weights"
    assert r.verdict.status == "loss"
    assert re.search(r"have 2 bits: --weights (hidden|readout)=3 or more", r.verdict.text)
    assert re.search(r"<code>--weights (hidden|readout)=3</code> or more", page(r))
    assert sum(c.share for c in r.found.causes) == pytest.approx(1.0)
    assert r.found.rules < 1e-6


def test_scores_are_those_of_simulate() -> None:
    model, network = networks.model("motion"), networks.network("motion")
    data = networks.data("motion")[1].first(12)
    assert data.y is not None
    data = replace(data, y=np.roll(data.y, 1))
    r = explain(model, network, data).found
    assert r.float_metric == simulate(model, data).metric
    assert r.fixed_metric == simulate(network, data).metric
    assert r.fixed_metric is not None
    assert 0 < r.fixed_metric.value < 1
    assert all(c.repaired.metric is not None for c in r.causes)


@pytest.mark.parametrize("change", ["names", "size", "dt", "source", "delay", "channels"])
def test_the_network_of_another_model_is_refused(
    slow: tuple[Model, Network, Data], change: str
) -> None:
    model, network, data = slow
    hidden, readout = network.populations
    first, second = network.projections
    other = {
        "names": replace(network, populations=(replace(hidden, name="other"), readout)),
        "size": replace(network, populations=(replace(hidden, size=9), readout)),
        "dt": replace(network, dt=2 * DT),
        "source": replace(network, projections=(first,)),
        "delay": replace(network, projections=(first, replace(second, delay=1))),
        "channels": replace(network, encoding=replace(network.encoding, channels=4)),
    }[change]
    with pytest.raises(RanvierError, match="X001"):
        explain(model, other, data)


def test_samples_and_progress(slow: tuple[Model, Network, Data]) -> None:
    model, network, data = slow
    seen: list[tuple[int, int]] = []
    r = explain(model, network, data, samples=2, progress=lambda a, b: seen.append((a, b)))
    assert r.to_json()["samples"] == 2
    assert r.to_json()["steps"] == 240
    assert seen[-1][0] == seen[-1][1]
    assert [a for a, _ in seen] == sorted({a for a, _ in seen})


def test_the_page_stands_alone_and_is_the_same_every_time(
    slow: tuple[Model, Network, Data],
) -> None:
    model, network, data = slow
    broken = with_unit(with_unit(network, "hidden1", 9), "readout", -4)
    text = page(explain(model, broken, data))
    assert text == page(explain(model, broken, data))
    for outside in ("http:", "https:", "<script", "@import", "url(", "<link", "<img"):
        assert outside not in text
    assert "threshold of hidden1 is" in text
    assert "&lt;made&gt; &amp; up" in text
    assert "<made>" not in text
    assert text.count("<svg") == text.count("</svg>") == 4
    assert "nan" not in text.lower()
