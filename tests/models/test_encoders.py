# SPDX-License-Identifier: Apache-2.0
"""The encoders on recordings: what integers make of EMG and motion, doubles make as well."""

import runpy
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.cases import ROOT, case_path
from tests.needs import need_program
from tests.networks import EXAMPLE

from ranvier import bounds
from ranvier.frontends.data import Data, load_data, make_data
from ranvier.frontends.nir import read_nir
from ranvier.frontends.options import ModelOptions
from ranvier.ir import FilterbankStage, LevelCrossingStage, Network, ThresholdCrossingStage
from ranvier.model import Model
from ranvier.quantize.ptq import Formats, quantize_model
from ranvier.reference import simulate as run_golden
from ranvier.tools.verbs.compile import compile
from ranvier.tools.verbs.prepare import raw_samples
from ranvier.tools.verbs.simulate import Simulation, simulate
from ranvier.tools.verbs.verify import verify

ENCODERS = ROOT / "examples" / "encoders"
# name -> its stage, samples a second, the least accuracy, what it may lose in integers
CASES = {
    "level_crossing": (LevelCrossingStage, 10, 0.95, 0.0),
    "band_power": (FilterbankStage, 200, 0.90, 0.005),
    "spikes": (ThresholdCrossingStage, 200, 0.90, 0.005),
}


def recordings(name: str) -> tuple[Data, Data]:
    """Return calibration and test recordings, raw."""
    if name == "level_crossing":
        return load_data(EXAMPLE / "motion_calib.npz"), load_data(EXAMPLE / "motion_test.npz")
    with np.load(case_path("d07_emg_myo/data.npz")) as f:
        return make_data(f["x_train"], f["y_train"]), make_data(f["x_test"], f["y_test"])


def fitted(name: str, calib: Data, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Model:
    """Return the decoder that the example's script fits to an encoder's output."""
    x = np.concatenate([part for _, part in calib.batches()])
    assert calib.y is not None
    np.savez(folder / "calib.npz", x=x, y=calib.y)
    words = [folder / "calib.npz", ENCODERS / f"{name}.toml", "--rate", CASES[name][1]]
    out = folder / f"{name}.nir"
    monkeypatch.setattr(sys, "argv", [str(w) for w in ("fit.py", *words, "-o", out)])
    runpy.run_path(str(ENCODERS / "fit.py"), run_name="__main__")
    return read_nir(out, ModelOptions())


def accuracy(found: Simulation) -> float:
    assert found.metric is not None
    return found.metric.value


@pytest.fixture
def made(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[str, Model, Network, Data]:
    name = request.param
    calib, test = recordings(name)
    model = fitted(name, calib, tmp_path, monkeypatch)
    return name, model, quantize_model(model, calib, Formats()), test


@pytest.mark.parametrize("made", CASES, indirect=True)
def test_integers_decode_recordings_as_doubles_do(
    made: tuple[str, Model, Network, Data], tmp_path: Path
) -> None:
    name, model, network, test = made
    stage, _, least, loss = CASES[name]
    assert any(isinstance(s, stage) for s in network.encoding.stages)
    real, whole = (accuracy(simulate(found, test)) for found in (model, network))
    assert real >= least
    assert whole >= real - loss
    need_program("gcc", "gcc libc6-dev")
    build = compile(network, "host", tmp_path / "host").build
    assert verify(build, test, samples=100).first_mismatch is None


@pytest.mark.parametrize("made", CASES, indirect=True)
def test_an_emulated_core_encodes_recordings_exactly(
    made: tuple[str, Model, Network, Data], tmp_path: Path
) -> None:
    _, _, network, test = made
    need_program("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    need_program("qemu-system-arm", "qemu-system-arm")
    x = np.concatenate([part for _, part in test.batches()])
    some = make_data(x[:: len(x) // 8], name="some of each class")
    encoded = run_golden(network, raw_samples(network, some)).inputs
    assert np.count_nonzero(encoded) > 50
    assert encoded.shape[2] == bounds.encoded_size(network.encoding)
    for board in ("qemu-mps2-an386", "qemu-microbit"):
        result = verify(compile(network, board, tmp_path / board).build, some)
        assert result.first_mismatch is None
