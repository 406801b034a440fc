# SPDX-License-Identifier: Apache-2.0
"""Compares what a framework did with the equations, and with Ranvier's float model."""

import re

import numpy as np
from numpy.typing import NDArray
from tests.dialects import equations
from tests.dialects.cases import Recorded

from ranvier import floating
from ranvier.check import is_identifier
from ranvier.frontends.nir import read_nir
from ranvier.frontends.options import ModelOptions
from ranvier.nodes import Neurons

V_TOLERANCE = 1e-5  # of the largest membrane; float32 in another order


def differing_from_equations(case: Recorded) -> dict[str, int]:
    """Return the slots whose spikes differ, by layer; membranes are asserted to be close."""
    ran = equations.run(case.framework, case.nir, case.row, case.arrays["x"])
    differing = {}
    for key, layer in case.layers.items():
        factor = layer["options"].get("graded_spikes_factor", 1)
        if f"{key}.spikes" in case.arrays:
            said = np.rint(ran.said[key] / factor)
            differing[key] = int(np.count_nonzero(said != case.arrays[f"{key}.spikes"]))
        if f"{key}.v" in case.arrays and not differing.get(key):
            assert_close(ran.v[key], case.arrays[f"{key}.v"], f"{case.name}:{key}")
    return differing


def differing_from_ranvier(case: Recorded, unsaid: tuple[str, ...] = ()) -> dict[str, int]:
    """Return the slots whose spikes differ from the float model's, by layer.

    Parameters
    ----------
    unsaid
        Which of the case's answers to leave to the dialect.
    """
    answers = {k: v for k, v in case.row["answers"].items() if v is not None and k not in unsaid}
    model = read_nir(case.nir, ModelOptions(**answers))
    trace = floating.simulate(model, case.arrays["x"])
    differing = {}
    for key, layer in case.layers.items():
        name = model_name(key)
        if f"{key}.spikes" in case.arrays:
            said = trace.spikes[name]
            differing[key] = int(np.count_nonzero(said != case.arrays[f"{key}.spikes"]))
        if f"{key}.v" in case.arrays and not differing.get(key):
            kept = case.arrays[f"{key}.v"]
            if "kept" in layer["options"]:  # before the reset, which Ranvier makes at once
                node = model.node(name)
                assert isinstance(node, Neurons)
                kept = np.where(kept > node.v_threshold, kept - node.v_threshold, kept)
            assert_close(trace.v[name], kept, f"{case.name}:{key}")
    return differing


def model_name(key: str) -> str:
    """Return the model's name of a NIR node: its key as a C identifier."""
    name = re.sub(r"[^a-z0-9_]", "_", key.lower())
    return name if is_identifier(name) else f"n_{name}"


def assert_close(ours: NDArray[np.float32], theirs: NDArray[np.float32], where: str) -> None:
    """Assert that two membranes are one but for rounding."""
    error = float(np.abs(ours - theirs).max())
    assert error <= V_TOLERANCE * max(1.0, float(np.abs(theirs).max())), f"{where}: {error}"
