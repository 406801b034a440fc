# SPDX-License-Identifier: Apache-2.0
"""Drive sinabs 3.1.3 and record what it does: `record_sinabs.py OUT [--seed N]`."""

from __future__ import annotations

import warnings
from contextlib import redirect_stdout
from functools import partial
from io import StringIO
from typing import Any

warnings.filterwarnings("ignore")

import numpy as np  # noqa: E402
import sinabs.activation as sina  # noqa: E402
import sinabs.layers as sl  # noqa: E402
import torch  # noqa: E402
from layers_torch import conv, dense  # noqa: E402
from recording import Build, Case, Draw, Layer, record  # noqa: E402
from sinabs.nir import to_nir  # noqa: E402
from torch import nn  # noqa: E402

DT = 1e-3  # sinabs has none: its time constants are in steps
INPUTS, HIDDEN, OUTPUTS = 8, 16, 6
SAMPLES, STEPS = 4, 40
SPIKE = {"many": sina.MultiSpike, "once": sina.SingleSpike, "two": sina.MaxSpike(2)}


class Watched:
    """A spike function that also keeps the membrane it was asked about."""

    required_states = ("v_mem",)

    def __init__(self, function: Any) -> None:
        self.function = function
        self.seen: list[np.ndarray] = []

    def apply(self, v_mem: torch.Tensor, threshold: torch.Tensor, surrogate: Any) -> torch.Tensor:
        """Fire as the function does."""
        self.seen.append(v_mem.detach().numpy().reshape(v_mem.shape[0], -1).copy())
        return self.function.apply(v_mem, threshold, surrogate)


def neurons(
    d: Draw,
    made_by: str,
    shape: tuple[int, ...],
    *,
    samples: int = SAMPLES,
    spikes: str = "many",
    reset: str = "subtract",
    bound: float | None = None,
    norm_input: bool = False,
    tau_syn: bool = False,
    threshold: float | None = None,
) -> nn.Module:
    """Return a layer of neurons with random parameters."""

    def tau() -> torch.Tensor:
        return torch.from_numpy(d.rng.choice(np.array([2.0, 5.0, 8.0, 20.0], np.float32), shape))

    options: dict[str, Any] = {"batch_size": samples, "record_states": True, "min_v_mem": bound}
    if made_by == "ExpLeak":
        return sl.ExpLeakSqueeze(tau_mem=tau(), norm_input=norm_input, **options)
    options["spike_fn"] = Watched(SPIKE[spikes])
    options["reset_fn"] = sina.MembraneSubtract() if reset == "subtract" else sina.MembraneReset()
    options["spike_threshold"] = (
        torch.from_numpy(d.thresholds(*shape))
        if threshold is None
        else torch.full(shape, threshold)
    )
    if made_by == "IAF":
        return sl.IAFSqueeze(**options)
    if tau_syn:
        options["tau_syn"] = tau()
    return sl.LIFSqueeze(tau_mem=tau(), norm_input=norm_input, **options)


def run(
    net: nn.Module, x: np.ndarray, shape: tuple[int, ...], answers: dict[str, Any], **more: Any
) -> Case:
    """Run `net` over `x` (samples, steps, *shape), export it, and return all that it did."""
    samples, steps = x.shape[:2]
    data = torch.from_numpy(x).float().reshape(-1, *shape)
    layers = {name: m for name, m in net.named_modules() if isinstance(m, sl.LIF)}
    graph = to_nir(net, data)
    with redirect_stdout(StringIO()):  # to_nir leaves a Conv2d without shape; nir can't write that
        graph.infer_types()
    for layer in layers.values():
        layer.reset_states()
        if isinstance(layer.spike_fn, Watched):
            layer.spike_fn.seen.clear()
    outputs: dict[str, np.ndarray] = {}

    def hook(name: str) -> Any:
        def keep(_module: nn.Module, _inputs: Any, y: torch.Tensor) -> None:
            outputs[name] = y.detach().numpy().reshape(samples, steps, -1)

        return keep

    hooks = [m.register_forward_hook(hook(name)) for name, m in layers.items()]
    with torch.no_grad():
        net(data)
    for handle in hooks:
        handle.remove()
    result = []
    for name, layer in layers.items():
        options: dict[str, Any] = {"norm_input": getattr(layer, "norm_input", False)}
        said = Layer(
            key=name,
            made_by=type(layer).__name__.removesuffix("Squeeze"),
            options=options,
            v=layer.recordings["v_mem"].detach().numpy().reshape(samples, steps, -1),
        )
        if layer.min_v_mem is not None:
            options["lower_bound"] = float(layer.min_v_mem)
        if isinstance(layer.spike_fn, Watched):
            subtract = isinstance(layer.reset_fn, sina.MembraneSubtract)
            options |= {
                "reset": "subtract" if subtract else "value",
                "reset_timing": "now",
                "spikes_per_step": next(
                    k for k, f in SPIKE.items() if f is layer.spike_fn.function
                ),
            }
            if layer.tau_syn is not None:
                options["tau_syn"] = layer.tau_syn.detach().numpy().ravel().tolist()
            said.spikes = outputs[name]
            theta = layer.spike_threshold.detach().numpy().reshape(1, 1, -1)
            v = np.stack(layer.spike_fn.seen, axis=1)
            if options["spikes_per_step"] != "once":  # the nearest multiple is what decides
                v = v - (np.maximum(np.rint(v / theta), 1) - 1) * theta
            said.compared, said.threshold = v, theta
        result.append(said)
    out = outputs[list(layers)[-1]]
    return Case(
        graph=graph,
        x=x.reshape(samples, steps, -1),
        out=out,
        layers=result,
        answers={
            "dialect": "sinabs",
            "dt": DT,
            "reset": "subtract",
            "reset_timing": "now",
            "spikes_per_step": "many",
            "lower_bound": None,
        }
        | answers,
        **more,
    )


