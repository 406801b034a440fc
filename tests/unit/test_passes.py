# SPDX-License-Identifier: Apache-2.0
"""Passes change how a model is written, never what it does, and have nothing to do twice."""

from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import nir
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.nets import read, write_graph

from ranvier import floating, passes
from ranvier.model import INPUT, Edge, Model
from ranvier.nodes import Delay, Dynamics, Flatten, Linear, Neurons, Node, Scale
from ranvier.passes.drop_dead import drop_dead
from ranvier.passes.drop_silent import drop_silent
from ranvier.passes.fold_bias import fold_bias
from ranvier.passes.merge_maps import merge_maps

SIZE = 3
STEPS = 12
EIGHTHS = st.integers(-8, 8).map(lambda k: k / 8)  # products and sums of a few stay exact


def neurons(name: str, fires: bool, size: int = SIZE) -> Neurons:
    one = np.ones(size)
    return Neurons(
        name=name,
        kind="LIF" if fires else "LI",
        size=size,
        r=4 * one,
        tau_mem=4 * one,  # dt/tau = 1/4
        v_leak=0 * one,
        v_threshold=0.75 * one if fires else None,
        v_reset=0 * one if fires else None,
    )


def vectors(draw: Any, *shape: int) -> Any:
    n = int(np.prod(shape))
    return np.array(draw(st.lists(EIGHTHS, min_size=n, max_size=n))).reshape(shape)


@st.composite
def models(draw: Any) -> Model:
    """Draw a graph: each node reads one or two earlier signals, some of which lead nowhere.

    Some lead back to earlier nodes, a step later; delays stand only where no bias does.
    """
    nodes: list[Node] = []
    edges: list[Edge] = []
    signals = [INPUT]
    timed = draw(st.booleans())
    kinds = ["linear", "delay" if timed else "affine", "scale", "flatten", "neurons"]
    for k in range(draw(st.integers(1, 7))):
        name = f"n{k}"
        match draw(st.sampled_from(kinds)):
            case "linear":
                node: Node = Linear(name=name, weight=vectors(draw, SIZE, SIZE))
            case "affine":
                weight, bias = vectors(draw, SIZE, SIZE), vectors(draw, SIZE)
                node = Linear(name=name, weight=weight, bias=bias)
            case "scale":
                node = Scale(name=name, scale=vectors(draw, SIZE))
            case "delay":
                steps = draw(st.lists(st.integers(0, 3), min_size=SIZE, max_size=SIZE))
                node = Delay(name=name, steps=np.array(steps))
            case "flatten":
                node = Flatten(name=name, size=SIZE)
            case _:
                node = neurons(name, fires=True)
        nodes.append(node)
        sources = st.lists(st.sampled_from(signals), min_size=1, max_size=2, unique=True)
        edges += [Edge(source, name) for source in draw(sources)]
        signals.append(name)
        if isinstance(node, Neurons) and draw(st.booleans()):
            edges.append(Edge(name, draw(st.sampled_from(signals[1:])), 1))
    fires = draw(st.booleans())
    nodes.append(neurons("out", fires))
    last = st.lists(st.sampled_from(signals), min_size=1, max_size=3, unique=True)
    edges += [Edge(source, "out") for source in draw(last)]
    return Model(
        name="m",
        dialect="nir",
        dt=1.0,
        channels=SIZE,
        nodes=tuple(nodes),
        edges=tuple(edges),
        outputs=("out",),
        decode="spike-count" if fires else "readout-mean",
    )


X = np.random.default_rng(0).integers(-8, 9, (2, STEPS, SIZE)) / 4


def same(a: Model, b: Model) -> None:
    """Fail unless the two models spike alike and their membranes agree to float32's last bits."""
    p, q = floating.simulate(a, X), floating.simulate(b, X)
    np.testing.assert_allclose(p.out, q.out, rtol=1e-5, atol=1e-5)
    for name in q.spikes:
        if p.spikes[name].shape != q.spikes[name].shape:
            continue  # neurons were dropped: the output says whether rightly
        np.testing.assert_array_equal(p.spikes[name], q.spikes[name], err_msg=name)


def text(model: Model) -> str:
    """Return all of a model's graph; equal texts are equal graphs."""
    return repr((model.nodes, model.edges))


@given(models())
def test_every_pass_is_exact_and_idempotent(model: Model) -> None:
    found = model
    for rewrite in passes.PIPELINE:
        found = rewrite(found)
        same(model, found)
        assert text(rewrite(found)) == text(found), rewrite.__name__


