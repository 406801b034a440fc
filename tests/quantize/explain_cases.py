# SPDX-License-Identifier: Apache-2.0
"""Models for the tests of `explain`, and networks with a fault planted in them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import nir
import numpy as np
from numpy.typing import NDArray
from tests.unit.nets import DT, counts, li, lif, read, weights, write_graph

from ranvier.ir import Network
from ranvier.model import Model, Neurons
from ranvier.nodes import Dynamics

X = counts(samples=8, steps=50)


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
