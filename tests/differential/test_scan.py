# SPDX-License-Identifier: Apache-2.0
"""Raw samples as lists of events, in C: every length, every limit, nothing beyond its end."""

import ctypes
import subprocess
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import pytest
from tests.cases import ROOT
from tests.needs import need_program

from ranvier.targets.mcu.build import WARNINGS

Scan: TypeAlias = Callable[..., int]
GUARD = 0xBEEF


@pytest.fixture(scope="module")
def scan_counts(tmp_path_factory: pytest.TempPathFactory) -> Scan:
    gcc = need_program("gcc", "gcc libc6-dev")
    library = tmp_path_factory.mktemp("scan") / "scan.so"
    firmware = ROOT / "firmware"
    subprocess.run(
        [gcc, *WARNINGS, "-O2", "-shared", "-fPIC", f"-I{firmware / 'include'}",
         str(firmware / "src" / "rv_scan_counts_u8.c"), "-o", str(library)],
        check=True,
    )  # fmt: skip
    scan: Scan = ctypes.CDLL(str(library)).rv_scan_counts_u8
    return scan


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 7, 8, 31])
def test_counts_are_listed_up_to_a_limit(scan_counts: Scan, n: int) -> None:
    rng = np.random.default_rng(n)
    fates = set()
    for _ in range(200):
        raw = (rng.poisson(2.0, n) * (rng.random(n) < 0.5)).astype(np.uint8)
        if rng.integers(10) == 0:
            raw[rng.integers(n)] = 255
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
