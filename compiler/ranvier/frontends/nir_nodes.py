# SPDX-License-Identifier: Apache-2.0
"""Turns one NIR node into a node of the model, checking every parameter."""

from typing import Any

import nir
import numpy as np

from ranvier.errors import RanvierError
from ranvier.frontends.nir_maps import convolution, pool
from ranvier.frontends.parameters import bad, each, finite
from ranvier.nodes import Delay, Dynamics, Flatten, Linear, Neurons, Node, Scale

SUPPORTED = (
    "Input, Output, Linear, Affine, Scale, Threshold, Delay, Flatten, Conv1d, Conv2d, SumPool2d, "
    "AvgPool2d, I, IF, LI, LIF, CubaLI, CubaLIF, and graphs of these"
)
NEURONS = {
    "I": None, "IF": None, "LI": "tau", "LIF": "tau", "CubaLI": "tau_mem", "CubaLIF": "tau_mem",
    "Threshold": None,
}  # fmt: skip
Shape = tuple[int, ...]


def convert(
    node: Any, name: str, shape: Shape, rules: Dynamics, dt: float, loc: str
) -> tuple[Node, Shape]:
    """Return `node` as a model node called `name`, and the shape of what it gives.

    Parameters
    ----------
    shape
        Of what arrives, channels first.
    rules
        The dynamics of a layer of neurons.
    dt
        Seconds a step, which delays are counted in.

    Raises
    ------
    RanvierError
        M002 for a node kind that is not supported, M003 for a parameter that cannot be, M004 for
        a shape that does not fit.
    """
    kind = type(node).__name__
    size = int(np.prod(shape))
    if isinstance(node, (nir.Linear, nir.Affine)):
        weight = finite(node.weight, "weight", loc)
        if weight.ndim != 2:
            raise bad(loc, f"weight has {weight.ndim} axes, not 2", "only vectors are mapped")
        _check(loc, size, weight.shape[1])
        bias = each(node.bias, weight.shape[0], "bias", loc) if kind == "Affine" else None
        return Linear(name=name, weight=weight, bias=bias), (weight.shape[0],)
    if isinstance(node, nir.Scale):
        return Scale(name=name, scale=each(node.scale, size, "scale", loc, shape)), shape
    if isinstance(node, nir.Flatten):
        return Flatten(name=name, size=size), _flattened(node, shape)
    if isinstance(node, (nir.Conv1d, nir.Conv2d)):
        conv = convolution(node, name, shape, loc)
        out = conv.output_shape
        return conv, out if kind == "Conv2d" else (out[0], out[2])
    if isinstance(node, (nir.SumPool2d, nir.AvgPool2d)):
        found = pool(node, name, shape, loc)
        return found, found.output_shape
    if isinstance(node, nir.Delay):
        return _delay(node, name, shape, dt, loc), shape
    if kind in NEURONS:
        return _neurons(node, kind, name, shape, rules, loc), shape
    raise RanvierError(
        "M002", f"{kind} nodes are not supported", loc=loc, hint=f"supported: {SUPPORTED}"
    )


def _flattened(node: Any, shape: Shape) -> Shape:
    """Return what is left of a shape whose axes start_dim..end_dim become one.

    An exporter that counts a batch axis merges one axis less; what follows is then a layer of so
    many values, which a shape of more axes serves as well.
    """
    axes = len(shape)
    first, last = (int(k) + (axes if k < 0 else 0) for k in (node.start_dim, node.end_dim))
    if not 0 <= first <= last < axes:
        return (int(np.prod(shape)),)
    return (*shape[:first], int(np.prod(shape[first : last + 1])), *shape[last + 1 :])


def _check(loc: str, got: int, wanted: int) -> None:
    if got != wanted:
        raise RanvierError(
            "M004",
            f"{got} values arrive, {wanted} are taken",
            loc=loc,
            hint="check the shapes of the nodes that feed it",
        )


def delay_steps(node: Any, dt: float) -> int:
    """Return the shortest delay of a Delay node in whole steps; 0 where it says no number."""
    try:
        return int(np.rint(np.min(np.asarray(node.delay, np.float64)) / dt))
    except (TypeError, ValueError, OverflowError):
        return 0


def _delay(node: Any, name: str, shape: Shape, dt: float, loc: str) -> Delay:
    size = int(np.prod(shape))
    seconds = each(node.delay, size, "delay", loc, shape)
    steps = seconds / dt
    whole = np.rint(steps)
    if (seconds < 0).any():
        raise bad(loc, f"delay has a value of {seconds.min():g}", "nothing comes before its cause")
    if (np.abs(steps - whole) > 1e-3 * np.maximum(whole, 1)).any():
        worst = float(seconds[int(np.abs(steps - whole).argmax())])
        raise bad(loc, f"a delay of {worst:g} s is no whole number of steps of {dt:g} s", "--dt")
    if (whole > 65535).any():
        raise bad(loc, f"a delay of {whole.max():g} steps", "is the delay in seconds?")
    return Delay(name=name, steps=whole.astype(np.int64))


def _neurons(node: Any, kind: str, name: str, shape: Shape, rules: Dynamics, loc: str) -> Neurons:
    size = int(np.prod(shape))
    if size < 1:
        raise bad(loc, "the layer has no neurons", "check the shapes of its parameters")

    def given(field: str) -> Any:
        value = getattr(node, field, None)
        return None if value is None else each(value, size, field, loc, shape)

    tau_field = NEURONS[kind]
    tau_mem = given(tau_field) if tau_field is not None else None
    tau_syn = given("tau_syn")
    for field, tau in ((tau_field, tau_mem), ("tau_syn", tau_syn)):
        if tau is not None and (tau <= 0).any():
            raise bad(loc, f"{field} has a value of {tau.min():g}", "time constants are positive")
    if kind == "Threshold":
        theta = given("threshold")
        none = Dynamics(reset="none", form="sum")
        return Neurons(
            name=name, kind=kind, size=size, r=np.ones(size), v_threshold=theta, dynamics=none
        )
    theta = given("v_threshold")
    if theta is not None and rules.spikes == "floor" and (theta <= 0).any():
        raise bad(
            loc, f"v_threshold has a value of {theta.min():g}", "to fire several times a step it "
            "must be positive: check it, or say --spikes-per-step once",
        )  # fmt: skip
    v_reset = given("v_reset")
    surplus = rules.reset == "value" and rules.reset_timing == "next-surplus"
    if surplus and theta is not None and v_reset is not None and v_reset.any():
        raise bad(
            loc, f"v_reset has a value of {v_reset[np.abs(v_reset).argmax()]:g}", "next-surplus, "
            "snnTorch's now, resets to 0 or subtracts: say another --reset-timing or --reset",
        )  # fmt: skip
    return Neurons(
        name=name,
        kind=kind,
        size=size,
        r=given("r"),
        tau_mem=tau_mem,
        v_leak=given("v_leak"),
        tau_syn=tau_syn,
        w_in=given("w_in"),
        v_threshold=theta,
        v_reset=v_reset,
        dynamics=rules,
    )