@given(models())
def test_the_pipeline_leaves_one_map_for_each_source_delay_and_layer(model: Model) -> None:
    normal = passes.run(model)
    same(model, normal)
    joined = []
    for node in normal.nodes:
        if isinstance(node, Neurons):
            continue
        assert isinstance(node, (Linear, Scale))
        (into,) = normal.into(node.name)
        (out,) = [e for e in normal.edges if e.source == node.name]
        assert into.source == INPUT or isinstance(normal.node(into.source), Neurons)
        assert isinstance(normal.node(out.target), Neurons)
        assert out.delay == 0
        joined.append((into.source, into.delay, out.target))
    assert len(set(joined)) == len(joined)


@given(models())
def test_only_what_reaches_the_output_is_left(model: Model) -> None:
    alive = {"out"}
    for _ in model.nodes:
        alive |= {e.source for e in model.edges if e.target in alive}
    assert {n.name for n in drop_dead(model).nodes} == alive - {INPUT}


def chain(*middle: Node) -> Model:
    nodes = (*middle, neurons("out", fires=False, size=middle[-1].size))
    names = [INPUT, *(n.name for n in nodes)]
    return Model(
        name="m", dialect="nir", dt=1.0, channels=middle[0].inputs, nodes=nodes,
        edges=tuple(Edge(a, b) for a, b in pairwise(names)), outputs=("out",),
        decode="readout-mean",
    )  # fmt: skip


def test_a_chain_becomes_the_product_of_its_matrices() -> None:
    a, b = np.arange(6.0).reshape(2, 3), np.array([[1.0, -2.0], [0.5, 4.0], [3.0, 0.0]])
    s, bias_a, bias_b = np.array([2.0, -1.0, 0.5]), np.array([1.0, 2.0]), np.array([3.0, 4.0, 5.0])
    model = chain(
        Linear(name="a", weight=a, bias=bias_a),
        Linear(name="b", weight=b, bias=bias_b),
        Scale(name="s", scale=s),
        Flatten(name="f", size=3),
    )
    (joined, out) = merge_maps(fold_bias(model)).nodes
    assert isinstance(joined, Linear)
    assert isinstance(out, Neurons)
    assert out.bias is not None
    np.testing.assert_array_equal(joined.weight, s[:, None] * (b @ a))
    np.testing.assert_array_equal(out.bias, s * (b @ bias_a + bias_b))


def test_a_bare_edge_becomes_the_identity() -> None:
    (joined, _) = merge_maps(chain(Flatten(name="f", size=3))).nodes
    assert isinstance(joined, Scale)
    np.testing.assert_array_equal(joined.scale, np.ones(3))


def test_the_bias_of_two_paths_is_added_once() -> None:
    one = np.ones(SIZE)
    fires = neurons("h", fires=True)
    nodes: tuple[Node, ...] = (
        fires,
        Linear(name="a", weight=np.eye(SIZE), bias=1 * one),
        Linear(name="b", weight=np.eye(SIZE), bias=2 * one),
        neurons("out", fires=False),
    )
    pairs = ((INPUT, "h"), ("h", "a"), (INPUT, "b"), ("a", "out"), ("b", "out"))
    model = Model(
        name="m", dialect="nir", dt=1.0, channels=SIZE, nodes=nodes,
        edges=tuple(Edge(*pair) for pair in pairs), outputs=("out",), decode="readout-mean",
    )  # fmt: skip
    out = passes.run(model).node("out")
    assert isinstance(out, Neurons)
    assert out.bias is not None
    np.testing.assert_array_equal(out.bias, 3 * one)
    same(model, passes.run(model))


def test_silent_neurons_go_and_steady_ones_become_a_bias() -> None:
    """Of six neurons two never fire, one fires in every step, one only now and then."""
    weight = np.zeros((6, SIZE))
    weight[:2] = np.eye(SIZE)[:2]
    bias = np.array([0.0, 0.0, 0.1, -5.0, 9.0, 0.3])
    size = 6
    model = chain(
        Linear(name="a", weight=weight, bias=bias),
        neurons("h", fires=True, size=size),
        Linear(name="b", weight=np.arange(18.0).reshape(3, 6)),
    )
    folded = merge_maps(fold_bias(model))
    found = drop_silent(folded)
    same(model, found)
    hidden, out = found.node("h"), found.node("out")
    assert isinstance(hidden, Neurons)
    assert isinstance(out, Neurons)
    assert hidden.size == 3
    assert out.bias is not None
    np.testing.assert_array_equal(out.bias, [4.0, 10.0, 16.0])


def listening(layer: Neurons) -> Model:
    """Return a chain in which the input reaches the first neuron of `layer` alone."""
    weight = np.zeros((layer.size, SIZE))
    weight[0] = 1.0
    into = Linear(name="a", weight=weight)
    return chain(into, layer, Linear(name="b", weight=np.eye(layer.size)))


