# SPDX-License-Identifier: Apache-2.0
"""Drive SpikingJelly 2.0.0 and record what it does: `record_spikingjelly.py OUT [--seed N]`."""

from __future__ import annotations

import warnings
from functools import partial
from typing import Any

warnings.filterwarnings("ignore")

import numpy as np  # noqa: E402
import torch  # noqa: E402
from layers_torch import conv, dense  # noqa: E402
from loguru import logger  # noqa: E402
from recording import Build, Case, Draw, Layer, record  # noqa: E402
from spikingjelly.activation_based import functional, neuron  # noqa: E402
from spikingjelly.activation_based.nir_exchange import export_to_nir  # noqa: E402
from torch import nn  # noqa: E402

logger.remove()
DT = 1e-4
INPUTS, HIDDEN, OUTPUTS = 8, 16, 6
SAMPLES, STEPS = 4, 40
TAUS = (2.0, 4.0, 8.0)  # in steps


class Watched(nn.Module):
    """A spike function that also keeps the difference it was asked about."""

    def __init__(self, function: nn.Module) -> None:
        super().__init__()
        self.function = function
        self.seen: list[np.ndarray] = []

    def forward(self, difference: torch.Tensor) -> torch.Tensor:
        """Fire as the function does."""
        self.seen.append(difference.detach().numpy().reshape(-1).copy())
        return self.function(difference)


def neurons(
    d: Draw,
    made_by: str,
    *,
    decay_input: bool = True,
    v_reset: float = 0.0,
    threshold: float | None = None,
) -> nn.Module:
    """Return a layer of neurons: one threshold and one time constant serve them all."""
    theta = float(d.thresholds(1)[0]) if threshold is None else threshold
    options: dict[str, Any] = {"v_threshold": theta, "v_reset": v_reset}
    if made_by == "CUBALIFNode":
        options |= {"c_decay": float(d.decays(1)[0]), "v_decay": float(d.decays(1)[0])}
    if made_by == "LIFNode":
        options |= {"tau": float(d.rng.choice(TAUS)), "decay_input": decay_input}
    if made_by == "ParametricLIFNode":
        options |= {"init_tau": float(d.rng.choice(TAUS)), "decay_input": decay_input}
    layer = getattr(neuron, made_by)(**options)
    layer.surrogate_function = Watched(layer.surrogate_function)
    return layer


def run(net: nn.Sequential, x: np.ndarray, shape: tuple[int, ...], **more: Any) -> Case:
    """Export `net`, run it over `x` (samples, steps, *shape), and return all that it did."""
    graph = export_to_nir(net, torch.zeros(1, *shape), dt=DT)
    functional.reset_net(net)
    layers = {name: m for name, m in net.named_children() if isinstance(m, neuron.BaseNode)}
    spikes: dict[str, list[np.ndarray]] = {name: [] for name in layers}
    kept: dict[str, list[np.ndarray]] = {name: [] for name in layers}
    for layer in layers.values():
        layer.surrogate_function.seen.clear()
    net.eval()

    def hook(name: str) -> Any:
        def keep(module: nn.Module, _inputs: Any, y: torch.Tensor) -> None:
            spikes[name].append(y.detach().numpy().reshape(len(y), -1).copy())
            kept[name].append(module.v.detach().numpy().reshape(len(y), -1).copy())

        return keep

    hooks = [m.register_forward_hook(hook(name)) for name, m in layers.items()]
    with torch.no_grad():
        for t in range(x.shape[1]):
            net(torch.from_numpy(x[:, t]).float())
    for handle in hooks:
        handle.remove()
    result = []
    for name, layer in layers.items():
        theta = np.float32(layer.v_threshold).reshape(1, 1, 1)
        said = np.stack(spikes[name], axis=1)
        differences = np.stack(layer.surrogate_function.seen)  # (steps, samples * neurons)
        differences = differences.reshape(x.shape[1], *said[:, 0].shape).swapaxes(0, 1)
        options = {"reset": "value", "reset_timing": "now", "v_reset": layer.v_reset}
        if hasattr(layer, "decay_input"):
            options["decay_input"] = layer.decay_input
        result.append(
            Layer(
                key=f"_{name}",  # torch.fx has no names that begin with a digit
                made_by=type(layer).__name__,
                options=options,
                spikes=said,
                v=np.stack(kept[name], axis=1),
                compared=differences + theta,
                threshold=theta,
            )
        )
    return Case(
        graph=graph,
        x=x.reshape(*x.shape[:2], -1),
        out=result[-1].spikes,
        layers=result,
        answers={
            "dialect": "spikingjelly",
            "dt": DT,
            "reset": "value",
            "reset_timing": "now",
            "spikes_per_step": "once",
            "lower_bound": None,
        },
        **more,
    )


