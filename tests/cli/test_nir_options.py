# SPDX-License-Identifier: Apache-2.0
"""What the user says of a file, and what its numbers give away of who wrote it."""

from pathlib import Path
from typing import Any

import nir
import numpy as np
import pytest
from tests.cases import case_path
from tests.commands import answer, call, fails
from tests.dialects.cases import VECTORS, load, names
from tests.unit.nets import DT, counts, lif, read, weights, write_graph

from ranvier import floating
from ranvier.discrete import difference
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
    "spyx": ("lif", "spyx", {"dt": 1e-3}),
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


def test_what_no_number_gives_away_is_only_noted(tmp_path: Path) -> None:
    """SpikingJelly's numbers are nobody's, or may be snnTorch's too."""
    for name in names(VECTORS / "spikingjelly"):
        if not name.startswith("beyond"):
            model = read(load(VECTORS / "spikingjelly", name, tmp_path).nir, dt=1e-4)
            for a in (a for a in model.ambiguities if a.must and "sinabs" not in a.option):
                assert "snntorch or spikingjelly" in a.option


def test_at_its_exporters_own_step_snntorch_is_asked_about_too(tmp_path: Path) -> None:
    case = load(VECTORS / "snntorch", "leaky_any_beta", tmp_path)
    (must,) = [a for a in read(case.nir, dt=1e-4).ambiguities if a.must]
    assert "--dialect snntorch or spikingjelly" in must.option


@pytest.mark.parametrize(("framework", "name"), [("snntorch", "leaky_any_beta"), ("spyx", "lif")])
def test_a_networks_own_step_changes_nothing(tmp_path: Path, framework: str, name: str) -> None:
    """What leaks in a step is what the exporter was given, however long a step is."""
    case = load(VECTORS / framework, name, tmp_path)
    options: dict[str, Any] = {"dialect": framework, "reset": "subtract"}
    first, second = (read(case.nir, dt=dt, **options) for dt in (2.5e-3, None))
    for a, b in zip(first.neurons, second.neurons, strict=True):
        np.testing.assert_allclose(
            difference(a, first.dt).alpha, difference(b, second.dt).alpha, rtol=1e-9
        )
    (said,) = [a for a in first.ambiguities if "time constants are for steps" in a.what]
    assert "0.0025 s" in said.taken
    assert not [a for a in second.ambiguities if "time constants are for steps" in a.what]


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


def test_a_bound_that_holds_a_membrane_at_its_threshold_is_refused(tmp_path: Path) -> None:
    path = pair(tmp_path / "m.nir")
    for bound, fits in ((0.5, True), (1.0, False), (5.0, False)):
        if fits:
            read(path, dt=DT, lower_bound=bound)
        else:
            with pytest.raises(RanvierError, match="M003"):
                read(path, dt=DT, lower_bound=bound)


@pytest.mark.parametrize(("start", "end", "left"), [(0, -1, 24), (1, -1, (2, 12)), (0, 1, (6, 4))])
def test_a_flatten_merges_the_axes_that_it_names(
    tmp_path: Path, start: int, end: int, left: Any
) -> None:
    """A convolution takes what is left as channels and length."""
    channels = left[0] if isinstance(left, tuple) else 1
    kernel = np.random.default_rng(1).normal(0, 1, (3, channels, 2))
    length = (left[1] if isinstance(left, tuple) else left) - 1
    nodes: dict[str, Any] = {"flat": nir.Flatten({"input": np.array([2, 3, 4])}, start, end)}
    if isinstance(left, tuple):
        nodes["conv"] = nir.Conv1d(left[1], kernel, 1, 0, 1, 1, np.zeros(3))
        nodes["h"] = nir.LIF(*(np.full((3, length), v) for v in (8 * DT, 8, 0, 1, 0)))
        nodes["f2"] = nir.Flatten({"input": np.array([3, length])}, 0, -1)
        size = 3 * length
    else:
        size = left
    nodes |= {"fc": nir.Linear(weights(2, size)), "out": lif(2)}
    model = read(write_graph(tmp_path / "m.nir", (2, 3, 4), 2, nodes), dt=DT)
    assert model.channels == 24
    assert [n.size for n in model.neurons][-1] == 2


