# SPDX-License-Identifier: Apache-2.0
"""Drive snnTorch 1.0.0 itself and record what its networks do.

record_snntorch.py OUT [--seed N] [--only NAME]
"""

from __future__ import annotations

import warnings
from functools import partial
from typing import Any

warnings.filterwarnings("ignore")

import numpy as np  # noqa: E402
import snntorch as snn  # noqa: E402
import torch  # noqa: E402
from layers_snntorch import Stateful, neurons, timing  # noqa: E402
from layers_torch import conv, dense  # noqa: E402
from recording import Build, Case, Draw, Layer, record  # noqa: E402
from snntorch.export_nir import export_to_nir  # noqa: E402
from torch import nn  # noqa: E402

DT = 1e-4  # fixed in snntorch/export_nir.py
INPUTS, HIDDEN, OUTPUTS = 8, 16, 6
SAMPLES, STEPS = 4, 40
RESET = {"subtract": "subtract", "zero": "value", "none": "none"}


def run(
    net: nn.Module, x: np.ndarray, shape: tuple[int, ...], answers: dict[str, Any], **more: Any
) -> Case:
    """Export `net`, run it over `x` (samples, steps, *shape), and return all that it did."""
    layers = {name: m for name, m in net.named_modules() if isinstance(m, snn.SpikingNeuron)}
    graph = export_to_nir(net, torch.zeros(1, *shape), ignore_dims=[0])
    spikes: dict[str, list[np.ndarray]] = {name: [] for name in layers}
    kept: dict[str, list[np.ndarray]] = {name: [] for name in layers}
    compared: dict[str, list[np.ndarray]] = {name: [] for name in layers}
    for name, layer in layers.items():
        fire = "fire_inhibition" if layer.inhibition else "fire"
        setattr(layer, fire, _watched(getattr(layer, fire), compared[name]))
        for buffer in ("spk", "syn", "mem"):
            if hasattr(layer, buffer):
                setattr(layer, buffer, torch.zeros(0))
    if isinstance(net, Stateful):
        net.state = None
    last = list(layers)[-1]
    with torch.no_grad():
        for t in range(x.shape[1]):
            hooks = [m.register_forward_hook(_hook(spikes[k], kept[k])) for k, m in layers.items()]
            net(torch.from_numpy(x[:, t]).float())
            for hook in hooks:
                hook.remove()
    result = []
    for name, layer in layers.items():
        made_by = type(layer).__name__
        factor = float(layer.graded_spikes_factor)
        said = _flat(spikes[name]) / factor
        options: dict[str, Any] = {
            "reset_mechanism": layer.reset_mechanism,
            "reset_delay": layer.reset_delay,
            "reset": RESET[layer.reset_mechanism],
            "reset_timing": timing(made_by, layer.reset_mechanism, layer.reset_delay),
        }
        if factor != 1:
            options["graded_spikes_factor"] = factor
        if layer.inhibition:
            options["inhibition"] = True
        key = f"{name}.lif" if made_by[0] == "R" else name
        result.append(
            Layer(
                key=key,
                made_by=made_by,
                options=options,
                spikes=said,
                v=_flat(kept[name]),
                compared=_flat(compared[name]),
                threshold=layer.threshold.numpy().reshape(1, 1, -1),
            )
        )
    return Case(
        graph=graph,
        x=x.reshape(*x.shape[:2], -1),
        out=_flat(spikes[last]),
        layers=result,
        answers={"dialect": "snntorch", "dt": DT, "spikes_per_step": "once", "lower_bound": None}
        | answers,
        **more,
    )


def _watched(fire: Any, log: list[np.ndarray]) -> Any:
    def watch(*arguments: Any) -> Any:
        log.append(arguments[-1].detach().numpy().copy())  # the membrane, in both methods
        return fire(*arguments)

    return watch


def _hook(spikes: list[np.ndarray], kept: list[np.ndarray]) -> Any:
    def hook(module: nn.Module, _inputs: Any, output: Any) -> None:
        spikes.append((output[0] if isinstance(output, tuple) else output).detach().numpy().copy())
        kept.append(module.mem.detach().numpy().copy())

    return hook