# The cases


def plain(d: Draw, made_by: str, **options: Any) -> Case:
    """Linear, neurons, Affine, neurons: one class throughout."""
    gain = {"scale": 0.5, "mean": 0.1}
    if made_by in ("LIFNode", "ParametricLIFNode") and options.get("decay_input", True):
        gain = {"scale": 1.5, "mean": 0.5}
    net = nn.Sequential(
        dense(d, INPUTS, HIDDEN, bias=False, **gain),
        neurons(d, made_by, **options),
        dense(d, HIDDEN, OUTPUTS, bias=True, **gain),
        neurons(d, made_by, **options),
    )
    return run(net, d.spikes(SAMPLES, STEPS, INPUTS), (INPUTS,))


def convolutional(d: Draw) -> Case:
    """Conv2d, IF, AvgPool2d, Conv2d, LIF, Flatten, Linear, IF."""
    net = nn.Sequential(
        conv(d, 2, 3, 3, scale=0.4, mean=0.1, padding=1, bias=False),
        neurons(d, "IFNode"),
        nn.AvgPool2d(2),
        conv(d, 3, 4, 3, scale=0.4, mean=0.1, stride=2, padding=1),
        neurons(d, "LIFNode", decay_input=False),
        nn.Flatten(),
        dense(d, 16, OUTPUTS, bias=True),
        neurons(d, "IFNode"),
    )
    return run(net, d.spikes(2, 20, 2, 8, 8), (2, 8, 8))


def ties(d: Draw) -> Case:
    """Every sum exact, and often exactly the threshold: `>=` against `>`."""
    net = nn.Sequential(nn.Linear(INPUTS, HIDDEN, bias=False), neurons(d, "IFNode", threshold=1.0))
    w = np.rint(d.rng.normal(0.1, 0.5, (HIDDEN, INPUTS)) * 4) / 4
    net[0].weight.data = torch.from_numpy(w.astype(np.float32))
    return run(net, d.spikes(8, 20, INPUTS), (INPUTS,), near_ties_meant=True)


def cases() -> dict[str, Build]:
    """Return every case by name."""
    found: dict[str, Build] = {
        "if": partial(plain, made_by="IFNode"),
        "if_v_reset": partial(plain, made_by="IFNode", v_reset=-0.25),
        "cuba": partial(plain, made_by="CUBALIFNode"),
        "cuba_v_reset": partial(plain, made_by="CUBALIFNode", v_reset=-0.25),
        "conv": convolutional,
        "ties": ties,
    }
    for made_by, name in (("LIFNode", "lif"), ("ParametricLIFNode", "plif")):
        for decay_input in (True, False):
            for v_reset in (0.0, -0.25):
                key = f"{name}{'' if decay_input else '_whole'}{'_v_reset' if v_reset else ''}"
                found[key] = partial(
                    plain, made_by=made_by, decay_input=decay_input, v_reset=v_reset
                )
    return found


if __name__ == "__main__":
    packages = ("spikingjelly", "nir", "nirtorch", "torch", "numpy")
    record("spikingjelly", packages, cases(), __doc__ or "")
