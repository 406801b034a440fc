# SPDX-License-Identifier: Apache-2.0
"""Graphs that are no chains: nested, with several ends, loops, delays and skips."""

from pathlib import Path
from typing import Any

import nir
import numpy as np
import pytest
from numpy.typing import NDArray
from tests.unit.nets import DT, counts, li, lif, read, weights, write_graph

from ranvier import floating, passes
from ranvier.errors import RanvierError
from ranvier.frontends.data import make_data
from ranvier.model import Model
from ranvier.tools.verbs.quantize import quantize

Array = NDArray[Any]
X = counts(samples=2, steps=40)


def port(name: str, *shape: int) -> Any:
    kind = nir.Input if name == "input" else nir.Output
    return kind({name: np.array(shape)})


def written(
    path: Path, nodes: dict[str, Any], edges: list[tuple[str, str]], check: bool = True
) -> Path:
    """Write a graph whose Input and Output nodes are among its nodes."""
    nir.write(path, nir.NIRGraph(nodes, edges, type_check=check))
    return path


def spikes(model: Model, x: Array = X) -> dict[str, Array]:
    """Return the float model's spikes, having seen that the quantiser takes the model as well."""
    trace = floating.simulate(model, x)
    assert all(s.any() for s in trace.spikes.values()), "something fires"
    again = floating.simulate(passes.run(model), x)
    np.testing.assert_array_equal(again.out, trace.out)
    quantize(model, make_data(x))
    return dict(trace.spikes)


def two_layers(path: Path) -> Model:
    nodes = {
        "fc": nir.Linear(weights(4, 3)), "a": lif(4), "fc2": nir.Linear(weights(2, 4)), "b": lif(2),
    }  # fmt: skip
    return read(write_graph(path, (3,), 2, nodes), dt=DT, dialect="nir")


@pytest.mark.parametrize("depth", [1, 2, 5])
def test_a_graph_within_a_graph_is_its_nodes(tmp_path: Path, depth: int) -> None:
    """At the end of a graph too, where its spikes are what the decoder counts."""
    inner: Any = nir.NIRGraph(
        {
            "input": port("input", 4), "fc2": nir.Linear(weights(2, 4)), "b": lif(2),
            "output": port("output", 2),
        },
        [("input", "fc2"), ("fc2", "b"), ("b", "output")],
    )  # fmt: skip
    for _ in range(depth - 1):
        nodes = {"input": port("input", 4), "g": inner, "output": port("output", 2)}
        inner = nir.NIRGraph(nodes, [("input", "g"), ("g", "output")])
    outer = {"fc": nir.Linear(weights(4, 3)), "a": lif(4), "g": inner}
    model = read(write_graph(tmp_path / "m.nir", (3,), 2, outer), dt=DT, dialect="nir")
    assert model.decode == "spike-count"
    wanted = spikes(two_layers(tmp_path / "n.nir"))
    found = spikes(model)
    np.testing.assert_array_equal(found["a"], wanted["a"])
    (last,) = model.outputs
    assert last.endswith("b")
    np.testing.assert_array_equal(found[last], wanted["b"])


def test_a_graph_within_a_graph_used_with_the_wrong_size(tmp_path: Path) -> None:
    inner = nir.NIRGraph(
        {"input": port("input", 4), "b": lif(4), "output": port("output", 4)},
        [("input", "b"), ("b", "output")],
    )
    nodes = {"input": port("input", 3), "g": inner, "output": port("output", 4)}
    path = written(tmp_path / "m.nir", nodes, [("input", "g"), ("g", "output")], check=False)
    for dialect in ("nir", "rockpool"):
        with pytest.raises(RanvierError, match=r"M00[134]"):
            read(path, dt=DT, dialect=dialect)


def test_readouts_may_have_their_shape_changed_before_the_output(tmp_path: Path) -> None:
    flat = nir.Flatten({"input": np.array([2])}, 0)
    nodes = {"fc": nir.Linear(weights(2, 3)), "r": li(2), "flat": flat}
    model = read(write_graph(tmp_path / "m.nir", (3,), 2, nodes), dt=DT)
    assert (model.outputs, model.decode) == (("r",), "readout-mean")
    nodes = {"fc": nir.Linear(weights(2, 3)), "r": lif(2), "flat": flat}
    model = read(write_graph(tmp_path / "m.nir", (3,), 2, nodes), dt=DT)
    assert (model.outputs, model.decode) == (("r",), "spike-count")


