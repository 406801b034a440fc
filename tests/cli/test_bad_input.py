# SPDX-License-Identifier: Apache-2.0
"""Bad models and bad recordings end in an error with code, place and hint, and nothing written."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import h5py
import nir
import numpy as np
import pytest
from tests.cases import ROOT
from tests.commands import answer, fails, succeeds
from tests.unit.nets import DT, counts, li, small_model, weights, write_graph

X = counts()
Y = np.arange(len(X)) % 2


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return small_model(tmp_path / "m.nir")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "d.npz"
    np.savez(path, x=X, y=Y)
    return path


def edit(path: Path, key: str, value: Any) -> None:
    """Replace a parameter in a NIR file."""
    with h5py.File(path, "r+") as file:
        del file[f"node/nodes/{key}"]
        file[f"node/nodes/{key}"] = value


# Models


def test_truncated_models(tmp_path: Path, model: Path) -> None:
    good = model.read_bytes()
    for part in (0, 7, 100, len(good) // 2, len(good) - 1):
        model.write_bytes(good[:part])
        error = fails(tmp_path, "M001", "inspect", model)
        assert error["loc"] == str(model)


@pytest.mark.parametrize("content", [b"", b"hello\n", b"\x89HDF\r\n\x1a\n" + bytes(200)])
def test_foreign_files_named_like_a_model(tmp_path: Path, data: Path, content: bytes) -> None:
    path = tmp_path / "m.nir"
    path.write_bytes(content)
    fails(tmp_path, "M001", "inspect", path)
    fails(tmp_path, "M001", "quantize", path, "--calib", data, "-o", tmp_path / "n.rvn")


def test_hdf5_that_holds_no_graph(tmp_path: Path) -> None:
    path = tmp_path / "m.nir"
    with h5py.File(path, "w") as file:
        file["weights"] = np.zeros(3)
    fails(tmp_path, "M001", "inspect", path)
    nir.write(path, nir.Linear(np.eye(2)))
    fails(tmp_path, "M001", "inspect", path)


@pytest.mark.parametrize("kind", ["external link", "external storage", "virtual"])
def test_models_that_read_other_files(tmp_path: Path, model: Path, kind: str) -> None:
    secret = tmp_path / "secret.h5"
    with h5py.File(secret, "w") as file:
        file["w"] = np.zeros((8, 3))
    (tmp_path / "raw").write_bytes(bytes(192))
    with h5py.File(model, "r+") as file:
        nodes = file["node/nodes"]
        del nodes["fc1/weight"]
        if kind == "external link":
            nodes["fc1/weight"] = h5py.ExternalLink(secret, "w")
        elif kind == "external storage":
            stored = [(str(tmp_path / "raw"), 0, 192)]
            nodes["fc1"].create_dataset("weight", (8, 3), "f8", external=stored)
        else:
            layout = h5py.VirtualLayout((8, 3), "f8")
            layout[:] = h5py.VirtualSource(secret, "w", shape=(8, 3))
            nodes["fc1"].create_virtual_dataset("weight", layout)
    assert "file" in fails(tmp_path, "M001", "inspect", model)["what"]


def test_a_model_that_would_fill_the_memory(tmp_path: Path, model: Path) -> None:
    with h5py.File(model, "r+") as file:
        file["node"].create_dataset("more", (2**20, 2**20), "f8", compression="gzip")
    assert "bytes" in fails(tmp_path, "M001", "inspect", model)["what"]


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_no_numbers(tmp_path: Path, model: Path, value: float) -> None:
    w = weights(8, 3)
    w[4, 1] = value
    edit(model, "fc1/weight", w)
    error = fails(tmp_path, "M003", "inspect", model)
    assert "weight[4, 1]" in error["what"]
    assert error["loc"].endswith(":fc1")


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("hidden/tau", np.full(8, -1.0), "M003"),
        ("hidden/tau", np.zeros(8), "M003"),
        ("hidden/r", np.full(8, np.nan), "M003"),
        ("hidden/r", np.ones(7), "M001"),
        ("fc1/weight", np.ones((8, 4)), "M001"),
        ("fc1/weight", np.ones((8, 3, 1)), "M001"),
        ("fc1/weight", "text", "M001"),
        ("fc2/weight", np.ones((2, 9)), "M001"),
    ],
)
def test_bad_parameters_and_shapes_that_clash(
    tmp_path: Path, model: Path, key: str, value: Any, code: str
) -> None:
    edit(model, key, value)
    fails(tmp_path, code, "inspect", model)


def test_loops_without_neurons(tmp_path: Path) -> None:
    nodes = {"a": nir.Scale(np.ones(3)), "b": nir.Linear(np.eye(3)), "out": li(3)}
    edges = [("input", "a"), ("a", "b"), ("b", "a"), ("b", "out"), ("out", "output")]
    path = write_graph(tmp_path / "m.nir", (3,), 3, nodes, edges, dt=DT)
    error = fails(tmp_path, "M004", "inspect", path)
    assert "a loop without neurons runs through a, b" in error["what"]


def test_what_the_file_does_not_say_and_the_user_says_wrong(tmp_path: Path, data: Path) -> None:
    nodes = {"fc": nir.Linear(weights(2, 3)), "out": li(2)}
    path = write_graph(tmp_path / "m.nir", (3,), 2, nodes)
    assert "--dt" in fails(tmp_path, "M005", "simulate", path, "--data", data)["hint"]
    report = answer("inspect", path)
    assert report["dt"] is None
    assert report["ambiguities"][0]["option"] == "--dt"
    for bound in ("nan", "inf"):
        fails(tmp_path, "M003", "inspect", path, "--dt", DT, "--lower-bound", bound)
    fails(tmp_path, "M008", "inspect", path, "--dt", DT, "--norm-input")
    for dt in ("0", "-1", "nan", "inf"):
        fails(tmp_path, "M005", "inspect", path, "--dt", dt)
    fails(tmp_path, "M008", "inspect", path, "--dt", DT, "--dialect", "esperanto")
    fails(tmp_path, "M006", "inspect", path, "--dt", DT, "--decode", "spike-count")
    fails(tmp_path, "M009", "inspect", path, "--dt", DT, "--encode", tmp_path / "none.toml")
    succeeds("simulate", path, "--data", data, "--dt", DT)


@pytest.mark.parametrize(
    "text",
    [
        "raw = ",
        'raw = "uint8"',
        'raw = "uint8"\nstages = 3',
        'raw = "uint8"\nstages = [{kind = "guess"}]',
        'raw = "uint8"\nstages = [{kind = "rectify", low = 1}]',
        'raw = "uint8"\nstages = [{kind = "clip", low = 2, high = 1}]',
        'raw = "uint8"\nstages = [{kind = "clip", low = nan, high = 1}]',
        'raw = "uint8"\nstages = [{kind = "count", window = 0}]',
        'raw = "uint8"\nstages = [{kind = "count", window = 1.5}]',
        'raw = "uint8"\nstages = [{kind = "affine", offset = 0, scale = 0}]',
        'raw = "uint8"\nstages = [{kind = "affine", offset = [1, 2], scale = 1}]',
        'raw = "uint8"\nstages = [{kind = "affine", offset = "0", scale = 1}]',
        'raw = "uint8"\nstages = [{kind = "decimate", window = 0}]',
        'raw = "uint8"\nstages = [{kind = "level", delta = 0, max_events = 1}]',
        'raw = "uint8"\nstages = [{kind = "level", delta = 1, max_events = 0}]',
        'raw = "uint8"\nstages = ['
        '{kind = "threshold", threshold = 1, falling = 1, refractory = 0}]',
        'raw = "uint8"\nstages = ['
        '{kind = "threshold", threshold = 1, falling = true, refractory = -1}]',
        'raw = "uint8"\nstages = [{kind = "threshold", threshold = 1, falling = true}]',
        'raw = "uint8"\nstages = [{kind = "smooth", shift = 16}]',
        'raw = "uint8"\nstages = [{kind = "filterbank", rate = 9, bands = [], order = 1}]',
        'raw = "uint8"\nstages = [{kind = "filterbank", rate = 9, bands = [[1, 5]], order = 1}]',
        'raw = "uint8"\nstages = [{kind = "filterbank", rate = 9, bands = [[1]], order = 1}]',
        'raw = "uint8"\nstages = [{kind = "filterbank", rate = 9, bands = [1, 2], order = 1}]',
        'raw = "uint8"\nstages = [{kind = "filterbank", rate = 9, bands = [[0, 2]], order = 1}]',
        'raw = "uint8"\nstages = [{kind = "filterbank", rate = 9, bands = [[1, 2]], order = 9}]',
        'raw = "uint8"\nstages = [{kind = "filterbank", rate = 9, bands = [[1, 2]], order = 1}]',
        'raw = "uint8"\nstages = ['
        '{kind = "filterbank", rate = 1e6, bands = [[0.1, 0.2]], order = 1}]',
    ],
)
def test_bad_encoding_files(tmp_path: Path, model: Path, text: str) -> None:
    path = tmp_path / "e.toml"
    path.write_text(text)
    assert str(path) in fails(tmp_path, "M009", "inspect", model, "--encode", path)["loc"]


def test_names_that_lead_nowhere(tmp_path: Path, data: Path, model: Path) -> None:
    fails(tmp_path, "M010", "inspect", tmp_path / "none.nir")
    fails(tmp_path, "B002", "inspect", tmp_path)
    fails(tmp_path, "M010", "simulate", tmp_path, "--data", data)
    fails(tmp_path, "M010", "inspect", data)
    fails(tmp_path, "M010", "inspect", tmp_path / ("a" * 300 + ".nir"))
    fails(tmp_path, "D001", "simulate", model, "--data", tmp_path / ("a" * 300 + ".npz"))


def test_a_network_where_a_model_belongs(tmp_path: Path, model: Path, data: Path) -> None:
    network = tmp_path / "n.rvn"
    succeeds("quantize", model, "--calib", data, "-o", network)
    fails(tmp_path, "M011", "quantize", network, "--calib", data, "-o", tmp_path / "o.rvn")
    fails(tmp_path, "C006", "compile", model, "--target", "host", "-o", tmp_path / "b")
    fails(tmp_path, "M013", "inspect", network, "--dt", DT)


# Recordings

BAD: dict[str, tuple[str, dict[str, Any]]] = {
    "channels": ("D007", {"x": X[:, :, :2]}),
    "nan": ("D004", {"x": np.where(X[0, 0, 0] == X, np.nan, X)}),
    "no samples": ("D003", {"x": X[:0]}),
    "labels of another length": ("D005", {"x": X, "y": Y[:-1]}),
    "float labels": ("D006", {"x": X, "y": Y.astype(float)}),
    "label too large": ("D008", {"x": X, "y": Y + 1}),
    "label negative": ("D008", {"x": X, "y": Y - 1}),
    "targets of another shape": ("D009", {"x": X, "y": np.zeros((6, 30, 3))}),
    "pickled": ("D001", {"x": np.array([{}], object)}),
    "no x": ("D001", {"y": Y}),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_recordings(tmp_path: Path, model: Path, data: Path, name: str) -> None:
    code, arrays = BAD[name]
    bad = tmp_path / "bad.npz"
    np.savez(bad, **arrays)
    error = fails(tmp_path, code, "simulate", model, "--data", bad)
    assert error["loc"] == str(bad)
    fails(tmp_path, code, "quantize", model, "--calib", bad, "-o", tmp_path / "n.rvn")
    evaluate = ("--calib", data, "--data", bad)
    fails(tmp_path, code, "quantize", model, *evaluate, "-o", tmp_path / "n.rvn")


def test_floats_for_a_network_of_raw_samples(tmp_path: Path, data: Path) -> None:
    encode = {"raw": "uint8", "stages": [{"kind": "count", "window": 7}]}
    model = small_model(tmp_path / "m.nir", encode=json.dumps(encode))
    np.savez(tmp_path / "f.npz", x=X + 0.5)
    fails(tmp_path, "D011", "simulate", model, "--data", tmp_path / "f.npz")
    assert "7" in fails(tmp_path, "D012", "simulate", model, "--data", data)["what"]


OFFSET = {"raw": "uint8", "stages": [{"kind": "affine", "offset": 5, "scale": 1}]}
SILENT: dict[str, tuple[dict[str, Any], Any]] = {
    "integers": ({}, np.zeros((2, 20, 3), np.uint8)),
    "floats": ({}, np.zeros((2, 20, 3))),
    "a sensor that is off": ({"encode": json.dumps(OFFSET)}, np.zeros((2, 20, 3), np.uint8)),
    "encoded": ({"encode": json.dumps(OFFSET)}, np.full((2, 20, 3), 5, np.uint8)),
}


@pytest.mark.parametrize("name", SILENT)
def test_silence_calibrates_nothing(tmp_path: Path, name: str) -> None:
    """It would set no ranges, and every real recording saturate."""
    metadata, x = SILENT[name]
    model, silent = small_model(tmp_path / "m.nir", **metadata), tmp_path / "d.npz"
    np.savez(silent, x=x, y=np.arange(2))
    calib = ("quantize", model, "--calib", silent, "-o", tmp_path / "n.rvn")
    error = fails(tmp_path, "Q014", *calib)
    assert error["loc"] == str(silent)
    assert error["hint"] == "calibrate on recordings with signal"
    fails(tmp_path, "Q014", *calib, "--limit", "rom=10k")
    x[-1, -1, -1] = 9
    np.savez(silent, x=x, y=np.arange(2))
    succeeds(*calib)


def test_targets_that_cannot_be_scored(tmp_path: Path, model: Path) -> None:
    """No step counts: neither a perfect score nor NaN, which is not JSON."""
    path = tmp_path / "m.npz"
    np.savez(path, x=X, y=np.zeros((6, 30, 2)), mask=np.zeros((6, 30), bool))
    fails(tmp_path, "D009", "simulate", model, "--data", path)


def test_targets_that_never_vary_have_no_r2(tmp_path: Path, model: Path) -> None:
    path = tmp_path / "m.npz"
    np.savez(path, x=X, y=np.stack([np.arange(180.0).reshape(6, 30), np.ones((6, 30))], axis=2))
    assert "output 1 " in fails(tmp_path, "D015", "simulate", model, "--data", path)["what"]


@pytest.mark.parametrize("odd", [np.nan, 7, 0.5])
def test_masks_hold_zeros_and_ones(tmp_path: Path, model: Path, odd: float) -> None:
    path = tmp_path / "m.npz"
    np.savez(path, x=X, mask=np.full((6, 30), odd))
    fails(tmp_path, "D005", "simulate", model, "--data", path)


def test_whole_floats_are_raw_samples_everywhere(tmp_path: Path) -> None:
    """What `run` takes for raw samples, `quantize` takes too."""
    folder = ROOT / "examples" / "wearable_motion"
    model, data = folder / "motion.nir", folder / "motion_calib.npz"
    with np.load(data) as f:
        np.savez(tmp_path / "f.npz", x=f["x"].astype(np.float32), y=f["y"])
    signatures = [
        answer("quantize", model, "--calib", calib, "-o", tmp_path / "n.rvn")["signature"]
        for calib in (data, tmp_path / "f.npz")
    ]
    assert signatures[0] == signatures[1]


def test_a_real_process_shows_no_traceback(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", "from ranvier.tools.cli import main; main()"]
    (tmp_path / "m.nir").write_text("hello")
    done = subprocess.run(
        [*argv, "inspect", "m.nir"], cwd=tmp_path, capture_output=True, text=True, env=os.environ
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("m.nir: error[M001]: ")
    assert "Traceback" not in done.stderr
