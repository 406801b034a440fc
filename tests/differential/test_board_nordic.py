# SPDX-License-Identifier: Apache-2.0
"""What Nordic's chips need at each start, played as in test_board_registers.py."""

import ctypes
from pathlib import Path

import pytest
from tests.differential.register_chips import MAPS, ONES, Chip, build

# The SVD, TAMPC, and nrfx MDK, system_nrf54l_approtect.h: CTRL of DBGEN, NIDEN, SPIDEN, SPNIDEN,
# AP.DBGEN.
SIGNALS = [0x500DC500, 0x500DC508, 0x500DC510, 0x500DC518, 0x500DC700]
UNPROTECTED, OPEN, SHUT = 0x50FA00F0, 0x50FA0001, 0x50FA0002
# UICR: PROTECT0 and PROTECT1 of APPROTECT, SECUREAPPROTECT, AUXAPPROTECT, as delivered.
DELIVERED = dict.fromkeys((0xFFD000, 0xFFD01C, 0xFFD020, 0xFFD03C, 0xFFD040, 0xFFD05C), ONES)
UICR_52, DISABLE_52, FORCE_52 = 0x10001208, 0x40000558, 0x40000550


def chip(name: str, folder: Path, held: dict[int, int], *flags: str) -> Chip:
    """Return a board that has started, with these words in its registers before."""
    made = Chip(MAPS[name], ctypes.CDLL(str(build(name, folder, *flags))))
    made.memory |= held
    assert made.lib.watch_init() == 0
    return made


def to(made: Chip, addresses: list[int]) -> list[tuple[int, int]]:
    return [w for w in made.writes if w[0] in addresses]


def test_the_54l_opens_its_debug_port(tmp_path: Path) -> None:
    """Each signal's protection against writing goes first, and then it is opened."""
    made = chip("nrf54l15dk", tmp_path, DELIVERED)
    assert to(made, SIGNALS) == [(at, v) for at in SIGNALS for v in (UNPROTECTED, OPEN)]


@pytest.mark.parametrize(
    ("word", "left"),
    [(0xFFD000, SIGNALS[2:]), (0xFFD01C, SIGNALS[2:]), (0xFFD020, SIGNALS[:2] + SIGNALS[4:]),
     (0xFFD03C, SIGNALS[:2] + SIGNALS[4:]), (0xFFD040, SIGNALS[:4]), (0xFFD05C, SIGNALS[:4])],
)  # fmt: skip
def test_uicr_keeps_what_it_protects(tmp_path: Path, word: int, left: list[int]) -> None:
    made = chip("nrf54l15dk", tmp_path, DELIVERED | {word: 0x50FA50FA})
    assert [at for at, _ in to(made, SIGNALS)] == [at for at in left for _ in range(2)]


def test_a_locked_signal_is_left_alone(tmp_path: Path) -> None:
    made = chip("nrf54l15dk", tmp_path, DELIVERED | {SIGNALS[1]: 2})
    assert SIGNALS[1] not in dict(made.writes)
    assert dict(made.writes)[SIGNALS[0]] == OPEN


def test_a_closed_54l_stays_closed(tmp_path: Path) -> None:
    made = chip("nrf54l15dk", tmp_path, DELIVERED, "-DRV_DEBUG_CLOSED")
    assert to(made, SIGNALS) == [(at, v) for at in SIGNALS for v in (UNPROTECTED, SHUT)]


def test_a_54l_that_is_locked_open_does_not_start_where_it_must_be_closed(tmp_path: Path) -> None:
    """Nothing answers then, so that the host never sees a decoder with an open port."""
    lib = ctypes.CDLL(str(build("nrf54l15dk", tmp_path, "-DRV_DEBUG_CLOSED")))
    made = Chip(MAPS["nrf54l15dk"], lib, is_stopped=True)
    made.memory |= DELIVERED | {SIGNALS[1]: 3}
    assert made.lib.watch_init() == -1, "it never returns"
    assert not made.enabled


def test_a_closed_54l_keeps_its_glitch_detector(tmp_path: Path) -> None:
    made = chip("nrf54l15dk", tmp_path, HELD, "-DRV_DEBUG_CLOSED")
    assert 0x5004B5A0 not in dict(made.writes)


def test_uicr_says_whether_the_52840_opens_its_debug_port(tmp_path: Path) -> None:
    made = chip("nrf52840dk", tmp_path, {UICR_52: 0xFFFFFF5A, FORCE_52: ONES})
    assert to(made, [DISABLE_52, FORCE_52]) == [(DISABLE_52, 0x5A)]
    assert DISABLE_52 not in dict(chip("nrf52840dk", tmp_path, {UICR_52: 0xFFFFFF00}).writes)


def test_a_closed_52840_stays_closed(tmp_path: Path) -> None:
    held = {UICR_52: 0xFFFFFF5A, FORCE_52: ONES}
    made = chip("nrf52840dk", tmp_path, held, "-DRV_DEBUG_CLOSED")
    assert to(made, [DISABLE_52, FORCE_52]) == [(FORCE_52, 0)]


# nrfx MDK, system_nrf54l.c and nrf54l_erratas.h: of 31, 32 and 40 only the first revision has need.
ALWAYS = [(0x5005340C, 1), (0x50120440, 0xC8), (0x5004B5A0, 0)]
FIRST = [
    (0x50120640, 0x1EA9E040),
    (0x5008A7AC, 0x040A0078),
    (0x50120624, 52),
    (0x5012063C, ONES ^ 1 << 19),
]
HELD = DELIVERED | {0x5012063C: ONES, 0x5004B5A0: 1, 0xFFC334: 0x180A1D00}


@pytest.mark.parametrize("revision", [1, 2, 3])
def test_the_errata_of_the_54l(tmp_path: Path, revision: int) -> None:
    made = chip("nrf54l15dk", tmp_path, HELD | {0xFFC344: revision})
    found = to(made, [at for at, _ in ALWAYS + FIRST])
    expected = [*ALWAYS[:2], *(FIRST if revision == 1 else ()), ALWAYS[2]]
    assert found == expected


def test_what_is_set_already_stays(tmp_path: Path) -> None:
    held = HELD | {0xFFC344: 1, 0x50120440: 0x70, 0xFFC334: 0x180A1D01}
    written = dict(chip("nrf54l15dk", tmp_path, held).writes)
    assert not {0x50120440, 0x50120640} & written.keys()
    assert 0x5008A7AC in written