def test_several_inputs_follow_one_another_by_name(tmp_path: Path) -> None:
    w, v = weights(4, 2, 1), weights(4, 1, 2)
    nodes = {
        "left": port("input", 2), "right": port("input", 1), "w": nir.Linear(w),
        "v": nir.Linear(v), "a": lif(4), "output": port("output", 4),
    }  # fmt: skip
    edges = [("left", "w"), ("right", "v"), ("w", "a"), ("v", "a"), ("a", "output")]
    model = read(written(tmp_path / "m.nir", nodes, edges), dt=DT, dialect="nir")
    assert model.channels == 3
    joined = {"fc": nir.Linear(np.hstack([w, v])), "a": lif(4)}
    one = read(write_graph(tmp_path / "n.nir", (3,), 4, joined), dt=DT, dialect="nir")
    np.testing.assert_array_equal(spikes(model)["a"], spikes(one)["a"])


def test_several_outputs_are_read_one_after_the_other(tmp_path: Path) -> None:
    nodes = {
        "input": port("input", 3), "w": nir.Linear(weights(4, 3)), "a": lif(4),
        "v": nir.Linear(weights(2, 3, 1)), "b": lif(2),
        "first": port("output", 4), "second": port("output", 2),
    }  # fmt: skip
    edges = [
        ("input", "w"),
        ("w", "a"),
        ("a", "first"),
        ("input", "v"),
        ("v", "b"),
        ("b", "second"),
    ]
    model = read(written(tmp_path / "m.nir", nodes, edges), dt=DT, dialect="nir")
    assert model.outputs == ("a", "b")
    trace = floating.simulate(model, X)
    both = np.concatenate([trace.spikes["a"], trace.spikes["b"]], axis=2)
    np.testing.assert_array_equal(trace.out, both)
    assert both.any()


def stepped(x: Array, w: Array, rec: Array, skip: Array, steps: Array) -> Array:
    """Run a LIF layer of `lif` with a loop through `rec` of spikes `steps` ago, each its own."""
    v, past, out = np.zeros(len(w), np.float32), [np.zeros(len(w))] * 9, []
    for t in range(len(x)):
        seen = np.array([past[-d][k] if d <= t else 0.0 for k, d in enumerate(steps)])
        current = w @ x[t] + rec @ seen + skip @ x[t]
        v = v + np.float32(0.1) * (-v + np.float32(10) * current.astype(np.float32))
        fired = v > 1
        v = np.where(fired, 0, v)
        past.append(fired * 1.0)
        out.append(fired)
    return np.array(out)


EIGHTHS = np.round(weights(4, 4, 5) * 4) / 8


@pytest.mark.parametrize(
    ("delay", "steps"),
    [
        (None, [1, 1, 1, 1]),
        (np.full(4, 1 * DT), [1, 1, 1, 1]),
        (np.full(4, 3 * DT), [3, 3, 3, 3]),
        (np.array([1, 4, 2, 1]) * DT, [1, 4, 2, 1]),
    ],
)
@pytest.mark.parametrize("first", ["a", "z"])
def test_loops_with_and_without_delays(
    tmp_path: Path, delay: Any, steps: list[int], first: str
) -> None:
    """Whatever the nodes are called: their names only settle ties."""
    w = np.round(weights(4, 3, 4) * 8) / 8
    other = "z" if first == "a" else "a"
    loop = [f"{first}_lif", f"{other}_rec"]
    nodes: dict[str, Any] = {"w": nir.Linear(w), loop[0]: lif(4), loop[1]: nir.Linear(EIGHTHS)}
    if delay is not None:
        nodes["m_delay"] = nir.Delay(delay)
        loop.insert(1, "m_delay")
    edges = [("input", "w"), ("w", loop[0]), (loop[0], "output")]
    edges += [(loop[k], loop[(k + 1) % len(loop)]) for k in range(len(loop))]
    path = write_graph(tmp_path / "m.nir", (3,), 4, nodes, edges)
    model = read(path, dt=DT, dialect="nir")
    found = spikes(model)[f"{first}_lif"]
    for sample in range(len(X)):
        wanted = stepped(X[sample], w, EIGHTHS, 0 * w, np.array(steps))
        np.testing.assert_array_equal(found[sample], wanted)
    assert (found != spikes(read(path, dt=DT, dialect="nir"), X[::-1])[f"{first}_lif"]).any()


