# SPDX-License-Identifier: Apache-2.0
"""Drive Rockpool 3.1.0 and record what it does: `record_rockpool.py OUT [--seed N]`."""

from __future__ import annotations

import warnings
from functools import partial
from typing import Any

warnings.filterwarnings("ignore")

import numpy as np  # noqa: E402
import torch  # noqa: E402
from recording import Build, Case, Draw, Layer, record  # noqa: E402
from rockpool.nn.combinators import Sequential  # noqa: E402
from rockpool.nn.modules.torch import (  # noqa: E402
    ExpSynTorch,
    LIFNeuronTorch,
    LIFTorch,
    LinearTorch,
)
from rockpool.nn.modules.torch.nir import to_nir  # noqa: E402

DT = 1e-3
INPUTS, HIDDEN, OUTPUTS = 8, 16, 6
SAMPLES, STEPS = 4, 40
GAIN = {"LIF": (0.2, 0.01), "LIFNeuron": (0.5, 0.05)}


def dense(d: Draw, inputs: int, outputs: int, bias: bool, **scale: float) -> LinearTorch:
    """Return a LinearTorch with weights on the grid, (inputs, outputs)."""
    weight = torch.from_numpy(d.weights(inputs, outputs, **scale))
    b = torch.from_numpy(d.weights(outputs, scale=0.03, mean=0.0)) if bias else None
    return LinearTorch((inputs, outputs), weight=weight, bias=b, has_bias=bias)


def neurons(
    d: Draw,
    made_by: str,
    n: int,
    *,
    mode: str = "taus",
    bias: bool = False,
    recurrent: bool = False,
    most: int | None = None,
    threshold: float | None = None,
    dt: float = DT,
) -> Any:
    """Return a layer of neurons with random parameters."""

    def draw(choices: tuple[float, ...], *shape: int) -> torch.Tensor:
        return torch.from_numpy(d.rng.choice(np.array(choices, np.float32), shape))

    taus = (0.002, 0.005, 0.01, 0.02)
    if made_by == "ExpSyn":
        return ExpSynTorch(n, tau=draw(taus, n), dt=dt)
    options: dict[str, Any] = {
        "threshold": torch.from_numpy(d.thresholds(n))
        if threshold is None
        else torch.full((n,), threshold),
        "bias": torch.from_numpy(d.weights(n, scale=0.05, mean=0.05)) if bias else torch.zeros(n),
        "dt": dt,
    }
    if most is not None:
        options["max_spikes_per_dt"] = torch.tensor(float(most))
    if made_by == "LIFNeuron":
        return LIFNeuronTorch((n,), tau_mem=draw(taus, n), **options)
    match mode:
        case "taus":
            options |= {"tau_mem": draw(taus, n), "tau_syn": draw(taus, n, 1)}
        case "decays":
            factors = (0.5, 0.75, 0.875)
            options |= {"alpha": draw(factors, n), "beta": draw(factors, n, 1)}
        case "bitshifts":
            shifts = (1.0, 2.0, 3.0)
            options |= {"dash_mem": draw(shifts, n), "dash_syn": draw(shifts, n, 1)}
    if recurrent:
        w_rec = torch.from_numpy(d.weights(n, n, scale=0.05, mean=-0.02))
        options |= {"has_rec": True, "w_rec": w_rec}
    return LIFTorch((n,), leak_mode=mode, **options)


