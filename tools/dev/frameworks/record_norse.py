# SPDX-License-Identifier: Apache-2.0
"""Drive Norse 1.1.0 and record what it does: `record_norse.py OUT [--seed N]`."""

from __future__ import annotations

import logging
import warnings
from functools import partial
from typing import Any

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)

import norse.torch as norse  # noqa: E402
import numpy as np  # noqa: E402
import torch  # noqa: E402
from layers_torch import conv, dense  # noqa: E402
from norse.torch.functional import iaf, lif, lif_box  # noqa: E402
from norse.torch.functional.reset import reset_subtract, reset_value  # noqa: E402
from norse.torch.utils.export_nir import to_nir  # noqa: E402
from recording import Build, Case, Draw, Layer, record  # noqa: E402
from torch import nn  # noqa: E402

DT = 2.0**-10  # s; with rates of 2**k / s every product is exact
INPUTS, HIDDEN, OUTPUTS = 8, 16, 6
SAMPLES, STEPS = 4, 40
CELLS = (norse.LIFBoxCell, norse.LIFCell, norse.IAFCell, norse.LIBoxCell)


def neurons(
    d: Draw,
    made_by: str,
    shape: tuple[int, ...],
    *,
    dt: float = DT,
    leak: bool = False,
    value: bool = False,
    subtract: bool = False,
    rates: tuple[float, ...] = (512.0, 256.0, 128.0, 64.0),
    threshold: float | None = None,
) -> nn.Module:
    """Return a layer of cells with random parameters.

    Parameters
    ----------
    leak, value
        Whether leak potential and reset value differ from 0.
    subtract
        Reset by subtraction, which only LIFBoxCell has.
    rates
        Inverse time constants in 1/s to draw from.
    """

    def on_grid(wanted: bool, low: int, high: int) -> torch.Tensor:
        k = d.rng.integers(low, high, shape) if wanted else np.zeros(shape)
        return torch.from_numpy((k / 64).astype(np.float32))

    def rate() -> torch.Tensor:
        return torch.from_numpy(d.rng.choice(np.array(rates, np.float32), shape))

    p: dict[str, Any] = {"v_leak": on_grid(leak, -16, 24)}
    if made_by != "LIBox":
        p["v_th"] = (
            torch.from_numpy(d.thresholds(*shape))
            if threshold is None
            else torch.full(shape, threshold)
        )
        p["v_reset"] = on_grid(value, -32, 16)
    if made_by == "IAF":
        del p["v_leak"]
        return norse.IAFCell(norse.IAFParameters(**p), dt=dt)
    p["tau_mem_inv"] = rate()
    if made_by == "LIBox":
        return norse.LIBoxCell(norse.LIBoxParameters(**p), dt=dt)
    if made_by == "LIF":
        return norse.LIFCell(norse.LIFParameters(tau_syn_inv=rate(), **p), dt=dt)
    p["reset_method"] = reset_subtract if subtract else reset_value
    return norse.LIFBoxCell(norse.LIFBoxParameters(**p), dt=dt)


def run(
    net: nn.Module,
    x: np.ndarray,
    shape: tuple[int, ...],
    *,
    export_dt: float = DT,
    reset: str = "value",
    **more: Any,
) -> Case:
    """Export `net`, run it over `x` (samples, steps, *shape), and return all that it did."""
    graph = to_nir(net, torch.zeros(*shape), dt=export_dt)
    graph.infer_types()  # to_nir leaves a Conv2d without its input shape, which nir cannot write
    cells = {name: m for name, m in net.named_modules() if isinstance(m, CELLS)}
    firing = [name for name, m in cells.items() if not isinstance(m, norse.LIBoxCell)]
    kept: dict[str, list[np.ndarray]] = {name: [] for name in cells}
    above: list[np.ndarray] = []  # v - threshold, by each firing cell in turn
    modules = (iaf, lif, lif_box)
    originals = [m.threshold for m in modules]

    def watch(original: Any) -> Any:
        def threshold(difference: torch.Tensor, *arguments: Any) -> Any:
            above.append(difference.detach().numpy().reshape(x.shape[0], -1).copy())
            return original(difference, *arguments)

        return threshold

    for module, original in zip(modules, originals, strict=True):
        module.threshold = watch(original)
    state = None
    with torch.no_grad():
        for t in range(x.shape[1]):
            _, state = net(torch.from_numpy(x[:, t]).float(), state)
            for name in cells:
                kept[name].append(state[int(name)].v.numpy().reshape(x.shape[0], -1).copy())
    for module, original in zip(modules, originals, strict=True):
        module.threshold = original
    differences = {name: np.stack(above[n :: len(firing)], axis=1) for n, name in enumerate(firing)}
    result = []
    for name, cell in cells.items():
        made_by = type(cell).__name__
        options: dict[str, Any] = {"dt": cell.dt, "export_dt": export_dt}
        layer = Layer(key=name, made_by=made_by, options=options, v=np.stack(kept[name], axis=1))
        if name in differences:
            subtract = getattr(cell.p, "reset_method", None) is reset_subtract
            options |= {"reset": "subtract" if subtract else "value", "reset_timing": "now"}
            v_reset = cell.p.v_reset.detach().numpy().reshape(-1)
            if v_reset.any():
                options["v_reset"] = v_reset.tolist()
            layer.spikes = (differences[name] > 0).astype(np.uint8)
            layer.threshold = cell.p.v_th.numpy().reshape(1, 1, -1)
            layer.compared = differences[name] + layer.threshold
        result.append(layer)
    last = result[-1]
    out = last.spikes if last.spikes is not None else last.v
    assert out is not None
    return Case(
        graph=graph,
        x=x.reshape(*x.shape[:2], -1),
        out=out,
        layers=result,
        answers={
            "dialect": "norse",
            "dt": export_dt,
            "reset": reset,
            "reset_timing": "now",
            "spikes_per_step": "once",
            "lower_bound": None,
        },
        **more,
    )


