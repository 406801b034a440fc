# SPDX-License-Identifier: Apache-2.0
"""Recordings that are damaged, too large or no numbers: said, in words, before much is read."""

import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.robust.recordings import WAYS, X, Y, saved

from ranvier.errors import RanvierError
from ranvier.frontends import npy
from ranvier.frontends.data import load_data, make_data


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.usefixtures("streaming")
def test_the_first_value_that_is_no_number_is_named(tmp_path: Path, how: str) -> None:
    x = X.astype(np.float32)
    x[4, 13, 2], x[5] = np.nan, np.inf
    data = load_data(saved(tmp_path, how, x=x))
    done: list[int] = []
    for use in (lambda: done.extend(at.stop for at, _ in data.batches(2)), lambda: data.x):
        with pytest.raises(RanvierError) as caught:
            use()
        assert caught.value.code == "D004"
        assert caught.value.what == "x[4, 13, 2] is nan"
    assert done == [2, 4], "what comes before it was given"
    with pytest.raises(RanvierError) as whole:
        make_data(x, name=data.name)
    assert str(whole.value) == str(caught.value)


@pytest.mark.parametrize(
    ("code", "arrays"),
    [
        ("D002", {"x": np.zeros((2, 3), complex)}),
        ("D002", {"x": np.zeros(3)}),
        ("D003", {"x": np.zeros((2, 0, 3), int)}),
        ("D005", {"x": X, "y": Y[:-1]}),
        ("D005", {"x": X, "mask": np.full((7, 20), 2)}),
        ("D006", {"x": X, "y": Y / 2}),
    ],
)
@pytest.mark.parametrize("how", ["stored", "packed", "folder"])
@pytest.mark.usefixtures("streaming")
def test_what_is_wrong_is_said_without_reading_the_samples(
    tmp_path: Path, how: str, code: str, arrays: dict[str, Any]
) -> None:
    with pytest.raises(RanvierError) as caught:
        load_data(saved(tmp_path, how, **arrays))
    assert caught.value.code == code


@pytest.mark.usefixtures("streaming")
def test_damage_is_found_while_reading(tmp_path: Path) -> None:
    rng, seen = np.random.default_rng(0), 0
    x = rng.integers(0, 9, (7, 40, 3))
    for how in ("stored", "packed"):
        path = saved(tmp_path, how, x=x)
        good = path.read_bytes()
        for k in range(0, len(good), 97):
            bad = bytearray(good)
            bad[k] ^= 0x55
            path.write_bytes(bad)
            try:
                got = np.concatenate([p for _, p in load_data(path).batches(2)])
            except RanvierError as e:
                assert e.code in ("D001", "D002", "D003", "D016")
                seen += 1
                continue
            np.testing.assert_array_equal(got, x)
    assert seen > 50


@pytest.mark.usefixtures("streaming")
def test_columns_first_and_samples_too_large_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = saved(tmp_path, "stored", x=np.asfortranarray(X), y=Y)
    np.testing.assert_array_equal(load_data(path).x, X)
    text = b"{'descr': '|u1', 'fortran_order': False, 'shape': (1, 1000000, 1000000), }\n"
    with (tmp_path / "s.npy").open("wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text)
        file.truncate(10 + len(text) + 10**12)  # a hole: no disk is used
    with pytest.raises(RanvierError, match="D016"):
        load_data(tmp_path / "s.npy")
    many = text.replace(b"(1, 1000000, 1000000)", b"(1000000, 1000, 1000)")
    with (tmp_path / "s.npy").open("r+b") as file:
        file.write(b"\x93NUMPY\x01\x00" + len(many).to_bytes(2, "little") + many)
        file.truncate(10 + len(many) + 10**12)
    data = load_data(tmp_path / "s.npy")
    assert data.shape == (1000000, 1000, 1000)
    assert next(data.batches())[1].shape == (16, 1000, 1000)


def test_a_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(npy, "LARGEST_HELD", 2**20)
    np.savez_compressed(tmp_path / "d.npz", x=X, y=np.zeros(2**23, np.uint8))
    tracemalloc.start()
    with pytest.raises(RanvierError, match="D016"):
        load_data(tmp_path / "d.npz")
    assert tracemalloc.get_traced_memory()[1] < 2**22
    tracemalloc.stop()