def _flat(steps: list[np.ndarray]) -> np.ndarray:
    """Return (samples, steps, neurons) from one array a step."""
    stacked = np.stack(steps, axis=1)
    return stacked.reshape(*stacked.shape[:2], -1)


# The cases


def plain(
    d: Draw,
    made_by: str,
    mechanism: str = "subtract",
    delay: bool = True,
    high: int = 1,
    **options: Any,
) -> Case:
    """Linear, neurons, Affine, neurons: one class and one reset throughout."""
    kind = partial(neurons, d, made_by, mechanism=mechanism, delay=delay, **options)
    gain = 0.35 if "Synaptic" in made_by or mechanism == "none" else 0.6
    mean = 0.0 if mechanism == "none" else 0.05
    net: nn.Module = nn.Sequential(
        dense(d, INPUTS, HIDDEN, bias=False, scale=gain, mean=mean),
        kind((HIDDEN,)),
        dense(d, HIDDEN, OUTPUTS, bias=True, scale=gain, mean=mean),
        kind((OUTPUTS,)),
    )
    if made_by == "RSynaptic" and not delay:
        net = Stateful(net[0], kind((HIDDEN,), init_hidden=False), net[2])
    x = d.counts(SAMPLES, STEPS, INPUTS, high=high)
    answers = {"reset": RESET[mechanism], "reset_timing": timing(made_by, mechanism, delay)}
    return run(net, x, (INPUTS,), answers)


def convolutional(d: Draw, mechanism: str, delay: bool) -> Case:
    """Conv2d, Leaky, AvgPool2d, Conv2d, Synaptic, Flatten, Affine, Leaky."""
    kind = partial(neurons, d, mechanism=mechanism, delay=delay)
    net = nn.Sequential(
        conv(d, 2, 3, 3, padding=1, bias=False),
        kind("Leaky", (3, 8, 8)),
        nn.AvgPool2d(2),
        conv(d, 3, 4, 3, stride=2, padding=1),
        kind("Synaptic", (4, 2, 2)),
        nn.Flatten(),
        dense(d, 16, OUTPUTS, bias=True),
        kind("Leaky", (OUTPUTS,)),
    )
    x = d.spikes(2, 20, 2, 8, 8, rate=0.3)
    timings = {timing(c, mechanism, delay) for c in ("Leaky", "Synaptic")}
    answers = {
        "reset": RESET[mechanism],
        "reset_timing": timings.pop() if len(timings) == 1 else None,
    }
    return run(net, x, (2, 8, 8), answers)


def grouped(d: Draw) -> Case:
    """Conv2d with groups, dilation and unequal strides; a pool that overlaps."""
    net = nn.Sequential(
        conv(d, 4, 4, 3, groups=2, dilation=2, padding=(2, 1)),
        neurons(d, "Leaky", (4, 8, 6)),
        nn.AvgPool2d(2, stride=1),
        conv(d, 4, 2, 2, stride=(2, 1)),
        neurons(d, "Leaky", (2, 3, 4)),
    )
    x = d.spikes(2, 20, 4, 8, 8)
    answers = {"reset": "subtract", "reset_timing": "next-membrane"}
    return run(net, x, (4, 8, 8), answers)


def readout(d: Draw, made_by: str) -> Case:
    """Hidden neurons that subtract, and a readout that never resets."""
    net = nn.Sequential(
        dense(d, INPUTS, HIDDEN, bias=True),
        neurons(d, made_by, (HIDDEN,)),
        dense(d, HIDDEN, OUTPUTS, bias=False, mean=0.0),
        neurons(d, made_by, (OUTPUTS,), mechanism="none"),
    )
    x = d.spikes(SAMPLES, STEPS, INPUTS)
    answers = {"reset": "subtract", "reset_timing": "next-membrane"}
    return run(net, x, (INPUTS,), answers, beyond=["reset of one layer"])