# The cases


def plain(
    d: Draw,
    made_by: str,
    readout: str | None = None,
    dt: float = DT,
    export_dt: float | None = None,
    beyond: tuple[str, ...] = (),
    **options: Any,
) -> Case:
    """Linear, cells, Affine, cells: one class throughout, or another one to be read."""
    scale = {"LIFBox": (1.5, 0.4), "LIF": (0.35, 0.12), "IAF": (0.4, 0.1)}[made_by]
    gain = {"scale": scale[0], "mean": scale[1]}
    last = {k: v for k, v in options.items() if k in ("leak", "rates")} if readout else options
    net = norse.SequentialState(
        dense(d, INPUTS, HIDDEN, bias=False, **gain),
        neurons(d, made_by, (HIDDEN,), dt=dt, **options),
        dense(d, HIDDEN, OUTPUTS, bias=True, **gain),
        neurons(d, readout or made_by, (OUTPUTS,), dt=dt, **last),
    )
    reset = "subtract" if options.get("subtract") else "value"
    x = d.spikes(SAMPLES, STEPS, INPUTS)
    wanted = dt if export_dt is None else export_dt
    return run(net, x, (INPUTS,), export_dt=wanted, reset=reset, beyond=list(beyond))


def mixed(d: Draw) -> Case:
    """All four classes in one network."""
    net = norse.SequentialState(
        dense(d, INPUTS, HIDDEN, bias=False, scale=1.5, mean=0.4),
        neurons(d, "LIFBox", (HIDDEN,)),
        dense(d, HIDDEN, HIDDEN, bias=True, scale=0.3, mean=0.1),
        neurons(d, "LIF", (HIDDEN,)),
        dense(d, HIDDEN, HIDDEN, bias=True, scale=0.3, mean=0.05),
        neurons(d, "IAF", (HIDDEN,)),
        dense(d, HIDDEN, OUTPUTS, bias=False),
        neurons(d, "LIBox", (OUTPUTS,)),
    )
    return run(net, d.spikes(SAMPLES, STEPS, INPUTS), (INPUTS,))


def convolutional(d: Draw) -> Case:
    """Conv2d and LIFBoxCell, Conv2d and LIFCell: Flatten and pools are not exported."""
    net = norse.SequentialState(
        conv(d, 2, 3, 3, scale=0.9, mean=0.18, padding=1),
        neurons(d, "LIFBox", (3, 6, 6)),
        conv(d, 3, 4, 3, scale=0.2, mean=0.04, stride=2),
        neurons(d, "LIF", (4, 2, 2)),
    )
    return run(net, d.spikes(2, 20, 2, 6, 6), (2, 6, 6))


def ties(d: Draw, subtract: bool) -> Case:
    """Every sum exact for all steps, and often exactly the threshold: `>` against `>=`."""
    net = norse.SequentialState(
        nn.Linear(INPUTS, HIDDEN, bias=False),
        neurons(d, "LIFBox", (HIDDEN,), rates=(512.0,), threshold=1.0, subtract=subtract),
    )
    w = np.rint(d.rng.normal(0.3, 1.2, (HIDDEN, INPUTS)) * 2) / 2
    net[0].weight.data = torch.from_numpy(w.astype(np.float32))
    reset = "subtract" if subtract else "value"
    x = d.spikes(16, 16, INPUTS)
    return run(net, x, (INPUTS,), reset=reset, near_ties_meant=True)


def cases() -> dict[str, Build]:
    """Return every case by name."""
    found: dict[str, Build] = {}
    for made_by in ("LIFBox", "LIF", "IAF"):
        name = made_by.lower()
        found[name] = partial(plain, made_by=made_by)
        found[f"{name}_readout"] = partial(plain, made_by=made_by, readout="LIBox")
        found[f"beyond_{name}_v_reset"] = partial(
            plain, made_by=made_by, value=True, beyond=("v_reset",)
        )
    for made_by in ("LIFBox", "LIF"):
        name = made_by.lower()
        found[f"{name}_leak"] = partial(plain, made_by=made_by, leak=True)
        found[f"{name}_readout_leak"] = partial(plain, made_by=made_by, readout="LIBox", leak=True)
        found[f"{name}_ms"] = partial(
            plain, made_by=made_by, dt=0.001, rates=(200.0, 100.0, 80.0, 50.0)
        )
        found[f"beyond_{name}_export_dt"] = partial(
            plain, made_by=made_by, export_dt=0.001, beyond=("dt of the export",)
        )
    found["lifbox_subtract"] = partial(plain, made_by="LIFBox", subtract=True)
    found["mixed"] = mixed
    found["conv"] = convolutional
    found["ties_value"] = partial(ties, subtract=False)
    found["ties_subtract"] = partial(ties, subtract=True)
    return found


if __name__ == "__main__":
    record("norse", ("norse", "nir", "nirtorch", "torch", "numpy"), cases(), __doc__ or "")
