# SPDX-License-Identifier: Apache-2.0
"""Passes change how a model is written, never what it does, and have nothing to do twice."""

from itertools import pairwise
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ranvier import floating, passes
from ranvier.model import INPUT, Flatten, Linear, Model, Neurons, Node, Scale
from ranvier.passes.collapse_linear import collapse_linear
from ranvier.passes.drop_dead import drop_dead

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
    """Draw a graph: each node reads one or two earlier signals, some of which lead nowhere."""
    nodes: list[Node] = []
    edges: list[tuple[str, str]] = []
    signals = [INPUT]
    for k in range(draw(st.integers(1, 7))):
        name = f"n{k}"
        match draw(st.sampled_from(["linear", "affine", "scale", "flatten", "neurons"])):
            case "linear":
                node: Node = Linear(name=name, weight=vectors(draw, SIZE, SIZE))
            case "affine":
                weight, bias = vectors(draw, SIZE, SIZE), vectors(draw, SIZE)
                node = Linear(name=name, weight=weight, bias=bias)
            case "scale":
                node = Scale(name=name, scale=vectors(draw, SIZE))
            case "flatten":
                node = Flatten(name=name, size=SIZE)
            case _:
                node = neurons(name, fires=True)
        nodes.append(node)
        sources = st.lists(st.sampled_from(signals), min_size=1, max_size=2, unique=True)
        edges += [(source, name) for source in draw(sources)]
        signals.append(name)
    fires = draw(st.booleans())
    nodes.append(neurons("out", fires))
    last = st.lists(st.sampled_from(signals), min_size=1, max_size=3, unique=True)
    edges += [(source, "out") for source in draw(last)]
    return Model(
        name="m",
        dialect="nir",
        dt=1.0,
        channels=SIZE,
        nodes=tuple(nodes),
        edges=tuple(edges),
        output="out",
        decode="spike-count" if fires else "readout-mean",
    )


X = np.random.default_rng(0).integers(-8, 9, (2, STEPS, SIZE)) / 4


def same(a: Model, b: Model) -> None:
    """Fail unless the two models spike alike and their membranes agree to float32's last bits."""
    p, q = floating.simulate(a, X), floating.simulate(b, X)
    np.testing.assert_allclose(p.out, q.out, rtol=1e-5, atol=1e-5)
    for name in q.spikes:
        np.testing.assert_array_equal(p.spikes[name], q.spikes[name], err_msg=name)


def text(model: Model) -> str:
    """Return all of a model's graph; equal texts are equal graphs."""
    return repr((model.nodes, model.edges))


@given(models())
def test_every_pass_is_exact_and_idempotent(model: Model) -> None:
    for rewrite in passes.PIPELINE:
        once = rewrite(model)
        same(model, once)
        assert text(rewrite(once)) == text(once), rewrite.__name__


@given(models())
def test_the_pipeline_leaves_one_linear_for_each_pair(model: Model) -> None:
    normal = passes.run(model)
    same(model, normal)
    joined = []
    for node in normal.nodes:
        if isinstance(node, Neurons):
            assert all(isinstance(normal.node(s), Linear) for s in normal.sources(node.name))
            joined += [(normal.sources(s)[0], node.name) for s in normal.sources(node.name)]
            continue
        assert isinstance(node, Linear)
        (source,) = normal.sources(node.name)
        assert source == INPUT or isinstance(normal.node(source), Neurons)
    assert len(set(joined)) == len(joined)


@given(models())
def test_only_what_reaches_the_output_is_left(model: Model) -> None:
    alive = {"out"}
    for _ in model.nodes:
        alive |= {a for a, b in model.edges if b in alive}
    assert {n.name for n in drop_dead(model).nodes} == alive - {INPUT}


def chain(*middle: Node) -> Model:
    nodes = (*middle, neurons("out", fires=False, size=middle[-1].size))
    names = [INPUT, *(n.name for n in nodes)]
    return Model(
        name="m", dialect="nir", dt=1.0, channels=middle[0].inputs, nodes=nodes,
        edges=tuple(pairwise(names)), output="out", decode="readout-mean",
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
    (joined, _) = collapse_linear(model).nodes
    assert isinstance(joined, Linear)
    assert joined.bias is not None
    np.testing.assert_array_equal(joined.weight, s[:, None] * (b @ a))
    np.testing.assert_array_equal(joined.bias, s * (b @ bias_a + bias_b))


def test_a_bare_edge_becomes_the_identity() -> None:
    model = chain(Flatten(name="f", size=3))
    (joined, _) = collapse_linear(model).nodes
    assert isinstance(joined, Linear)
    np.testing.assert_array_equal(joined.weight, np.eye(3))
    assert joined.bias is None


def test_the_bias_of_two_paths_is_added_once() -> None:
    one = np.ones(SIZE)
    fires = neurons("h", fires=True)
    nodes: tuple[Node, ...] = (
        fires,
        Linear(name="a", weight=np.eye(SIZE), bias=1 * one),
        Linear(name="b", weight=np.eye(SIZE), bias=2 * one),
        neurons("out", fires=False),
    )
    edges = ((INPUT, "h"), ("h", "a"), (INPUT, "b"), ("a", "out"), ("b", "out"))
    model = Model(
        name="m", dialect="nir", dt=1.0, channels=SIZE, nodes=nodes, edges=edges,
        output="out", decode="readout-mean",
    )  # fmt: skip
    joined = [n for n in collapse_linear(model).nodes if isinstance(n, Linear)]
    total = sum((n.bias for n in joined if n.bias is not None), np.zeros(SIZE))
    np.testing.assert_array_equal(total, 3 * one)
    same(model, collapse_linear(model))
