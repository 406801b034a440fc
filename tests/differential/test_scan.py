# SPDX-License-Identifier: Apache-2.0
"""Raw samples as lists of events, in C: every length, every limit, nothing beyond its end."""

import ctypes
import subprocess
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.cases import ROOT
from tests.needs import need_program

from ranvier.targets.mcu.build import WARNINGS

Scan: TypeAlias = Callable[..., int]
GUARD = 0xBEEF


@pytest.fixture(scope="module", params=[0, 1], ids=["words anywhere", "words aligned"])
def scans(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    gcc = need_program("gcc", "gcc libc6-dev")
    library = tmp_path_factory.mktemp("scan") / "scan.so"
    firmware = ROOT / "firmware"
    subprocess.run(
        [gcc, *WARNINGS, "-O2", "-shared", "-fPIC", f"-I{firmware / 'include'}",
         f"-DRV_WORDS_ALIGNED={request.param}",
         *(str(firmware / "src" / f"rv_scan_{what}.c") for what in ("u8", "counts_u8")),
         "-o", str(library)],
        check=True,
    )  # fmt: skip
    return ctypes.CDLL(str(library))


@pytest.fixture
def scan_counts(scans: ctypes.CDLL) -> Scan:
    scan: Scan = scans.rv_scan_counts_u8
    return scan


def anywhere(rng: np.random.Generator, raw: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return `raw` at an address of any remainder modulo 4."""
    room = np.empty(raw.size + 8, np.uint8)
    first = int(rng.integers(4)) - room.ctypes.data % 4 + 4
    room[first : first + raw.size] = raw
    return room[first : first + raw.size]


@pytest.mark.parametrize("n", [1, 7, 8, 9, 31, 64, 67])
def test_what_is_not_0_is_listed(scans: ctypes.CDLL, n: int) -> None:
    rng = np.random.default_rng(n)
    places = set()
    for _ in range(100):
        raw = rng.integers(1, 256, n) * (rng.random(n) < rng.choice([0.0, 0.1, 0.7, 1.0]))
        raw = anywhere(rng, raw.astype(np.uint8))
        events = np.full(1 + n + 4, GUARD, np.uint16)
        scans.rv_scan_u8(
            ctypes.c_void_p(events.ctypes.data),
            ctypes.c_void_p(raw.ctypes.data),
            ctypes.c_uint16(n),
        )
        found = np.flatnonzero(raw)
        np.testing.assert_array_equal(events[: 1 + found.size], [found.size, *found])
        assert (events[1 + found.size :] == GUARD).all()
        places.add(raw.ctypes.data % 4)
    assert places == {0, 1, 2, 3}


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 7, 8, 31])
def test_counts_are_listed_up_to_a_limit(scan_counts: Scan, n: int) -> None:
    rng = np.random.default_rng(n)
    fates = set()
    for _ in range(200):
        raw = (rng.poisson(2.0, n) * (rng.random(n) < 0.5)).astype(np.uint8)
        if rng.integers(10) == 0:
            raw[rng.integers(n)] = 255
        raw = anywhere(rng, raw)
        total = int(raw.sum(dtype=np.int64))
        most = max(0, total + int(rng.integers(-2, 3)))
        events = np.full(1 + most + 4, GUARD, np.uint16)
        fits = scan_counts(
            ctypes.c_void_p(events.ctypes.data), ctypes.c_void_p(raw.ctypes.data),
            ctypes.c_uint16(n), ctypes.c_uint16(most),
        )  # fmt: skip
        assert fits == (total <= most)
        assert (events[1 + most :] == GUARD).all()
        if fits:
            assert events[0] == total
            np.testing.assert_array_equal(events[1 : 1 + total], np.repeat(np.arange(n), raw))
        fates.add(bool(fits))
    assert fates == {True, False}
