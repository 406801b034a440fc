# SPDX-License-Identifier: Apache-2.0
"""Remove what cannot reach an output."""

from ranvier.model import Model


def drop_dead(model: Model) -> Model:
    """Drop every node from which no path leads to an output; exact, and idempotent."""
    before: dict[str, list[str]] = {}
    for e in model.edges:
        before.setdefault(e.target, []).append(e.source)
    alive: set[str] = set()
    todo = list(model.outputs)
    while todo:
        name = todo.pop()
        if name not in alive:
            alive.add(name)
            todo += before.get(name, [])
    return model.with_graph(
        tuple(n for n in model.nodes if n.name in alive),
        tuple(e for e in model.edges if e.target in alive),
    )
