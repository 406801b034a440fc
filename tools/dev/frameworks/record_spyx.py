# SPDX-License-Identifier: Apache-2.0
"""Drive Spyx 1.0.0 and record what it does: `record_spyx.py OUT [--seed N]`."""

from __future__ import annotations

import os
from functools import partial
from typing import Any

os.environ["JAX_PLATFORMS"] = "cpu"

import jax.numpy as jnp
import numpy as np
from flax import nnx
from recording import Build, Case, Draw, Layer, record
from spyx import nn as snn
from spyx.nir import to_nir

DT = 1.0
INPUTS, HIDDEN, OUTPUTS = 8, 16, 6
SAMPLES, STEPS = 4, 40
NESTED = "the subgraph feeds the input through the recurrent weights"


def dense(d: Draw, inputs: int, outputs: int, bias: bool, **scale: float) -> nnx.Linear:
    """Return a Linear with weights on the grid."""
    layer = nnx.Linear(inputs, outputs, use_bias=bias, rngs=nnx.Rngs(0))
    layer.kernel[...] = jnp.array(d.weights(inputs, outputs, **scale))
    if bias:
        layer.bias[...] = jnp.array(d.weights(outputs, scale=0.05, mean=0.02))
    return layer


def neurons(d: Draw, made_by: str, n: int, threshold: float | None = None) -> Any:
    """Return a layer of neurons with random parameters; one threshold serves them all."""
    theta = float(d.thresholds(1)[0]) if threshold is None else threshold
    layer = getattr(snn, made_by)((n,), threshold=theta, rngs=nnx.Rngs(0))
    for name in ("alpha", "beta"):
        if hasattr(layer, name):
            getattr(layer, name)[...] = jnp.array(d.decays(n))
    if made_by[0] == "R":
        layer.recurrent_w[...] = jnp.array(d.weights(n, n, scale=0.15, mean=-0.05))
    return layer


def run(net: Any, x: np.ndarray, beyond: list[str], **more: Any) -> Case:
    """Export `net`, run it over `x` (samples, steps, channels), and return all that it did."""
    outputs = net.layers[-1].hidden_shape[0]
    shapes = {"input": np.array([INPUTS])}, {"output": np.array([outputs])}
    graph = to_nir(net, *shapes, dt=DT)
    data = jnp.array(x, jnp.float32)
    out, _ = snn.run(net, data, batch_major=True)
    # The same walk as Sequential.__call__, which keeps what it returns of each layer.
    names = [k for k, m in enumerate(net.layers) if hasattr(m, "initial_state")]
    state = net.initial_state(len(x))
    spikes: dict[int, list[np.ndarray]] = {k: [] for k in names}
    kept: dict[int, list[np.ndarray]] = {k: [] for k in names}
    before: dict[int, list[np.ndarray]] = {k: [] for k in names}
    for t in range(x.shape[1]):
        y = data[:, t]
        for k, layer in enumerate(net.layers):
            if k not in names:
                y = layer(y)
                continue
            n = layer.hidden_shape[0]
            before[k].append(np.array(state[k][:, :n]))
            y, state[k] = layer(y, state[k])
            spikes[k].append(np.array(y))
            kept[k].append(np.array(state[k][:, :n]))
    result = []
    for k in names:
        layer = net.layers[k]
        made_by = type(layer).__name__
        free = made_by == "PSU_LIF"
        options = {"reset": "none" if free else "subtract"}
        if "CuBa" in made_by:  # the threshold is taken off before the decay
            options["kept"] = "before the reset"
        if free:
            result.append(
                Layer(key=f"layer_{k}", made_by=made_by, options={}, v=np.stack(kept[k], axis=1))
            )
        result.append(
            Layer(
                key=f"layer_{k}_threshold" if free else f"layer_{k}",
                made_by="Threshold" if free else made_by,
                options=options,
                spikes=np.stack(spikes[k], axis=1),
                v=None if free else np.stack(kept[k], axis=1),
                compared=np.stack((kept if free else before)[k], axis=1),
                threshold=np.float32(layer.threshold).reshape(1, 1, 1),
            )
        )
    last, options = result[-1].spikes, result[-1].options
    at_once = options["reset"] == "none" or "kept" in options
    assert last is not None
    if not np.array_equal(last, np.array(out)):
        raise SystemExit("spyx.nn.run and the layers one by one differ")
    return Case(
        graph=graph,
        x=x,
        out=last,
        layers=result,
        answers={
            "dialect": "spyx",
            "dt": DT,
            "reset": options["reset"],
            "reset_timing": "now" if at_once else "next-membrane",
            "spikes_per_step": "once",
            "lower_bound": None,
        },
        beyond=beyond,
        **more,
    )


# The cases


def plain(d: Draw, made_by: str, beyond: tuple[str, ...] = ()) -> Case:
    """Linear, neurons, Affine, neurons: one class throughout."""
    gain = 0.3 if "CuBa" in made_by or made_by == "PSU_LIF" else 0.6
    mean = 0.0 if made_by == "PSU_LIF" else 0.05
    net = snn.Sequential(
        dense(d, INPUTS, HIDDEN, bias=False, scale=gain, mean=mean),
        neurons(d, made_by, HIDDEN),
        dense(d, HIDDEN, OUTPUTS, bias=True, scale=gain, mean=mean),
        neurons(d, made_by, OUTPUTS),
    )
    return run(net, d.spikes(SAMPLES, STEPS, INPUTS), list(beyond))


def ties(d: Draw) -> Case:
    """Every sum exact, and often exactly the threshold: `>` against `>=`."""
    net = snn.Sequential(
        dense(d, INPUTS, HIDDEN, bias=False), neurons(d, "IF", HIDDEN, threshold=1.0)
    )
    w = np.rint(d.rng.normal(0.1, 0.5, (INPUTS, HIDDEN)) * 4) / 4
    net.layers[0].kernel[...] = jnp.array(w, jnp.float32)
    return run(net, d.spikes(8, 20, INPUTS), [], near_ties_meant=True)


def cases() -> dict[str, Build]:
    """Return every case by name."""
    found: dict[str, Build] = {
        "if": partial(plain, made_by="IF"),
        "lif": partial(plain, made_by="LIF"),
        "psu_lif": partial(plain, made_by="PSU_LIF"),
        "cubalif": partial(plain, made_by="CuBaLIF"),
        "ties": ties,
    }
    for made_by in ("RIF", "RLIF", "RCuBaLIF"):
        found[f"beyond_{made_by.lower()}"] = partial(plain, made_by=made_by, beyond=(NESTED,))
    return found


if __name__ == "__main__":
    record("spyx", ("spyx", "nir", "jax", "flax", "numpy"), cases(), __doc__ or "")
