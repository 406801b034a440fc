# SPDX-License-Identifier: Apache-2.0
"""Quantised networks of the example and the real cases, made once a process."""

import functools
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import nir
import numpy as np
from numpy.typing import NDArray
from tests.cases import ROOT, case, case_path
from tests.unit.nets import write_graph

from ranvier.frontends.data import Data, load_data, make_data
from ranvier.frontends.nir import read_nir
from ranvier.frontends.options import ModelOptions
from ranvier.ir import Network
from ranvier.model import Model
from ranvier.quantize.numerics import NUMERICS
from ranvier.quantize.ptq import Formats, quantize_model
from ranvier.tools.verbs.simulate import simulate

EXAMPLE = ROOT / "examples" / "wearable_motion"
BRAILLE = "d02_nir_braille_srnn/braille_noDelay"
NMNIST = "d03_nir_nmnist_scnn/cnn_sinabs.nir"
IAF: dict[str, Any] = {"dialect": "sinabs", "dt": 1e-3}
# What the file of each case does not say: name -> (file, data, options).
MODELS: dict[str, tuple[str, str, ModelOptions]] = {
    "d02_subtract": (
        f"{BRAILLE}_noBias_subtract.nir", "d02",
        ModelOptions(dialect="nir", dt=1e-4, reset="subtract"),
    ),
    "d02_many": (
        f"{BRAILLE}_noBias_subtract.nir", "d02",
        ModelOptions(dialect="nir", dt=1e-4, reset="subtract", spikes_per_step="many"),
    ),
    "d02_zero": (f"{BRAILLE}_bias_zero.nir", "d02", ModelOptions(dialect="nir", dt=1e-4)),
    "d03_zero": (NMNIST, "d03", ModelOptions(**IAF, reset="value", spikes_per_step="once")),
    "d03_subtract": (NMNIST, "d03", ModelOptions(**IAF, reset="subtract", spikes_per_step="once")),
    "d03_many": (NMNIST, "d03", ModelOptions(**IAF, reset="subtract", lower_bound=-1.0)),
    "d05_direction": ("d05_m1_chewie/direction.nir", "d05_direction", ModelOptions(dt=0.05)),
    "d05_velocity": (
        "d05_m1_chewie/velocity.nir", "d05_velocity", ModelOptions(dt=0.1, decode="per-step"),
    ),
    "d06": ("d06_har_basicmotions/model.nir", "d06", ModelOptions(dt=0.1)),
    "d07": ("d07_emg_myo/model.nir", "d07", ModelOptions(dt=0.005)),
}  # fmt: skip


# NeuroBench's decoders are weights alone: name -> file.
NEUROBENCH = {"d04_indy": "SNN2_indy_20160622_01", "d04_loco": "SNN2_loco_20170210_03"}


def neurobench_weights(name: str) -> dict[str, NDArray[np.float32]]:
    """Return the arrays of a decoder of d04."""
    with np.load(case_path(f"d04_neurobench_snn2/{NEUROBENCH[name]}.npz")) as f:
        return {key: f[key] for key in f.files}


def neurobench_input(name: str) -> NDArray[np.uint8]:
    """Return the counts that drive a decoder of d04: of recorded rates (indy), or seeded (loco)."""
    if name == "d04_loco":
        return np.random.default_rng(192).poisson(0.05, (40, 300, 192)).astype(np.uint8)
    with np.load(case_path("d04_neurobench_snn2/stimulus.npz")) as f:
        return np.asarray(f["x"])


def neurobench(name: str, dialect: str = "snntorch") -> Model:
    """Return a decoder of d04 as snnTorch would have exported it."""
    w = neurobench_weights(name)
    beta, dt = 0.96, 1e-4
    tau, r = dt / (1 - beta), 1 / (1 - beta)
    one, two = np.ones(50, np.float32), np.ones(2, np.float32)
    nodes = {
        "fc1": nir.Linear(w["fc1.weight"]),
        "hidden": nir.LIF(tau * one, r * one, 0 * one, one, 0 * one),
        "out": nir.Linear(w["fc_out.weight"]),
        "velocity": nir.LI(tau * two, r * two, 0 * two),
    }
    with tempfile.TemporaryDirectory() as folder:
        path = write_graph(Path(folder) / "snn2.nir", (w["fc1.weight"].shape[1],), 2, nodes)
        return read_nir(path, ModelOptions(dialect=dialect, reset="value", decode="per-step"))


@functools.cache
def model(name: str) -> Model:
    """Return the float model of a real case, of the example (``motion``) or of d01."""
    if name == "motion":
        return read_nir(EXAMPLE / "motion.nir", ModelOptions())
    if name == "d01":
        return read_nir(Path(case_path("d01_nir_lif/lif_norse.nir")), ModelOptions(dt=1e-4))
    if name in NEUROBENCH:
        return neurobench(name)
    path, _, options = MODELS[name]
    return read_nir(case_path(path), options)


@functools.cache
def data(name: str) -> tuple[Data, Data]:
    """Return (calibration, test) recordings."""
    if name == "motion":
        return load_data(EXAMPLE / "motion_calib.npz"), load_data(EXAMPLE / "motion_test.npz")
    if name == "d01":
        column = np.loadtxt(case_path("d01_nir_lif/lif_norse.csv"), delimiter=",")[:, 0]
        one = make_data(column[None, :, None], name="d01")
        return one, one
    if name in NEUROBENCH:
        x = neurobench_input(name)
        return make_data(x[:10], name=f"{name}.calib"), make_data(x[10:], name=f"{name}.test")
    calib, test = case(MODELS[name][1])
    return make_data(**calib, name=f"{name}.calib"), make_data(**test, name=f"{name}.test")


@functools.cache
def network(name: str, numerics: str = "native", bits: int | None = None) -> Network:
    """Return the network of a case with weights of `bits`, or the usual ones of its numerics.

    Large ones are calibrated on few recordings, fewer where only their C is looked at.
    """
    calib = data(name)[0]
    if "d03" in name:
        calib = calib.first(8 if bits is None else 2)
    formats = Formats(numerics=NUMERICS[numerics], weights=bits)
    return quantize_model(model(name), calib, formats)


def score(network: Network | Model, test: Data) -> str:
    """Return the metric of a model or network on its test data, as tables print it."""
    found = simulate(network, test).metric
    return "" if found is None else f"{found.value:.4f}"


def saturating(found: Network) -> Network:
    """Return `found` with its drives 16 times larger: most states reach their limits."""
    louder = tuple(replace(q, shift=q.shift + 4) for q in found.projections)
    return replace(found, projections=louder)