def run(net: Any, x: np.ndarray, **more: Any) -> Case:
    """Export `net`, run it over `x` (samples, steps, channels), and return all that it did."""
    for parameter in net.parameters().astorch():
        parameter.requires_grad_(False)  # to_nir leaves an ExpSynTorch's tau attached; nir refuses
    net = net.reset_state()
    graph = to_nir(net)
    net = net.reset_state()
    modules = dict(net.modules())
    seen: dict[str, list[np.ndarray]] = {}
    for name, module in modules.items():
        if hasattr(module, "spike_generation_fn"):
            seen[name] = []
            module.spike_generation_fn = _watched(module.spike_generation_fn, seen[name])
    with torch.no_grad():
        out, _, recorded = net(torch.from_numpy(x).float(), record=True)
    result = []
    for name, module in modules.items():
        made_by = type(module).__name__
        if made_by == "LinearTorch":
            continue
        said = recorded[f"{name}_output"].detach().numpy()
        options: dict[str, Any] = {"dt": module.dt}
        layer = Layer(key=name, made_by=made_by, options=options)
        if name in seen:
            options |= {"reset": "subtract", "reset_timing": "now", "spikes_per_step": "many"}
            if module.bias.any():
                options["bias"] = module.bias.numpy().tolist()
            if float(module.max_spikes_per_dt) < 2**16:
                options["max_spikes_per_dt"] = int(module.max_spikes_per_dt)
            if getattr(module, "_has_rec", False):
                options["w_rec"] = module.w_rec.numpy().tolist()
            layer.spikes, layer.v = said, recorded[name]["vmem"].detach().numpy()
            theta = module.threshold.numpy().reshape(1, 1, -1)
            v = np.stack(seen[name], axis=1)
            layer.compared = v - (np.maximum(np.rint(v / theta), 1) - 1) * theta
            layer.threshold = theta
        else:
            layer.v = said
        result.append(layer)
    return Case(
        graph=graph,
        x=x,
        out=out.detach().numpy(),
        layers=result,
        answers={
            "dialect": "rockpool",
            "dt": result[0].options["dt"],
            "reset": "subtract",
            "reset_timing": "now",
            "spikes_per_step": "many",
            "lower_bound": None,
        },
        **more,
    )


def _watched(function: Any, log: list[np.ndarray]) -> Any:
    def watch(v: torch.Tensor, *arguments: Any) -> torch.Tensor:
        log.append(v.detach().numpy().copy())
        return function(v, *arguments)

    return watch


# The cases


def plain(
    d: Draw,
    made_by: str,
    readout: bool = False,
    high: int = 1,
    dt: float = DT,
    beyond: tuple[str, ...] = (),
    **options: Any,
) -> Case:
    """Linear, neurons, Affine, neurons: one class throughout, or synapses to be read."""
    gain = dict(zip(("scale", "mean"), GAIN[made_by], strict=True))
    kind = partial(neurons, d, made_by, dt=dt, **options)
    net = Sequential(
        dense(d, INPUTS, HIDDEN, bias=False, **gain),
        kind(HIDDEN),
        dense(d, HIDDEN, OUTPUTS, bias=True, **gain),
        neurons(d, "ExpSyn", OUTPUTS, dt=dt) if readout else kind(OUTPUTS),
    )
    return run(net, d.counts(SAMPLES, STEPS, INPUTS, high=high), beyond=list(beyond))


def ties(d: Draw) -> Case:
    """Input in the first step only, where no decay has rounded yet: `>=` against `>`."""
    w = np.rint(d.rng.normal(0.2, 0.6, (INPUTS, HIDDEN)) * 4) / 4
    net = Sequential(
        LinearTorch((INPUTS, HIDDEN), weight=torch.from_numpy(w).float(), has_bias=False),
        neurons(d, "LIFNeuron", HIDDEN, threshold=1.0),
    )
    x = d.spikes(64, 3, INPUTS, rate=0.5)
    x[:, 1:] = 0
    return run(net, x, near_ties_meant=True)


def cases() -> dict[str, Build]:
    """Return every case by name."""
    found: dict[str, Build] = {}
    for made_by in ("LIF", "LIFNeuron"):
        name = made_by.lower()
        found[name] = partial(plain, made_by=made_by)
        found[f"{name}_counts"] = partial(plain, made_by=made_by, high=3)
        found[f"{name}_readout"] = partial(plain, made_by=made_by, readout=True)
        found[f"{name}_dt"] = partial(plain, made_by=made_by, dt=0.0025)
        found[f"beyond_{name}_bias"] = partial(plain, made_by=made_by, bias=True, beyond=("bias",))
        found[f"beyond_{name}_most"] = partial(
            plain, made_by=made_by, high=3, most=1, beyond=("max_spikes_per_dt",)
        )
    for mode in ("decays", "bitshifts"):
        found[f"lif_{mode}"] = partial(plain, made_by="LIF", mode=mode)
    found["beyond_lif_recurrent"] = partial(plain, made_by="LIF", recurrent=True, beyond=("w_rec",))
    found["ties"] = ties
    return found


if __name__ == "__main__":
    record("rockpool", ("rockpool", "nir", "nirtorch", "torch", "numpy"), cases(), __doc__ or "")
