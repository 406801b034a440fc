# SPDX-License-Identifier: Apache-2.0
"""Recordings are read whole and right, or refused with what is wrong and where."""

import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.unit.nets import network

from ranvier.errors import RanvierError
from ranvier.frontends.data import load_data, make_data
from ranvier.metrics import accuracy, r2
from ranvier.tools.verbs import prepare

X = np.arange(2 * 5 * 6).reshape(2, 5, 2, 3)


def refused(code: str, function: Callable[..., Any], *arguments: Any) -> RanvierError:
    with pytest.raises(RanvierError) as caught:
        function(*arguments)
    assert caught.value.code == code
    assert caught.value.hint
    return caught.value


def saved(folder: Path, **arrays: Any) -> Path:
    path = folder / "d.npz"
    np.savez(path, **arrays)
    return path


def test_channels_are_flattened_in_c_order(tmp_path: Path) -> None:
    mask = np.arange(10).reshape(2, 5) % 3 > 0
    data = load_data(saved(tmp_path, x=X, y=np.array([1, 0]), mask=mask, more=np.zeros(3)))
    np.testing.assert_array_equal(data.x, X.reshape(2, 5, 6))
    assert data.y is not None
    assert data.mask is not None
    assert data.y.tolist() == [1, 0]
    np.testing.assert_array_equal(data.mask, mask)
    first = data.first(1)
    assert first.y is not None
    assert first.mask is not None
    assert (len(first.x), len(first.y), len(first.mask)) == (1, 1, 1)
    assert data.first(None).x is not None
    assert len(data.first(None).x) == 2


@pytest.mark.parametrize(
    ("code", "arrays", "said"),
    [
        ("D001", {"z": X}, "no array `x`"),
        ("D002", {"x": np.zeros(3)}, "shape (3,)"),
        ("D002", {"x": np.zeros((2, 3), complex)}, "complex128"),
        ("D002", {"x": np.full((2, 3), "a")}, "<U1"),
        ("D003", {"x": np.zeros((0, 5, 3))}, "no samples"),
        ("D003", {"x": np.zeros((2, 0, 3))}, "no samples"),
        ("D003", {"x": np.zeros((2, 5, 0))}, "no samples"),
        ("D004", {"x": np.where(np.arange(30).reshape(2, 5, 3) == 22, np.nan, 0)}, "x[1, 2, 1]"),
        ("D004", {"x": np.full((1, 1, 1), -np.inf)}, "x[0, 0, 0] is -inf"),
        ("D005", {"x": X, "y": np.zeros(3, int)}, "2 samples"),
        ("D005", {"x": X, "y": np.array(1)}, "2 samples"),
        ("D005", {"x": X, "mask": np.ones((2, 4), bool)}, "of 5 steps"),
        ("D005", {"x": X, "mask": np.ones((2, 5, 2), bool)}, "mask"),
        ("D006", {"x": X, "y": np.zeros(2)}, "float64"),
        ("D006", {"x": X, "y": np.array(["a", "b"])}, "<U1"),
    ],
)
def test_what_is_wrong_inside_is_said(
    tmp_path: Path, code: str, arrays: dict[str, Any], said: str
) -> None:
    path = saved(tmp_path, **arrays)
    error = refused(code, load_data, path)
    assert said in error.what
    assert error.loc == str(path)


@pytest.mark.parametrize(
    "y",
    [np.full((2, 5, 1), "a"), np.zeros((2, 5, 1), complex), np.full((2, 5, 1), np.nan)],
    ids=["text", "complex", "nan"],
)
def test_targets_that_are_no_numbers_are_refused(y: NDArray[Any]) -> None:
    with pytest.raises(RanvierError) as caught:
        r2(np.zeros((2, 5, 1)), np.asarray(make_data(X, y).y), None, "d")
    assert caught.value.code.startswith("D")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"not a zip", b"\x93NUMPY\x01\x00"])
def test_foreign_files_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "d.npz"
    path.write_bytes(content)
    refused("D001", load_data, path)


def test_missing_files_and_folders_without_samples_are_refused(tmp_path: Path) -> None:
    refused("D001", load_data, tmp_path / "none.npz")
    refused("D001", load_data, tmp_path)
    np.save(tmp_path / "y.npy", X)
    refused("D001", load_data, tmp_path)


