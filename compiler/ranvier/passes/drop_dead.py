# SPDX-License-Identifier: Apache-2.0
"""Remove what cannot reach the output."""

from ranvier.model import Model


def drop_dead(model: Model) -> Model:
    """Drop every node from which no path leads to the output; exact, and idempotent."""
    alive = {model.output}
    for node in reversed(model.nodes):
        if any(source == node.name and target in alive for source, target in model.edges):
            alive.add(node.name)
    return model.with_graph(
        tuple(n for n in model.nodes if n.name in alive),
        tuple(e for e in model.edges if e[1] in alive),
    )
