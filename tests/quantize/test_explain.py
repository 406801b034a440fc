# SPDX-License-Identifier: Apache-2.0
"""What `explain` says: planted faults by name, causes, scores, and a page that stands alone."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests import networks
from tests.quantize.explain_cases import X, slow_model, with_unit
from tests.unit.nets import DT, counts, read, small_model

from ranvier import connections
from ranvier.errors import RanvierError
from ranvier.frontends.data import Data, make_data
from ranvier.ir import Network
from ranvier.model import Model
from ranvier.quantize.ptq import Formats, quantize_model
from ranvier.tools.report.explain import page
from ranvier.tools.verbs.explain import Explained, explain
from ranvier.tools.verbs.simulate import simulate


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
    v = simulate(with_unit(network, "readout", -4), data).arrays["readout.v"]
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