def test_bare_arrays_and_folders_of_arrays_are_recordings(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", X)
    np.testing.assert_array_equal(load_data(tmp_path / "x.npy").x, X.reshape(2, 5, 6))
    assert load_data(tmp_path / "x.npy").y is None
    np.save(tmp_path / "y.npy", np.array([1, 0]))
    data = load_data(tmp_path)
    np.testing.assert_array_equal(data.x, X.reshape(2, 5, 6))
    assert data.y is not None
    assert data.y.tolist() == [1, 0]


def test_pickles_are_refused(tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> Any:
            return (Path.touch, (tmp_path / "pwned",))

    path = tmp_path / "d.npz"
    np.savez(path, x=np.array([Bomb()], object))
    refused("D001", load_data, path)
    assert not (tmp_path / "pwned").exists()


def test_every_truncation_is_refused(tmp_path: Path) -> None:
    good = saved(tmp_path, x=X, y=np.array([1, 0])).read_bytes()
    path = tmp_path / "cut.npz"
    for length in range(0, len(good), 41):
        path.write_bytes(good[:length])
        refused("D001", load_data, path)


def test_flipped_bytes_of_a_compressed_file_are_refused_or_harmless(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 9, (20, 30, 3)), np.arange(20) % 3
    path = tmp_path / "d.npz"
    np.savez_compressed(path, x=x, y=y)
    good, seen = path.read_bytes(), 0
    for k in range(0, len(good), 7):
        bad = bytearray(good)
        bad[k] ^= 0x55
        path.write_bytes(bad)
        try:
            data = load_data(path)
        except RanvierError:
            seen += 1
            continue
        np.testing.assert_array_equal(data.x, x)
    assert seen > 50


@pytest.mark.parametrize(
    "header",
    [
        "{'descr': '<i8', 'fortran_order': False, 'shape': (((",
        "{'descr': '<i8', 'fortran_order': False, 'shape': (99999999999999999999,), }",
        "{'descr': '<i8', 'fortran_order': False, 'shape': (99999999999,), }",
        "{'descr': '<i8', 'fortran_order': False, 'shape': (1000000, 1000000, 1), }",
        "{'descr': '<i8', 'fortran_order': False, 'shape': (-1, 5, 3), }",
        "{'descr': '<i8', 'fortran_order': False, 'shape': (-2, -5, 3), }",
        "{'descr': '|O', 'fortran_order': False, 'shape': (1, 5, 3), }",
        "  x\n y",
    ],
)
def test_hostile_array_headers_are_refused(tmp_path: Path, header: str) -> None:
    path = tmp_path / "d.npz"
    text = header.encode() + b"\n"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.npy", b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text)
    refused("D001", load_data, path)


@pytest.mark.parametrize(
    "start", [b"\x93NUMPY\x02\x00\xff\xff\xff\x7f", b"\x93NUMPY\x03\x00", b"\x93NUMPX\x01\x00"]
)
@pytest.mark.parametrize("packed", [True, False])
def test_headers_longer_than_any_or_of_other_versions_are_refused(
    tmp_path: Path, start: bytes, packed: bool
) -> None:
    """Two gigabytes of header are claimed, and in the archive nearly there."""
    with zipfile.ZipFile(tmp_path / "d.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", start + bytes(2**26))
    (tmp_path / "d.npy").write_bytes(start + b"{}")
    tracemalloc.start()
    refused("D001", load_data, tmp_path / ("d.npz" if packed else "d.npy"))
    assert tracemalloc.get_traced_memory()[1] < 2**23
    tracemalloc.stop()


def test_raw_samples_are_checked_against_the_network() -> None:
    net = network()  # two channels of uint8
    for good in (np.zeros((1, 3, 2), np.uint8), np.full((1, 3, 2), 255.0)):
        assert prepare.raw_samples(net, make_data(good)).max() <= 255
    refused("D007", prepare.raw_samples, net, make_data(np.zeros((1, 3, 3), int)))
    for bad in (256, -1, 2**40):
        refused("D010", prepare.raw_samples, net, make_data(np.full((1, 3, 2), bad)))
    refused("D011", prepare.raw_samples, net, make_data(np.full((1, 3, 2), 0.5)))


def test_metrics() -> None:
    y = np.array([0, 1, 2, 1])
    assert accuracy(np.array([0, 1, 1, 1]), y, 3, "d").value == 0.75
    refused("D008", accuracy, y, y, 2, "d")
    refused("D008", accuracy, y, y - 1, 3, "d")
    rng = np.random.default_rng(0)
    t = rng.normal(0, 1, (3, 8, 2))
    assert r2(t, t, None, "d").value == 1
    mask = np.arange(24).reshape(3, 8) % 2 == 0
    noisy = np.where(mask[:, :, None], t, 99.0)
    assert r2(noisy, t, mask, "d").value == 1
    assert r2(noisy, t, None, "d").value < 0
    mean = np.broadcast_to(t.reshape(-1, 2).mean(axis=0), t.shape)
    assert abs(r2(mean, t, None, "d").value) < 1e-12
    refused("D009", r2, t, t[:, :, :1], None, "d")


def test_fewer_than_one_sample_is_refused() -> None:
    for wrong in (0, -3):
        refused("D014", make_data(X).first, wrong)
    assert len(make_data(X).first(1).x) == 1
