# SPDX-License-Identifier: Apache-2.0
"""Drive snnTorch 0.7.0 and record what it does: `record_snntorch_old.py OUT [--seed N]`.

Its neurons follow one rule where the state is passed in and another with `init_hidden`. Its own
exporter writes tau = -1 / (1 + beta), for Leaky alone; but for one case, the files here hold what
snnTorch writes since 0.8.0.
"""

from __future__ import annotations

import warnings
from functools import partial
from typing import Any

warnings.filterwarnings("ignore")

import nir  # noqa: E402
import numpy as np  # noqa: E402
import snntorch as snn  # noqa: E402
import torch  # noqa: E402
from layers_torch import dense  # noqa: E402
from recording import Build, Case, Draw, Layer, record  # noqa: E402
from snntorch.export import to_nir  # noqa: E402
from torch import nn  # noqa: E402

DT = 1e-4
INPUTS, HIDDEN, OUTPUTS = 8, 16, 6
SAMPLES, STEPS = 4, 40
RESET = {"subtract": "subtract", "zero": "value", "none": "none"}
STATES = {"Leaky": 1, "Synaptic": 2, "RLeaky": 2, "RSynaptic": 3}


def peculiar(made_by: str, mechanism: str, hidden: bool) -> str:
    """Return what no answer can say of this class, or nothing."""
    if hidden and made_by == "Synaptic":
        return "the membrane adds the input, not the current"
    if hidden and made_by == "RSynaptic" and mechanism == "zero":
        return "the current is reset too"
    return ""


def before_decay(made_by: str, mechanism: str, hidden: bool) -> bool:
    """Return whether the threshold is taken off what is kept, before the decay."""
    return not hidden and made_by in ("Leaky", "RLeaky") and mechanism == "subtract"


def timing(made_by: str, mechanism: str, hidden: bool) -> str:
    """Return Ranvier's name of the moment at which a neuron of this class is reset."""
    if mechanism == "none" or before_decay(made_by, mechanism, hidden):
        return "now"
    if mechanism == "zero" and not (hidden and made_by == "Leaky"):
        return "next-update"
    return "next-membrane"


def neurons(d: Draw, made_by: str, n: int, mechanism: str, hidden: bool) -> nn.Module:
    """Return a layer of neurons with random parameters."""
    options: dict[str, Any] = {
        "beta": torch.from_numpy(d.decays(n)),
        "threshold": torch.from_numpy(d.thresholds(n)),
        "reset_mechanism": mechanism,
        "init_hidden": hidden,
    }
    if "Synaptic" in made_by:
        options["alpha"] = torch.from_numpy(d.decays(n))
    if made_by[0] == "R":
        options["linear_features"] = n
    layer = getattr(snn, made_by)(**options)
    if made_by[0] == "R":
        layer.recurrent.weight.data = torch.from_numpy(d.weights(n, n, scale=0.15, mean=-0.05))
        layer.recurrent.bias.data = torch.from_numpy(d.weights(n, scale=0.05, mean=0.02))
    return layer


def node(layer: nn.Module) -> nir.NIRNode:
    """Return what snnTorch writes since 0.8.0 for a layer."""
    if isinstance(layer, nn.Linear):
        weight = layer.weight.detach().numpy()
        if layer.bias is None:
            return nir.Linear(weight)
        return nir.Affine(weight, layer.bias.detach().numpy())
    beta, theta = layer.beta.numpy(), layer.threshold.numpy()
    tau = DT / (1 - beta)
    common = {"v_leak": np.zeros_like(beta), "v_threshold": theta, "v_reset": np.zeros_like(theta)}
    if not hasattr(layer, "alpha"):
        return nir.LIF(tau=tau, r=tau / DT, **common)
    tau_syn = DT / (1 - layer.alpha.numpy())
    return nir.CubaLIF(tau_mem=tau, tau_syn=tau_syn, r=tau / DT, w_in=tau_syn / DT, **common)


def graph(net: nn.Sequential) -> nir.NIRGraph:
    """Return the file that snnTorch 0.8.0 would have written, in its names."""
    nodes: dict[str, nir.NIRNode] = {"input": nir.Input(np.array([INPUTS]))}
    edges, before = [], "input"
    for name, layer in net.named_children():
        key = f"{name}.lif" if hasattr(layer, "recurrent") else name
        nodes[key] = node(layer)
        edges.append((before, key))
        if key != name:
            nodes[f"{name}.w_rec"] = node(layer.recurrent)
            edges += [(key, f"{name}.w_rec"), (f"{name}.w_rec", key)]
        before = key
    nodes["output"] = nir.Output(np.array([OUTPUTS]))
    return nir.NIRGraph(nodes, [*edges, (before, "output")])


