# SPDX-License-Identifier: Apache-2.0
"""Turns one NIR node into a node of the model, checking every parameter."""

from typing import Any

import nir
import numpy as np

from ranvier.errors import RanvierError
from ranvier.model import Dynamics, Flatten, FloatArray, Linear, Neurons, Node, Scale

SUPPORTED = "Input, Output, Linear, Affine, Scale, Flatten, I, IF, LI, LIF, CubaLI, CubaLIF"
_TAU = {"I": None, "IF": None, "LI": "tau", "LIF": "tau", "CubaLI": "tau_mem", "CubaLIF": "tau_mem"}


def convert(node: Any, name: str, rules: Dynamics, loc: str) -> Node:
    """Return `node` as a model node called `name`.

    Raises
    ------
    RanvierError
        M002 for a node kind that is not supported, M003 for a parameter that cannot be.
    """
    kind = type(node).__name__
    if isinstance(node, (nir.Linear, nir.Affine)):
        weight = _finite(node.weight, "weight", loc)
        if weight.ndim != 2:
            raise _bad(loc, f"weight has {weight.ndim} axes, not 2", "only vectors are mapped")
        bias = None
        if isinstance(node, nir.Affine):
            bias = _each(node.bias, weight.shape[0], "bias", loc)
        return Linear(name=name, weight=weight, bias=bias)
    if isinstance(node, nir.Scale):
        return Scale(name=name, scale=_finite(node.scale, "scale", loc).ravel())
    if isinstance(node, nir.Flatten):
        return Flatten(name=name, size=int(np.prod(node.input_type["input"])))
    if kind in _TAU:
        return _neurons(node, kind, name, rules, loc)
    raise RanvierError(
        "M002",
        f"{kind} nodes are not supported",
        loc=loc,
        hint=f"supported: {SUPPORTED}",
    )


def _neurons(node: Any, kind: str, name: str, rules: Dynamics, loc: str) -> Neurons:
    size = int(np.prod(node.input_type["input"]))
    if size < 1:
        raise _bad(loc, "the layer has no neurons", "check the shapes of its parameters")

    def given(field: str) -> FloatArray | None:
        value = getattr(node, field, None)
        return None if value is None else _each(value, size, field, loc)

    tau_field = _TAU[kind]
    tau_mem = given(tau_field) if tau_field is not None else None
    tau_syn = given("tau_syn")
    for field, tau in ((tau_field, tau_mem), ("tau_syn", tau_syn)):
        if tau is not None and (tau <= 0).any():
            raise _bad(loc, f"{field} has a value of {tau.min():g}", "time constants are positive")
    r = given("r")
    assert r is not None
    return Neurons(
        name=name,
        kind=kind,
        size=size,
        r=r,
        tau_mem=tau_mem,
        v_leak=given("v_leak"),
        tau_syn=tau_syn,
        w_in=given("w_in"),
        v_threshold=given("v_threshold"),
        v_reset=given("v_reset"),
        dynamics=rules,
    )


def _finite(value: Any, field: str, loc: str) -> FloatArray:
    try:
        x = np.asarray(value, np.float64)
    except (TypeError, ValueError) as e:
        raise _bad(loc, f"{field} is not a number", "check the exporter") from e
    if not np.isfinite(x).all():
        where = tuple(int(k[0]) for k in np.nonzero(~np.isfinite(x)))
        raise _bad(loc, f"{field}{list(where)} is {x[where]}", "did the training diverge?")
    return x


def _each(value: Any, size: int, field: str, loc: str) -> FloatArray:
    """Return one value a neuron; a single one serves all."""
    x = _finite(value, field, loc).ravel()
    if x.size not in (1, size):
        raise _bad(loc, f"{field} has {x.size} values for {size} neurons", "one, or one a neuron")
    return np.broadcast_to(x, (size,)).copy()


def _bad(loc: str, what: str, hint: str) -> RanvierError:
    return RanvierError("M003", what, loc=loc, hint=hint)
