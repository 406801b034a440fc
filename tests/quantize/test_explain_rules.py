# SPDX-License-Identifier: Apache-2.0
"""What `explain` says of differences that are not the integers' doing."""

from pathlib import Path
from typing import Any

import nir
import numpy as np
import pytest
from tests.unit.nets import DT, counts, li, lif, read, weights, write_graph

from ranvier.errors import RanvierError
from ranvier.frontends.data import make_data
from ranvier.quantize.ptq import Formats, quantize_model
from ranvier.tools.cli.explain_text import explanation
from ranvier.tools.verbs.explain import explain

X = counts(samples=4, steps=80)

RULES: dict[str, dict[str, Any]] = {
    "resets to a value": {"reset": "value"},
    "never resets": {"reset": "none"},
    "resets next-membrane": {"reset_timing": "next-membrane"},
    "fires several times a step": {"spikes_per_step": "many"},
    "has a lower bound": {"lower_bound": -0.3},
}


@pytest.mark.parametrize("what", RULES)
def test_a_network_of_other_rules_is_refused(tmp_path: Path, what: str) -> None:
    """An option that was forgotten is no loss of the integers."""
    nodes = {
        "fc": nir.Linear(weights(6, 3)), "hid": lif(6), "fc2": nir.Linear(weights(2, 6, 1)),
        "out": li(2),
    }  # fmt: skip
    path = write_graph(tmp_path / "m.nir", (3,), 2, nodes, dt=DT)
    data = make_data(X)
    usual, other = read(path, reset="subtract"), read(path, **{"reset": "subtract", **RULES[what]})
    networks_of = [quantize_model(m, data, Formats()) for m in (usual, other)]
    for m, n in ((usual, networks_of[0]), (other, networks_of[1])):
        assert explain(m, n, data).found.rules < 1e-3
    with pytest.raises(RanvierError, match="X001") as e:
        explain(usual, networks_of[1], data)
    assert what in e.value.what
    with pytest.raises(RanvierError, match="X001"):
        explain(other, networks_of[0], data)


def test_what_was_lost_before_quantising_is_said(tmp_path: Path) -> None:
    """A bias before a Delay starts at once in the form that is quantised."""
    late = np.full(6, 30 * DT)
    nodes = {
        "fc": nir.Affine(0.2 * weights(6, 3), np.full(6, 0.3)), "wait": nir.Delay(late),
        "hid": lif(6), "fc2": nir.Linear(weights(2, 6, 1)), "out": li(2),
    }  # fmt: skip
    model = read(write_graph(tmp_path / "m.nir", (3,), 2, nodes, dt=DT))
    data = make_data(X)
    r = explain(model, quantize_model(model, data, Formats(weights=16)), data)
    assert r.found.total < 0.05
    assert r.found.passes > 0.1
    assert r.verdict.status == "loss"
    assert "simplifying the model moves it" in r.verdict.text
    assert "simplified before it was quantised" in explanation(r, None)
    assert r.to_json()["distance"]["passes"] == r.found.passes


def test_spikes_that_others_see_a_step_late_are_no_loss(tmp_path: Path) -> None:
    nodes = {
        "fc": nir.Linear(np.abs(weights(6, 3))), "hid": lif(6),
        "fc2": nir.Linear(np.abs(weights(2, 6, 1))), "out": lif(2),
    }  # fmt: skip
    path = write_graph(tmp_path / "m.nir", (3,), 2, nodes, dt=DT)
    model = read(path, dialect="spyx", decode="spike-count")
    data = make_data(X)
    found = explain(model, quantize_model(model, data, Formats()), data).found
    assert found.layers[0].float_spikes.sum() > 100
    assert found.passes == 0
