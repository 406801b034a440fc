# SPDX-License-Identifier: Apache-2.0
"""Turn spikes that appear a step late into delays of edges."""

from dataclasses import replace

from ranvier.model import Model
from ranvier.nodes import Neurons


def retime_spikes(model: Model) -> Model:
    """Let every layer emit at once, and what leaves the late ones take a step more.

    Exact between layers, and idempotent. Lossy for an output that emits late: the decoder sees each
    spike a step earlier, and so those of the last step too.
    """
    late = {p.name for p in model.neurons if p.dynamics.emit == "next-step"}
    nodes = tuple(
        replace(n, dynamics=replace(n.dynamics, emit="now"))
        if isinstance(n, Neurons) and n.name in late
        else n
        for n in model.nodes
    )
    edges = tuple(e._replace(delay=e.delay + 1) if e.source in late else e for e in model.edges)
    return model.with_graph(nodes, edges)