@pytest.mark.parametrize("steps", [[2, 2, 2, 2], [0, 3, 1, 2], [0, 0, 0, 0]])
def test_delays_outside_of_loops(tmp_path: Path, steps: list[int]) -> None:
    nodes = {
        "fc": nir.Linear(weights(4, 3)), "a": lif(4), "late": nir.Delay(np.array(steps) * DT),
        "scale": nir.Scale(np.full(4, 0.5)), "b": lif(4),
    }  # fmt: skip
    model = read(write_graph(tmp_path / "m.nir", (3,), 4, nodes), dt=DT, dialect="nir")
    found = spikes(model)
    late = np.zeros_like(found["a"])
    for k, d in enumerate(steps):
        late[:, d:, k] = found["a"][:, : late.shape[1] - d, k]
    direct = {"scale": nir.Scale(np.full(4, 0.5)), "b": lif(4)}
    after = read(write_graph(tmp_path / "n.nir", (4,), 4, direct), dt=DT, dialect="nir")
    np.testing.assert_array_equal(found["b"], spikes(after, late)["b"])


@pytest.mark.parametrize("delay", [-DT, 1.5 * DT, 1e6, np.nan])
def test_delays_that_cannot_be(tmp_path: Path, delay: float) -> None:
    nodes = {"late": nir.Delay(np.full(3, delay)), "a": lif(3)}
    with pytest.raises(RanvierError, match="M003"):
        read(write_graph(tmp_path / "m.nir", (3,), 3, nodes), dt=DT)


def test_a_loop_of_delays_alone_runs_in_floats_and_is_refused_by_the_quantiser(
    tmp_path: Path,
) -> None:
    """It once made the quantiser wait for ever."""
    nodes = {
        "half": nir.Scale(np.full(3, 0.5)), "late": nir.Delay(np.full(3, DT)), "r": li(3),
    }  # fmt: skip
    edges = [("input", "half"), ("half", "late"), ("late", "half"), ("half", "r"), ("r", "output")]
    model = read(write_graph(tmp_path / "m.nir", (3,), 3, nodes, edges), dt=DT, dialect="nir")
    x = np.zeros((1, 4, 3))
    x[0, 0] = 16
    echo = [16 / 2, 16 / 4, 16 / 8, 16 / 16]
    current = np.diff(floating.simulate(model, x).v["r"][0, :, 0], prepend=0) * 20
    v = floating.simulate(model, x).v["r"][0, :, 0]
    np.testing.assert_allclose(current + np.r_[0, v[:-1]], echo, rtol=1e-5)
    with pytest.raises(RanvierError, match=r"M004.*loop without neurons"):
        quantize(model, make_data(x))


def test_wider_loops_take_one_step_and_say_where(tmp_path: Path) -> None:
    """a -> b -> c -> a: two layers see this step's spikes, the edge that leads back the last's."""
    nodes = three("back", nir.Linear(-0.75 * np.eye(3)))
    edges = [("input", "a"), ("a", "b"), ("b", "c"), ("c", "back"), ("back", "a"), ("c", "output")]
    model = read(write_graph(tmp_path / "m.nir", (3,), 3, nodes, edges), dt=DT, dialect="nir")
    assert [e for e in model.edges if e.delay] == [("back", "a", 1)]
    found = spikes(model)
    np.testing.assert_array_equal(found["a"], found["b"])
    np.testing.assert_array_equal(found["a"], found["c"])
    chain = read(write_graph(tmp_path / "c.nir", (3,), 3, three()), dt=DT, dialect="nir")
    assert (found["a"] != spikes(chain)["a"]).any(), "the loop does something"
    previous = np.pad(found["c"], ((0, 0), (1, 0), (0, 0)))[:, :-1]
    np.testing.assert_array_equal(spikes(chain, X - 0.75 * previous)["a"], found["a"])
    direct = [("input", "a"), ("a", "b"), ("b", "a"), ("b", "output")]
    pair = {"a": lif(3), "b": lif(3)}
    model = read(write_graph(tmp_path / "p.nir", (3,), 3, pair, direct), dt=DT)
    (said,) = [a for a in model.ambiguities if "loop" in a.what]
    assert "b -> a" in said.taken


