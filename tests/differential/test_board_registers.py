# SPDX-License-Identifier: Apache-2.0
"""What real boards' C does to registers, played on this computer; nothing ran on silicon."""

import ctypes
import shutil
from pathlib import Path

import pytest
from tests.differential.register_chips import MAPS, ONES, Chip, build

from ranvier.targets.mcu.board import NAMES, board

BOARDS = [name for name in NAMES if board(name).kind == "board"]
NORDIC = [name for name in BOARDS if name.startswith("nrf")]  # whose watchdog is set up once
HELD = 256
NOTE_STEP = 0x57E950F7


@pytest.fixture(scope="module", params=BOARDS)
def library(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(request.param, tmp_path_factory.mktemp("registers"))


@pytest.fixture(scope="module")
def chip(library: Path) -> Chip:
    """A board that has started."""
    made = Chip(MAPS[library.stem], ctypes.CDLL(str(library)))
    assert made.lib.watch_init() == 0
    return made


@pytest.fixture(autouse=True)
def nothing_yet(chip: Chip) -> None:
    chip.writes.clear()
    chip.errors.clear()
    chip.line.clear()


def well(chip: Chip) -> None:
    """Nothing that must not happen has happened."""
    assert chip.errors == []
    assert not chip.is_masked


@pytest.fixture
def started(library: Path, tmp_path: Path) -> Chip:
    """The same just after reset."""
    again = shutil.copy(library, tmp_path)
    return Chip(MAPS[library.stem], ctypes.CDLL(str(again)))


def level(chip: Chip, is_high: bool) -> tuple[int, int]:
    return chip.map.pin_high if is_high else chip.map.pin_low


def test_the_safe_pin_comes_first(started: Chip) -> None:
    """Its level before its direction, and both before anything that may be waited for."""
    assert started.lib.watch_init() == 0
    at = [a for a, _ in started.writes]
    safe = started.writes.index(level(started, started.map.is_safe_high))
    output = at.index(started.map.pin_output)
    assert safe < output < 8
    assert level(started, not started.map.is_safe_high) not in started.writes
    before = {a & ~0xFFF for a in at[:output]} - {started.map.pin_output & ~0xFFF}
    assert len(before) <= 1, "its clock or its reset at most"
    assert started.enabled == {started.map.serial_irq}
    assert not started.is_masked


def test_a_reset_by_the_watchdog_is_told(started: Chip) -> None:
    assert started.lib.watch_init() == 0
    assert started.lib.rv_board_noted() == 0
    started.memory |= dict(started.map.reset_reason)
    assert started.lib.watch_init() == 0
    assert started.lib.rv_board_noted() & ONES == NOTE_STEP


@pytest.mark.parametrize("library", NORDIC, indirect=True)
def test_a_press_of_reset_is_no_bite_and_hides_none(started: Chip) -> None:
    """Where RESETPIN (bit 0) is among the reasons, the others mean nothing."""
    ((at, dog),) = started.map.reset_reason
    started.memory[at] = dog | 1
    assert started.lib.watch_init() == 0
    assert started.lib.rv_board_noted() == 0
    started.memory[at] |= dog
    assert started.lib.watch_init() == 0
    assert started.lib.rv_board_noted() & ONES == NOTE_STEP


@pytest.mark.parametrize("library", [n for n in BOARDS if "nucleo" in n], indirect=True)
def test_the_reasons_of_an_stm32_are_removed(started: Chip) -> None:
    """RMVF is bit 23 of RCC_CSR; what else it holds stays."""
    ((at, dog),) = started.map.reset_reason
    started.memory[at] = dog | 1
    assert started.lib.watch_init() == 0
    assert (at, dog | 1 << 23 | 1) in started.writes


def test_the_watchdog_is_set_up_in_its_order(chip: Chip) -> None:
    chip.lib.rv_board_watchdog_start(chip.lib.rv_board_tick_hz())
    chip.lib.watch_settle()
    assert of_watchdog(chip) == list(chip.map.watchdog_start)
    chip.writes.clear()
    chip.lib.rv_board_watchdog_kick()
    chip.lib.watch_settle()
    assert of_watchdog(chip) == [chip.map.watchdog_kick]


def of_watchdog(chip: Chip) -> list[tuple[int, int]]:
    known = {a for a, _ in chip.map.watchdog_start}
    return [w for w in chip.writes if w[0] in chip.map.watchdog or w[0] in known]


def seconds(chip: Chip) -> float:
    """Return when the watchdog would bite, from what its registers hold."""
    of = {a & 0xFFF: v for a, v in chip.memory.items() if a in chip.map.watchdog}
    last = dict(chip.writes)
    if chip.map.watchdog_kick[1] == 0x6E524635:
        return (of[0x504] + 1) / 32768
    if chip.map.watchdog_kick[1] == 0xAAAA:
        return (of[8] + 1) * (4 << of.get(4, 0)) / 32000
    return last[chip.map.watchdog_kick[0]] / 1e6 / (2 if chip.map.each == 125 else 1)


@pytest.mark.parametrize("ms", [0.3, 4, 40, 400, 2500])
def test_the_watchdog_waits_as_long_as_is_asked(started: Chip, ms: float) -> None:
    hz = started.lib.rv_board_tick_hz()
    started.lib.rv_board_watchdog_start(int(hz * ms / 1000))
    started.lib.watch_settle()
    assert ms / 1000 <= seconds(started) <= ms / 1000 * 1.07 + 0.003


@pytest.mark.parametrize("library", NORDIC, indirect=True)
def test_the_watchdog_of_nordic_is_kicked_on_the_way_but_not_for_ever(started: Chip) -> None:
    hz, sleeps = started.lib.rv_board_tick_hz(), ctypes.c_uint32(0)
    assert started.lib.watch_init() == 0
    started.lib.rv_board_watchdog_start(hz // 100)
    started.memory[started.map.watchdog.start + 0x400] = 1
    started.lib.rv_board_watchdog_start(hz)
    started.lib.watch_settle()
    assert seconds(started) < 0.02, "it was not to be changed"
    started.writes.clear()
    begin = started.now
    started.lib.rv_board_wait(ctypes.c_uint32(begin + 4 * hz), ctypes.byref(sleeps))
    kicks = started.writes.count(started.map.watchdog_kick)
    assert 1.0 / 0.02 < kicks < 1.0 / 0.004, "for the second that was asked for, of four"
    assert sleeps.value > 300


def test_bytes_are_kept_in_order_and_the_newest_lost(chip: Chip) -> None:
    """None of this touches the watchdog."""
    sent = [(7 * k) % 256 for k in range(HELD + 44)]
    chip.line = [(chip.now + 9 * k, byte) for k, byte in enumerate(sent)]
    while chip.line:
        chip.lib.rv_board_ticks()
        chip.lib.watch_settle()
    assert chip.lib.rv_serial_full() & 1
    assert [chip.lib.watch_getc() for _ in range(HELD)] == sent[:HELD]
    assert not chip.lib.rv_serial_full() & 1
    chip.line = [(chip.now + 1000, 0xA5)]
    assert chip.lib.watch_getc() == 0xA5
    assert of_watchdog(chip) == []
    well(chip)


def test_no_byte_is_slept_through(chip: Chip) -> None:
    """Whenever it comes: before the look, between it and the sleep, or after."""
    for delay in range(1, 80):
        asleep, arrives = chip.n_sleeps, chip.now + delay
        chip.line = [(arrives, delay)]
        assert chip.lib.watch_getc() == delay
        assert chip.now - arrives < 100
        assert chip.n_sleeps - asleep <= 2
    assert chip.n_sleeps > 40
    assert of_watchdog(chip) == []
    well(chip)


@pytest.mark.parametrize("begin", [1000, (1 << 32) - 700, (1 << 35) - 700])
def test_no_tick_is_slept_through(chip: Chip, begin: int) -> None:
    sleeps, each = ctypes.c_uint32(0), chip.map.each
    chip.now = begin
    for left in (*range(1, 400, 3), 5000, 100000):
        start, asleep = chip.now, chip.n_sleeps
        until = (start * each + left) & ONES
        assert not chip.lib.rv_board_wait(ctypes.c_uint32(until), ctypes.byref(sleeps))
        assert 0 <= chip.now * each - (start * each + left) < 100 * each
        assert chip.n_sleeps - asleep <= 1
        if left >= 5000:
            assert chip.n_sleeps - asleep == 1, "it doesn't wait awake"
    assert of_watchdog(chip) == []
    well(chip)


def test_a_byte_ends_the_wait_for_a_tick(chip: Chip) -> None:
    sleeps, each = ctypes.c_uint32(0), chip.map.each
    for delay in range(1, 60):
        begin = chip.now
        chip.line = [(begin + delay, 0x77)]
        until = ctypes.c_uint32((begin + 100000) * each & ONES)
        assert chip.lib.rv_board_wait(until, ctypes.byref(sleeps))
        assert chip.now - begin < delay + 100
        assert chip.lib.watch_getc() == 0x77
    well(chip)


def test_the_safe_pin_tells_whether_there_is_an_answer(chip: Chip) -> None:
    safe, live = level(chip, chip.map.is_safe_high), level(chip, not chip.map.is_safe_high)
    for decoded, expected in ((3, live), (0xFFFF, safe), (0, live)):
        chip.writes.clear()
        chip.lib.rv_board_answer(decoded)
        chip.lib.watch_settle()
        assert chip.writes == [expected]
    chip.writes.clear()
    chip.lib.rv_board_safe_output(3)
    chip.lib.watch_settle()
    assert chip.writes == [safe]


def test_what_a_fault_says_needs_no_interrupt_and_kicks_nothing(chip: Chip) -> None:
    chip.is_masked, chip.is_stopped = True, True
    chip.out.clear()
    assert chip.lib.watch_panic(b"ranvier fault: x\n") == -1, "it never returns"
    said = b"ranvier fault: x\n"
    assert len(chip.out) == len(said)
    assert bytes(chip.out) in (said, bytes(len(said)))
    assert of_watchdog(chip) == []