def mixed(d: Draw) -> Case:
    """All four classes in one network, reset to zero: each at its own moment."""
    kind = partial(neurons, d, mechanism="zero")
    net = nn.Sequential(
        dense(d, INPUTS, HIDDEN, bias=False),
        kind("Leaky", (HIDDEN,)),
        dense(d, HIDDEN, HIDDEN, bias=True, scale=0.3),
        kind("Synaptic", (HIDDEN,)),
        dense(d, HIDDEN, HIDDEN, bias=True, scale=0.4),
        kind("RLeaky", (HIDDEN,)),
        dense(d, HIDDEN, OUTPUTS, bias=True, scale=0.3),
        kind("RSynaptic", (OUTPUTS,)),
    )
    x = d.spikes(SAMPLES, STEPS, INPUTS)
    return run(net, x, (INPUTS,), {"reset": "value", "reset_timing": None})


def beyond(d: Draw, what: str, **options: Any) -> Case:
    """Use an option that the exporter drops and that no answer brings back."""
    net = nn.Sequential(
        dense(d, INPUTS, HIDDEN, bias=False),
        neurons(d, "Leaky", (HIDDEN,), **options),
        dense(d, HIDDEN, OUTPUTS, bias=True),
        neurons(d, "Leaky", (OUTPUTS,)),
    )
    x = d.counts(SAMPLES, STEPS, INPUTS)
    answers = {"reset": "subtract", "reset_timing": "next-membrane"}
    return run(net, x, (INPUTS,), answers, beyond=[what])


def ties(d: Draw, mechanism: str) -> Case:
    """Every sum exact for all steps, and often exactly the threshold: `>` against `>=`."""
    net = nn.Sequential(
        nn.Linear(INPUTS, HIDDEN, bias=False),
        neurons(d, "Leaky", (HIDDEN,), mechanism=mechanism, betas=(0.5,), threshold=1.0),
    )
    net[0].weight.data = torch.from_numpy(np.rint(d.rng.normal(0.1, 0.6, (HIDDEN, INPUTS)) * 4) / 4)
    net = net.float()
    x = d.spikes(16, 16, INPUTS)
    answers = {"reset": RESET[mechanism], "reset_timing": "next-membrane"}
    return run(net, x, (INPUTS,), answers, near_ties_meant=True)


def cases() -> dict[str, Build]:
    """Return every case by name."""
    found: dict[str, Build] = {}
    for made_by in ("Leaky", "Synaptic", "RLeaky", "RSynaptic"):
        for mechanism in ("subtract", "zero"):
            for delay in (True, False):
                name = f"{made_by.lower()}_{mechanism}_{'delay' if delay else 'now'}"
                found[name] = partial(plain, made_by=made_by, mechanism=mechanism, delay=delay)
        found[f"{made_by.lower()}_none"] = partial(plain, made_by=made_by, mechanism="none")
    for made_by in ("RLeaky", "RSynaptic"):
        found[f"{made_by.lower()}_one_to_one"] = partial(plain, made_by=made_by, one_to_one=True)
    for made_by in ("Leaky", "Synaptic"):
        name = made_by.lower()
        found[f"{name}_same"] = partial(plain, made_by=made_by, same=True)
        found[f"{name}_any_beta"] = partial(
            plain, made_by=made_by, betas=(0.8, 0.85, 0.9, 0.95, 0.97)
        )
        found[f"{name}_readout_none"] = partial(readout, made_by=made_by)
    found["leaky_beta_zero"] = partial(plain, made_by="Leaky", betas=(0.0, 0.5))
    for delay in (True, False):
        found[f"leaky_surplus_{'delay' if delay else 'now'}"] = partial(
            plain, made_by="Leaky", delay=delay, high=4
        )
    for mechanism, delay in (("subtract", True), ("zero", True), ("zero", False)):
        name = f"conv_{mechanism}_{'delay' if delay else 'now'}"
        found[name] = partial(convolutional, mechanism=mechanism, delay=delay)
    found["conv_grouped"] = grouped
    found["mixed_zero"] = mixed
    found["ties_subtract"] = partial(ties, mechanism="subtract")
    found["ties_zero"] = partial(ties, mechanism="zero")
    found["beyond_graded"] = partial(beyond, what="graded_spikes_factor", graded_spikes_factor=0.5)
    found["beyond_inhibition"] = partial(beyond, what="inhibition", inhibition=True)
    return found


if __name__ == "__main__":
    record("snntorch", ("snntorch", "nir", "nirtorch", "torch", "numpy"), cases(), __doc__ or "")
