# SPDX-License-Identifier: Apache-2.0
"""Quantised networks of the example and the real cases, made once a process."""

import functools
from dataclasses import replace
from pathlib import Path

import numpy as np
from tests.cases import ROOT, case, case_path

from ranvier.frontends.data import Data, load_data, make_data
from ranvier.frontends.nir import read_nir
from ranvier.frontends.options import ModelOptions
from ranvier.ir import Network
from ranvier.model import Model
from ranvier.quantize.ptq import Formats, quantize_model

EXAMPLE = ROOT / "examples" / "wearable_motion"
MODELS = {
    "d05_direction": ("d05_m1_chewie/direction.nir", 0.05),
    "d06": ("d06_har_basicmotions/model.nir", 0.1),
    "d07": ("d07_emg_myo/model.nir", 0.005),
}


@functools.cache
def model(name: str) -> Model:
    """Return the float model of a real case, of the example (``motion``) or of d01."""
    if name == "motion":
        return read_nir(EXAMPLE / "motion.nir", ModelOptions())
    if name == "d01":
        return read_nir(Path(case_path("d01_nir_lif/lif_norse.nir")), ModelOptions(dt=1e-4))
    path, dt = MODELS[name]
    return read_nir(case_path(path), ModelOptions(dt=dt))


@functools.cache
def data(name: str) -> tuple[Data, Data]:
    """Return (calibration, test) recordings."""
    if name == "motion":
        return load_data(EXAMPLE / "motion_calib.npz"), load_data(EXAMPLE / "motion_test.npz")
    if name == "d01":
        column = np.loadtxt(case_path("d01_nir_lif/lif_norse.csv"), delimiter=",")[:, 0]
        one = make_data(column[None, :, None], name="d01")
        return one, one
    calib, test = case(name)
    return make_data(**calib, name=f"{name}.calib"), make_data(**test, name=f"{name}.test")


@functools.cache
def network(name: str) -> Network:
    """Return the int8 network of a case."""
    return quantize_model(model(name), data(name)[0], Formats())


def saturating(found: Network) -> Network:
    """Return `found` with its drives 16 times larger: most states reach their limits."""
    louder = tuple(replace(q, shift=q.shift + 4) for q in found.projections)
    return replace(found, projections=louder)
