# SPDX-License-Identifier: Apache-2.0
"""Layers whose maps are of several kinds: what rounding loses is measured, and made up for."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.unit.nets import counts

from ranvier import connections
from ranvier.float_maps import ready
from ranvier.frontends.data import make_data
from ranvier.ir import Network
from ranvier.model import Edge, Model
from ranvier.nodes import Conv, Linear, Map, Neurons, Pool, Scale
from ranvier.quantize.apart import Apart, apart, lost, rounded_apart
from ranvier.quantize.draft import Draft
from ranvier.quantize.formats import Formats
from ranvier.quantize.goal import goal
from ranvier.quantize.incoming import connection
from ranvier.quantize.search import best, sensitivity
from ranvier.quantize.study import drafted, study

CHOICES = Formats().numerics.weights
RNG = np.random.default_rng(6)
X = counts(samples=10, steps=40, channels=16)
FORWARD: dict[str, Map] = {
    "conv": Conv(
        name="in", weight=RNG.normal(0, 0.5, (3, 1, 3, 3)), input_shape=(1, 4, 4),
        padding=(1, 1, 1, 1),
    ),
    "pool": Pool(name="in", weight=0.43, input_shape=(1, 4, 4), kernel=(3, 3), stride=(1, 1)),
    "scale": Scale(name="in", scale=RNG.uniform(0.1, 0.9, 16)),
}  # fmt: skip


def neurons(name: str, size: int, fires: bool = True) -> Neurons:
    one = np.ones(size)
    return Neurons(
        name=name, kind="LIF" if fires else "LI", size=size, r=one, tau_mem=8 * one,
        v_leak=0 * one,
        v_threshold=one if fires else None, v_reset=0 * one if fires else None,
    )  # fmt: skip


def looped(kind: str) -> Model:
    """Return a layer fed by a map of this kind and, through a matrix, by itself."""
    rng, forward = np.random.default_rng(7), FORWARD[kind]
    size = forward.size
    nodes = (
        forward, Linear(name="back", weight=rng.normal(0, 0.3, (size, size))),
        neurons("hidden", size), Linear(name="out", weight=rng.normal(0, 0.3, (2, size))),
        neurons("readout", 2, fires=False),
    )  # fmt: skip
    edges = (
        Edge("input", "in"), Edge("in", "hidden"), Edge("hidden", "back", delay=1),
        Edge("back", "hidden"), Edge("hidden", "out"), Edge("out", "readout"),
    )  # fmt: skip
    return Model(
        name="m", dialect="nir", dt=1.0, channels=16, nodes=nodes, edges=edges,
        outputs=("readout",), decode="readout-mean",
    )  # fmt: skip


def sizes(network: Network) -> dict[str, int]:
    return {
        p.name: sum(
            connections.weights(q.connection).size * q.bits
            for q in network.projections
            if q.target == p.name
        )
        for p in network.populations
    }


@pytest.mark.parametrize("kind", FORWARD)
def test_every_layer_loses_by_having_fewer_bits(kind: str) -> None:
    of = study(looped(kind), make_data(X))
    found = sensitivity(of, goal(of, make_data(X), Formats()), Formats(), sizes)
    fine, coarse = CHOICES.index(8), CHOICES.index(2)
    for k in range(2):
        assert found.loss[k, coarse] > 10 * found.loss[k, fine] > 0, found.layers[k]
    # Nothing is scarce: no layer is left with few bits as if they were as good as many.
    choice = best(found, int(found.size.max(axis=1).sum()))
    assert choice is not None
    assert min(CHOICES[c] for c in choice) >= 8


def drafts_of(kind: str, bits: int) -> tuple[Draft, Apart, NDArray[Any], Any]:
    of = study(looped(kind), make_data(X))
    wanted = goal(of, make_data(X), Formats())
    made = drafted(of, Formats(weights=bits))[0]
    given = wanted.given()
    return made, apart(made, given), given["input"], given["hidden"]


@pytest.mark.parametrize("kind", FORWARD)
def test_the_loss_is_that_of_a_membrane_that_never_fires(kind: str) -> None:
    made, of, x, spikes = drafts_of(kind, 3)
    rounded = rounded_apart(made, of)
    d, (forward, back) = made.difference, made.incoming
    assert (forward.delay, back.delay) == (0, 1)
    v = np.zeros((len(x), made.layer.size))
    total = np.zeros(made.layer.size)
    for t in range(x.shape[1]):
        v = v * d.alpha
        for k, (p, signal) in enumerate(((forward, x), (back, spikes))):
            if t >= p.delay:
                now = signal[:, t - p.delay].astype(np.int64)
                real = ready(p.map, np.float64)(now * p.unit)
                whole = connections.apply(rounded[k], now) * made.steps(k) * p.unit
                v = v + np.asarray(real) - whole
        total += (v**2).mean(axis=0)
    np.testing.assert_allclose(lost(made, of, rounded), total / x.shape[1], rtol=0.05)


@pytest.mark.parametrize("kind", ["conv", "scale"])
def test_a_map_beside_one_of_another_kind_is_compensated(kind: str) -> None:
    made, of, _, _ = drafts_of(kind, 4)
    nearest = tuple(
        connection(p.map, made.steps(k), made.weight_bits) for k, p in enumerate(made.incoming)
    )
    both = [float(lost(made, of, c).sum()) for c in (nearest, rounded_apart(made, of))]
    assert both[1] < 0.9 * both[0]