def three(*more: Any) -> dict[str, Any]:
    """Return three layers that pass a spike on at once, and one more node."""
    layers: dict[str, Any] = {name: lif(3, threshold=0.5) for name in "abc"}
    return {**layers, more[0]: more[1]} if more else layers


def test_skip_connections_arrive_in_the_same_step(tmp_path: Path) -> None:
    w, skip = np.round(weights(4, 3, 4) * 8) / 8, np.round(weights(4, 3, 6) * 8) / 8
    nodes = {"w": nir.Linear(w), "s": nir.Scale(np.ones(4)), "skip": nir.Linear(skip), "a": lif(4)}
    edges = [
        ("input", "w"),
        ("w", "s"),
        ("s", "a"),
        ("input", "skip"),
        ("skip", "a"),
        ("a", "output"),
    ]
    model = read(write_graph(tmp_path / "m.nir", (3,), 4, nodes, edges), dt=DT, dialect="nir")
    found = spikes(model)["a"]
    none = np.ones(4, int)
    for sample in range(len(X)):
        wanted = stepped(X[sample], w, 0 * EIGHTHS, skip, none)
        np.testing.assert_array_equal(found[sample], wanted)


def test_thresholds_fire_where_they_are_exceeded(tmp_path: Path) -> None:
    """Alone they remember nothing; behind a membrane they are neurons without a reset."""
    theta = np.array([0.5, 1.0, 2.5])
    path = write_graph(tmp_path / "m.nir", (3,), 3, {"t": nir.Threshold(theta)})
    np.testing.assert_array_equal(spikes(read(path, dt=DT))["t"], theta < X)
    nodes = {"r": li(3, tau=4 * DT), "t": nir.Threshold(theta)}
    model = read(write_graph(tmp_path / "n.nir", (3,), 3, nodes), dt=DT, dialect="nir")
    trace = floating.simulate(model, X)
    np.testing.assert_array_equal(trace.spikes["t"], trace.v["r"] > theta)
    assert trace.spikes["t"].any()
    spikes(model)


@pytest.mark.parametrize(("a", "b"), [("a", "input"), ("output", "a"), ("output", "output")])
def test_edges_into_an_input_or_out_of_an_output_are_refused(
    tmp_path: Path, a: str, b: str
) -> None:
    """They were dropped in silence."""
    edges = [("input", "a"), ("a", "output"), (a, b)]
    path = write_graph(tmp_path / "m.nir", (3,), 3, {"a": lif(3)}, edges, check=False)
    with pytest.raises(RanvierError, match=r"M00[14]"):
        read(path, dt=DT)
    with pytest.raises(RanvierError, match=r"(?s)M004.*at its Input"):
        read(path, dt=DT, dialect="rockpool")


def test_nodes_that_no_input_reaches_are_named(tmp_path: Path) -> None:
    nodes = {"a": lif(3), "b": lif(3), "c": lif(3)}
    edges = [("input", "a"), ("a", "output"), ("b", "c"), ("c", "b")]
    path = write_graph(tmp_path / "m.nir", (3,), 3, nodes, edges, check=False)
    with pytest.raises(RanvierError) as caught:
        read(path, dt=DT, dialect="rockpool")
    assert (caught.value.code, caught.value.what) == ("M004", "no input leads here")


def test_signals_of_different_sizes_do_not_meet(tmp_path: Path) -> None:
    nodes = {"w": nir.Linear(weights(4, 3)), "x": nir.Linear(weights(2, 3)), "a": lif(4)}
    edges = [("input", "w"), ("input", "x"), ("w", "a"), ("x", "a"), ("a", "output")]
    path = write_graph(tmp_path / "m.nir", (3,), 4, nodes, edges, check=False)
    with pytest.raises(RanvierError, match="x gives 2 values, a takes 4"):
        read(path, dt=DT, dialect="rockpool")
