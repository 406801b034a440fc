# SPDX-License-Identifier: Apache-2.0
"""Make one layer of a membrane and the Threshold node that alone reads it."""

from dataclasses import replace

from ranvier.model import Edge, Model


def fuse_thresholds(model: Model) -> Model:
    """Turn LI, I or CubaLI and a Threshold behind it into neurons without a reset.

    The result has the Threshold's name. Exact, and idempotent.
    """
    for node in model.neurons:
        into = model.into(node.name)
        if node.kind != "Threshold" or len(into) != 1 or into[0].delay:
            continue
        before = next((n for n in model.neurons if n.name == into[0].source), None)
        alone = [e for e in model.edges if e.source == into[0].source] == list(into)
        if before is None or before.fires or not alone or before.name in model.outputs:
            continue
        fused = replace(
            before,
            name=node.name,
            v_threshold=node.v_threshold,
            dynamics=replace(
                before.dynamics,
                reset="none",
                reset_timing="now",
                compare=">",
                spikes="once",
                max_spikes=1,
                emit="now",
            ),
        )
        nodes = tuple(
            fused if n.name == before.name else n for n in model.nodes if n.name != node.name
        )
        edges = tuple(
            Edge(e.source, fused.name if e.target == before.name else e.target, e.delay)
            for e in model.edges
            if e != into[0]
        )
        model = model.with_graph(nodes, edges)
    return model