def spyx_file(path: Path, dt: float = 1.0, other: float = 1.0) -> Path:
    """Write what Spyx writes of a LIF, a neuron of which forgets at once, and of a PSU_LIF."""
    beta = np.array([0.0, 0.9, 0.5])
    nodes = {
        "fc": nir.Linear(weights(3, 3)),
        "h": nir.LIF(dt / (1 - beta), beta, 0 * beta, np.ones(3), 0 * beta),
        "fc2": nir.Linear(weights(2, 3)),
        "o": nir.LI(np.full(2, other / 0.1), np.ones(2), np.zeros(2)),
        "t": nir.Threshold(np.ones(2)),
    }  # fmt: skip
    return write_graph(path, (3,), 2, nodes)


@pytest.mark.parametrize("exported", [1.0, 2e-3])
def test_a_whole_file_of_spyx_is_for_one_step(tmp_path: Path, exported: float) -> None:
    path = spyx_file(tmp_path / "m.nir", exported, exported)
    for dt in (1e-3, exported):
        model = read(path, dialect="spyx", dt=dt)
        alphas = {n.name: difference(n, dt).alpha for n in model.neurons}
        np.testing.assert_allclose(alphas["h"], [0, 0.9, 0.5], atol=1e-9)
        np.testing.assert_allclose(alphas["o"], 0.9, atol=1e-9)


def test_a_time_constant_that_was_rounded_is_one(tmp_path: Path) -> None:
    """float32(0.02) beside 0.02 is no hint at a framework."""
    taus = np.array([0.02, float(np.float32(0.02))])
    nodes = {
        "fc": nir.Linear(weights(2, 3)),
        "h": nir.LIF(taus, 2 * np.ones(2), np.zeros(2), np.ones(2), np.zeros(2)),
    }
    model = read(write_graph(tmp_path / "m.nir", (3,), 2, nodes), dt=1e-3)
    assert not [a for a in model.ambiguities if a.must]


def test_inspect_without_a_step_says_no_more_than_it_knows(tmp_path: Path) -> None:
    nodes = {
        "fc": nir.Linear(weights(2, 3)), "d": nir.Delay(np.full(2, 2e-3)),
        "h": nir.LIF(10 * np.ones(2), np.ones(2), np.zeros(2), np.ones(2), np.zeros(2)),
    }  # fmt: skip
    report = answer("inspect", write_graph(tmp_path / "m.nir", (3,), 2, nodes, dialect="sinabs"))
    assert report["dt"] is None
    assert [a["option"] for a in report["ambiguities"]][:2] == [
        "--dt", "--norm-input or --no-norm-input",
    ]  # fmt: skip
    assert [n["parameters"] for n in report["layers"] if n["kind"] == "Delay"] == [{}]
    nodes["d"] = nir.Delay(np.full(2, 2.5e-4))
    path = write_graph(tmp_path / "n.nir", (3,), 2, nodes, dialect="sinabs")
    assert "how long a step is" in fails(tmp_path, "M005", "inspect", path)["what"]


def test_every_output_must_have_what_the_decoder_reads(tmp_path: Path) -> None:
    """Two layers that fire, of which one is never reset: its membrane alone could be read."""
    nodes = {
        "input": nir.Input({"input": np.array([3])}),
        "a": nir.Linear(weights(2, 3)), "o1": lif(2), "b": nir.Linear(weights(2, 3)), "o2": lif(2),
        "p": nir.Output({"output": np.array([2])}), "q": nir.Output({"output": np.array([2])}),
    }  # fmt: skip
    edges = [("input", "a"), ("a", "o1"), ("o1", "p"), ("input", "b"), ("b", "o2"), ("o2", "q")]
    nir.write(tmp_path / "m.nir", nir.NIRGraph(nodes, edges, metadata={"dt": DT}))
    never = {"decode": "readout-mean", "resets": (("o1", "none"),)}
    with pytest.raises(RanvierError, match="M006.*o2 fires"):  # noqa: RUF043
        read(tmp_path / "m.nir", **never)
    both = {"decode": "readout-mean", "reset": "none"}
    assert not any(n.fires for n in read(tmp_path / "m.nir", **both).neurons)