def plain(d: Draw, made_by: str, mechanism: str, hidden: bool, own: bool = False) -> Case:
    """Linear, neurons, Affine, neurons: one class and one reset throughout."""
    gain = 0.35 if "Synaptic" in made_by or mechanism == "none" else 0.6
    mean = 0.0 if mechanism == "none" else 0.05
    net = nn.Sequential(
        dense(d, INPUTS, HIDDEN, bias=False, scale=gain, mean=mean),
        neurons(d, made_by, HIDDEN, mechanism, hidden),
        dense(d, HIDDEN, OUTPUTS, bias=True, scale=gain, mean=mean),
        neurons(d, made_by, OUTPUTS, mechanism, hidden),
    )
    x = d.spikes(SAMPLES, STEPS, INPUTS)
    names = ("1", "3")
    spikes: dict[str, list[np.ndarray]] = {k: [] for k in names}
    v: dict[str, list[np.ndarray]] = {k: [] for k in names}
    states: dict[str, Any] = {
        k: [torch.zeros(SAMPLES, n)] * STATES[made_by]
        for k, n in zip(names, (HIDDEN, OUTPUTS), strict=True)
    }
    with torch.no_grad():
        for t in range(STEPS):
            y = torch.from_numpy(x[:, t]).float()
            for k, (before, layer) in zip(names, ((net[0], net[1]), (net[2], net[3])), strict=True):
                y = before(y)
                if hidden:
                    y = layer(y)
                    mem = layer.mem
                else:
                    y, *rest = layer(y, *states[k])
                    mem = rest[-1]
                    states[k] = rest if made_by[0] != "R" else [y, *rest]
                spikes[k].append(y.numpy().copy())
                v[k].append(mem.detach().numpy().copy())
    layers = []
    kept = {"kept": "before the reset"} if before_decay(made_by, mechanism, hidden) else {}
    for k in names:
        layer = net[int(k)]
        layers.append(
            Layer(
                key=f"{k}.lif" if made_by[0] == "R" else k,
                made_by=made_by,
                options={
                    "reset_mechanism": mechanism,
                    "init_hidden": hidden,
                    "reset": RESET[mechanism],
                    "reset_timing": timing(made_by, mechanism, hidden),
                    **kept,
                },
                spikes=np.stack(spikes[k], axis=1),
                v=np.stack(v[k], axis=1),
                compared=np.stack(v[k], axis=1),
                threshold=layer.threshold.numpy().reshape(1, 1, -1),
            )
        )
    beyond = [why for why in (peculiar(made_by, mechanism, hidden),) if why]
    if own:
        beyond.append("tau = -1 / (1 + beta)")
        for layer in (net[1], net[3]):
            layer.mem = layer.init_leaky()  # as new: the exporter runs one sample without a batch
    return Case(
        graph=to_nir(net, torch.zeros(INPUTS)) if own else graph(net),
        x=x,
        out=layers[-1].spikes,
        layers=layers,
        answers={
            "dialect": "snntorch" if hidden else "snntorch<=0.7",
            "dt": DT,
            "reset": RESET[mechanism],
            "reset_timing": timing(made_by, mechanism, hidden),
            "spikes_per_step": "once",
            "lower_bound": None,
        },
        beyond=beyond,
    )


def cases() -> dict[str, Build]:
    """Return every case by name."""
    found: dict[str, Build] = {}
    for made_by in STATES:
        for hidden in (False, True):
            for mechanism in RESET:
                alone = "beyond_" if peculiar(made_by, mechanism, hidden) else ""
                state = "hidden" if hidden else "passed"
                found[f"{alone}{made_by.lower()}_{mechanism}_{state}"] = partial(
                    plain, made_by=made_by, mechanism=mechanism, hidden=hidden
                )
    found["beyond_own_export"] = partial(
        plain, made_by="Leaky", mechanism="zero", hidden=True, own=True
    )
    return found


if __name__ == "__main__":
    record("snntorch", ("snntorch", "nir", "nirtorch", "torch", "numpy"), cases(), __doc__ or "")