# The cases


def plain(
    d: Draw,
    made_by: str,
    spikes: str = "many",
    reset: str = "subtract",
    bound: float | None = None,
    readout: bool = False,
    beyond: tuple[str, ...] = (),
    **options: Any,
) -> Case:
    """Linear, neurons, Affine, neurons: one class throughout, or a leak to be read."""
    gain = {"scale": 0.5, "mean": 0.05 if made_by == "LIF" else -0.05}
    if options.get("norm_input"):
        gain = {"scale": 1.5, "mean": 0.5}
    if options.get("tau_syn"):
        gain = {"scale": 0.2, "mean": 0.0}
    kind = partial(neurons, d, spikes=spikes, reset=reset, bound=bound, **options)
    net = nn.Sequential(
        dense(d, INPUTS, HIDDEN, bias=False, **gain),
        kind(made_by, (HIDDEN,)),
        dense(d, HIDDEN, OUTPUTS, bias=True, **gain),
        neurons(d, "ExpLeak", (OUTPUTS,)) if readout else kind(made_by, (OUTPUTS,)),
    )
    answers = {
        "reset": reset,
        "spikes_per_step": "once" if spikes == "once" else "many",
        "lower_bound": bound,
    }
    x = d.counts(SAMPLES, STEPS, INPUTS)
    return run(net, x, (INPUTS,), answers, beyond=list(beyond))


def convolutional(d: Draw, spikes: str) -> Case:
    """Conv2d, IAF, SumPool2d, Conv2d, LIF, Flatten, Linear, IAF."""
    samples = 2
    kind = partial(neurons, d, samples=samples, spikes=spikes, bound=-1.0)
    net = nn.Sequential(
        conv(d, 2, 3, 3, padding=1, bias=False),
        kind("IAF", (3, 8, 8)),
        sl.SumPool2d(2),
        conv(d, 3, 4, 3, stride=2, padding=1),
        kind("LIF", (4, 2, 2)),
        nn.Flatten(),
        dense(d, 16, OUTPUTS, bias=False),
        kind("IAF", (OUTPUTS,)),
    )
    x = d.spikes(samples, 20, 2, 8, 8)
    return run(net, x, (2, 8, 8), {"spikes_per_step": spikes, "lower_bound": -1.0})


def ties(d: Draw, spikes: str) -> Case:
    """Every sum exact, and often exactly a multiple of the threshold: `>=` against `>`."""
    net = nn.Sequential(
        nn.Linear(INPUTS, HIDDEN, bias=False),
        neurons(d, "IAF", (HIDDEN,), samples=8, threshold=1.0, spikes=spikes),
    )
    w = np.rint(d.rng.normal(0.1, 0.5, (HIDDEN, INPUTS)) * 4) / 4
    net[0].weight.data = torch.from_numpy(w.astype(np.float32))
    x = d.spikes(8, 20, INPUTS)
    return run(net, x, (INPUTS,), {"spikes_per_step": spikes}, near_ties_meant=True)


def cases() -> dict[str, Build]:
    """Return every case by name."""
    found: dict[str, Build] = {}
    for made_by in ("LIF", "IAF"):
        name = made_by.lower()
        found[name] = partial(plain, made_by=made_by)
        found[f"{name}_bound"] = partial(plain, made_by=made_by, bound=-0.5)
        found[f"{name}_single"] = partial(plain, made_by=made_by, spikes="once")
        found[f"{name}_reset"] = partial(plain, made_by=made_by, spikes="once", reset="value")
        found[f"{name}_multi_reset"] = partial(plain, made_by=made_by, reset="value")
        found[f"{name}_readout"] = partial(plain, made_by=made_by, readout=True)
        found[f"beyond_{name}_two"] = partial(
            plain, made_by=made_by, spikes="two", beyond=("MaxSpike",)
        )
    found["beyond_lif_norm_input"] = partial(
        plain, made_by="LIF", norm_input=True, beyond=("norm_input",)
    )
    found["beyond_lif_tau_syn"] = partial(plain, made_by="LIF", tau_syn=True, beyond=("tau_syn",))
    found["conv_many"] = partial(convolutional, spikes="many")
    found["conv_once"] = partial(convolutional, spikes="once")
    found["ties_many"] = partial(ties, spikes="many")
    found["ties_once"] = partial(ties, spikes="once")
    return found


if __name__ == "__main__":
    record("sinabs", ("sinabs", "nir", "nirtorch", "torch", "numpy"), cases(), __doc__ or "")
