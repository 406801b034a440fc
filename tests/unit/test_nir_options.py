# SPDX-License-Identifier: Apache-2.0
"""What the user says of a file, and what its numbers give away of who wrote it."""

from pathlib import Path
from typing import Any

import nir
import numpy as np
import pytest
from tests.cases import case_path
from tests.dialects.cases import VECTORS, load, names
from tests.unit.cli import answer, call, fails
from tests.unit.nets import DT, counts, lif, read, weights, write_graph

from ranvier import floating
from ranvier.errors import RanvierError
from ranvier.model import Model
from ranvier.tools.verbs.load import answered

X = counts(samples=2, steps=40)


def pair(path: Path) -> Path:
    nodes = {
        "fc": nir.Linear(np.abs(weights(4, 3))), "a": lif(4),
        "fc2": nir.Linear(np.abs(weights(2, 4))), "b.c": lif(2),
    }  # fmt: skip
    return write_graph(path, (3,), 2, nodes)


@pytest.mark.parametrize("name", ["b.c", "b_c"])
def test_the_reset_of_one_layer(tmp_path: Path, name: str) -> None:
    """By its name in the file, or the one that is printed."""
    path = pair(tmp_path / "m.nir")
    np.savez(tmp_path / "d.npz", x=X)
    both = answer("inspect", path, "--dt", DT, "--reset", "subtract", "--reset", f"{name}=none")
    rules = {n["name"]: n["dynamics"]["reset"] for n in both["layers"] if "dynamics" in n}
    assert rules == {"a": "subtract", "b_c": "none"}
    model = read(path, dt=DT, dialect="nir", reset="subtract", resets=((name, "none"),))
    trace = floating.simulate(model, X)
    plain = floating.simulate(read(path, dt=DT, dialect="nir"), X)
    assert trace.v["b_c"].max() > 2 > plain.v["b_c"].max(), "it is never reset"
    assert trace.counts["b_c"] > plain.counts["b_c"] > 0
    fails(tmp_path, "M004", "inspect", path, "--dt", DT, "--reset", "c=none")
    assert call("inspect", path, "--dt", DT, "--reset", "b.c=guess").exit_code == 2


def test_a_layer_without_a_reset_may_be_a_readout(tmp_path: Path) -> None:
    path = pair(tmp_path / "m.nir")
    model = read(path, dt=DT, dialect="nir", resets=(("b.c", "none"),), decode="readout-mean")
    trace = floating.simulate(model, X)
    assert set(trace.spikes) == {"a"}
    np.testing.assert_array_equal(trace.out, trace.v["b_c"])
    with pytest.raises(RanvierError, match="M006"):
        read(path, dt=DT, dialect="nir", decode="readout-mean")


def test_no_membrane_falls_below_the_lower_bound(tmp_path: Path) -> None:
    nodes = {"fc": nir.Linear(-np.abs(weights(4, 3))), "a": lif(4)}
    path = write_graph(tmp_path / "m.nir", (3,), 4, nodes)
    np.savez(tmp_path / "d.npz", x=X)
    free, bounded = (
        floating.simulate(read(path, dt=DT, dialect="nir", lower_bound=bound), X)
        for bound in (None, -0.75)
    )
    assert free.v["a"].min() < -2
    assert bounded.v["a"].min() == -0.75
    report = answer("inspect", path, "--dt", DT, "--lower-bound", -0.75)
    assert report["layers"][1]["dynamics"]["lower_bound"] == -0.75


# Whose numbers they are

FOUND = {
    "norse": ("lifbox", "norse", {"dt": 1e-3}),
    "sinabs": ("lif", "sinabs", {"dt": 1e-3}),
    "rockpool": ("lif", "rockpool", {"dt": 1e-3}),
    "snntorch": ("leaky_any_beta", "snntorch", {"dt": 1e-3}),
}


@pytest.mark.parametrize("framework", FOUND)
def test_numbers_of_a_framework_are_asked_about(tmp_path: Path, framework: str) -> None:
    """A file that snnTorch, say, wrote is inspected without a word, but not run."""
    name, dialect, options = FOUND[framework]
    case = load(VECTORS / framework, name, tmp_path)
    path = unnamed(case.nir, tmp_path / "m.nir")
    model = read(path, **options)
    (must,) = [a for a in model.ambiguities if a.must]
    assert f"--dialect {dialect}" in must.option
    with pytest.raises(RanvierError, match="M015") as caught:
        answered(model)
    assert dialect in caught.value.hint
    said = read(path, **options, dialect="nir")
    assert not [a for a in said.ambiguities if a.must]