def test_a_neuron_held_above_its_threshold_is_not_silent() -> None:
    """Its current goes on rising, so that no state of it repeats; it fires in every step."""
    two = np.ones(2)
    held = replace(
        neurons("h", fires=True, size=2), kind="CubaLIF", tau_syn=8 * two, w_in=two,
        bias=0.0625 * two, dynamics=Dynamics(lower_bound=1.0),
    )  # fmt: skip
    model = listening(held)
    found = drop_silent(model)
    assert (floating.simulate(model, X).spikes["h"][..., 1] == 1).all()
    same(model, found)


def test_a_step_beyond_twice_a_time_constant_passes_its_end_by() -> None:
    """The membrane jumps to three halves of where it settles, and so over the threshold."""
    two = np.ones(2)
    layer = replace(neurons("h", fires=True, size=2), tau_mem=two / 1.5, bias=0.15625 * two)
    model = listening(replace(layer, dynamics=Dynamics(reset="none")))
    assert floating.simulate(model, X).spikes["h"][..., 1].any()
    same(model, drop_silent(model))


@st.composite
def lonely(draw: Any) -> Model:
    """Draw a layer of any dynamics, all neurons of which but one nothing reaches."""
    size = draw(st.integers(2, 5))
    eighths = partial(vectors, draw, size)
    current = draw(st.booleans())
    rule = Dynamics(
        form=draw(st.sampled_from(("sum", "increment"))),
        drive=draw(st.sampled_from(("scaled", "unit"))),
        synapse_order=draw(st.sampled_from(("decay-then-add", "add-then-decay"))),
        synapse_read=draw(st.sampled_from(("after", "before"))),
        compare=draw(st.sampled_from((">", ">="))),
        reset=draw(st.sampled_from(("value", "subtract", "none"))),
        reset_timing=draw(st.sampled_from(("now", "next-membrane", "next-update", "next-surplus"))),
        lower_bound=draw(st.sampled_from((None, -0.5, 0.25, 1.0, 2.0))),
        start=draw(st.sampled_from(("zero", "leak", "reset"))),
        **draw(st.sampled_from(({}, {"spikes": "floor", "max_spikes": 255}))),
    )
    theta = eighths() if rule.spikes == "once" else np.abs(eighths()) + 0.125
    return listening(
        Neurons(
            name="h", kind="CubaLIF" if current else "LIF", size=size, r=eighths() * 2,
            tau_mem=draw(st.sampled_from((4.0, 0.75, 0.5))) * np.ones(size),
            tau_syn=draw(st.sampled_from((8.0, 0.75))) * np.ones(size) if current else None,
            w_in=eighths() if current else None, v_leak=eighths(), v_threshold=theta,
            v_reset=eighths(), bias=eighths(), dynamics=rule,
        )
    )  # fmt: skip


@settings(max_examples=300)
@given(lonely())
def test_dropping_neurons_is_exact_whatever_the_dynamics(model: Model) -> None:
    before, after = floating.simulate(model, X), floating.simulate(drop_silent(model), X)
    reach = np.abs(before.out).max(axis=(0, 1), initial=1.0)
    assert (np.abs(before.out - after.out) <= 1e-5 * reach).all()


def test_late_spikes_become_delays_of_edges() -> None:
    late = neurons("h", fires=True)
    late = replace(late, dynamics=replace(late.dynamics, emit="next-step"))
    model = chain(
        Linear(name="a", weight=np.eye(SIZE) * 2), late, Linear(name="b", weight=np.eye(SIZE))
    )
    found = passes.run(model)
    assert floating.simulate(model, X).counts["h"] > 5
    np.testing.assert_array_equal(floating.simulate(model, X).out, floating.simulate(found, X).out)


@pytest.mark.parametrize("dialect", ["nir", "sinabs", "rockpool", "spyx"])
def test_a_fused_threshold_fires_once_whatever_the_dialect(tmp_path: Path, dialect: str) -> None:
    one, tau = np.ones(SIZE), (8.0 if dialect == "sinabs" else 8e-3)
    r = 8 * np.exp(-1 / 8) if dialect == "rockpool" else 1.0
    nodes = {"w": nir.Linear(np.eye(SIZE)), "m": nir.LI(tau * one, r * one, 0 * one),
             "s": nir.Threshold(0.125 * one)}  # fmt: skip
    path = write_graph(tmp_path / "m.nir", (SIZE,), SIZE, nodes)
    own = {"norm_input": False} if dialect == "sinabs" else {}
    model = read(path, dialect=dialect, dt=1e-3, decode="spike-count", **own)
    before, after = floating.simulate(model, X), floating.simulate(passes.run(model), X)
    assert before.counts["s"] > 5
    np.testing.assert_array_equal(before.spikes["s"], after.spikes["s"])


def test_delays_of_their_own_never_take_another_nodes_name() -> None:
    steps = np.array([1, 2, 3])
    model = chain(Delay(name="d", steps=steps), Scale(name="d_2", scale=np.full(SIZE, 7.0)))
    same(model, passes.run(model))