def unnamed(source: Path, path: Path) -> Path:
    """Copy a file as nir reads it, shapes corrected, so that only its numbers speak."""
    graph = nir.read(source, type_check=False)
    nodes = dict(graph.nodes)
    for key, node in nodes.items():
        if isinstance(node, (nir.Input, nir.Output)):
            kind = "input" if isinstance(node, nir.Input) else "output"
            shape = np.asarray(getattr(node, f"{kind}_type")[kind]).reshape(-1)
            nodes[key] = type(node)({kind: shape[shape != 1]})
    nir.write(path, nir.NIRGraph(nodes, graph.edges, type_check=False))
    return path


@pytest.mark.parametrize("framework", ["spikingjelly", "spyx"])
def test_what_no_number_gives_away_is_only_noted(tmp_path: Path, framework: str) -> None:
    for name in names(VECTORS / framework):
        if not name.startswith("beyond"):
            model = read(load(VECTORS / framework, name, tmp_path).nir, dt=1e-4)
            assert not [a for a in model.ambiguities if a.must and "sinabs" not in a.option]


@pytest.mark.parametrize(
    ("dialect", "options", "musts"),
    [
        ("snntorch", {}, ["--reset"]),
        ("snntorch", {"reset": "value"}, []),
        ("sinabs", {"dt": 1e-3}, ["--norm-input"]),
        ("sinabs", {"dt": 1e-3, "norm_input": False}, []),
    ],
)
def test_what_an_exporter_leaves_out_is_asked_for(
    tmp_path: Path, dialect: str, options: dict[str, Any], musts: list[str]
) -> None:
    name = {"snntorch": "leaky_any_beta", "sinabs": "lif"}[dialect]
    case = load(VECTORS / dialect, name, tmp_path)
    model: Model = read(case.nir, dialect=dialect, **options)
    asked = [a.option for a in model.ambiguities if a.must]
    assert len(asked) == len(musts)
    assert all(text in option for text, option in zip(musts, asked, strict=True))


@pytest.mark.parametrize(
    ("dialect", "said"),
    [("snntorch", "--reset-timing now"), ("snntorch<=0.7", "--dialect snntorch, for init_hidden")],
)
def test_snntorchs_other_rule_is_named(tmp_path: Path, dialect: str, said: str) -> None:
    """0.7 has no reset_delay, but goes by another rule where the state is not passed in."""
    path = load(VECTORS / "snntorch-0.7", "leaky_subtract_passed", tmp_path).nir
    (noted,) = read(path, dialect=dialect, reset="subtract").ambiguities
    assert noted.option.startswith(said)


# Files of the shared cases that nir refuses


def test_rockpools_file_reads_in_its_own_dialect(tmp_path: Path) -> None:
    path = case_path("d01_nir_lif/lif_rockpool.nir")
    error = fails(tmp_path, "M001", "inspect", path)
    assert "--dialect rockpool" in error["hint"]
    report = answer("inspect", path, "--dialect", "rockpool")
    assert [n["kind"] for n in report["layers"] if "dynamics" in n] == ["LIF"]
    assert report["dt"] == pytest.approx(1e-4, rel=1e-3), "from tau and r"


@pytest.mark.parametrize("name", names(VECTORS / "rockpool"))
def test_every_file_of_rockpools_is_known_by_its_shapes(tmp_path: Path, name: str) -> None:
    path = load(VECTORS / "rockpool", name, tmp_path).nir
    with pytest.raises(RanvierError, match="M001") as e:
        read(path)
    assert "--dialect rockpool" in e.value.hint


@pytest.mark.parametrize(
    ("channels", "neurons", "said"), [(3, 5, "fc"), (2, 4, "input")], ids=["layer", "input"]
)
def test_sizes_that_clash_are_not_called_rockpools(
    tmp_path: Path, channels: int, neurons: int, said: str
) -> None:
    nodes = {"fc": nir.Linear(weights(4, 3)), "a": lif(neurons)}
    path = write_graph(tmp_path / "m.nir", (channels,), neurons, nodes, check=False)
    error = fails(tmp_path, "M001", "inspect", path)
    assert f"mismatch: {said}.output" in error["what"]
    assert "rockpool" not in error["hint"].lower()
    assert "check the sizes" in error["hint"]


@pytest.mark.parametrize("name", ["braille_noDelay_bias_zero", "braille_noDelay_noBias_subtract"])
def test_the_braille_subgraphs_are_refused(tmp_path: Path, name: str) -> None:
    folder = "d02_nir_braille_srnn"
    error = fails(tmp_path, "M001", "inspect", case_path(f"{folder}/{name}_subgraph.nir"))
    assert "nir" in error["what"]
    assert error["hint"]
    assert answer("inspect", case_path(f"{folder}/{name}.nir"), "--dt", 1e-4)["layers"]
