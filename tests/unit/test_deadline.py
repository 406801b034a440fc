# SPDX-License-Identifier: Apache-2.0
"""Deadlines: what is read, what is assumed, what is refused."""

from fractions import Fraction

import pytest

from ranvier.errors import RanvierError
from ranvier.targets.mcu.board import NAMES, board
from ranvier.targets.mcu.deadline import Cpi, Deadline, check_deadline, read_deadline
from ranvier.targets.mcu.worst.bound import CallBound, StepBound

M4 = board("qemu-mps2-an386")


def bound(instructions: int | None, *unknown: str) -> StepBound:
    call = CallBound(layer="p", kernel="rv_zero", instructions=instructions or 0, times=1, way="")
    return StepBound(instructions=instructions, own=0, calls=(call,), unknown=unknown)


@pytest.mark.parametrize(
    ("within", "clock", "seconds", "hertz"),
    [
        ("1ms", "64MHz", Fraction(1, 1000), 64_000_000),
        ("250us", "32768Hz", Fraction(1, 4000), 32_768),
        ("0.5 s", "1.5kHz", Fraction(1, 2), 1500),
    ],
)
def test_quantities_are_read(within: str, clock: str, seconds: Fraction, hertz: int) -> None:
    found = read_deadline(within, clock, 1.0, M4)
    assert found is not None
    assert (found.seconds, found.clock_hz) == (seconds, Fraction(hertz))


@pytest.mark.parametrize(
    ("within", "clock", "cpi", "where"),
    [
        ("1", "64MHz", None, "--deadline"),
        ("1 min", "64MHz", None, "--deadline"),
        ("-1ms", "64MHz", None, "--deadline"),
        ("0ms", "64MHz", None, "--deadline"),
        ("\u0661ms", "64MHz", None, "--deadline"),
        ("1e3ms", "64MHz", None, "--deadline"),
        ("", "64MHz", None, "--deadline"),
        ("1ms", "64", None, "--clock"),
        ("1ms", "64mhz", None, "--clock"),
        ("1ms", "64MHz", 0.0, "--cpi"),
        ("1ms", "64MHz", float("nan"), "--cpi"),
        ("1ms", "64MHz", float("inf"), "--cpi"),
        (None, "64MHz", None, "--clock"),
        (None, None, 2.0, "--cpi"),
    ],
)
def test_what_is_no_quantity_is_refused(
    within: str | None, clock: str | None, cpi: float | None, where: str
) -> None:
    with pytest.raises(RanvierError) as e:
        read_deadline(within, clock, cpi, M4)
    assert (e.value.code, e.value.loc) == ("C030", where)
    assert e.value.hint


def test_cycles_are_assumed_at_the_upper_end_and_only_where_something_is_known() -> None:
    for name in NAMES[1:]:
        core = board(name)
        clock = None if core.kind == "board" else "1MHz"  # a real board sets its own
        if core.flash is not None and core.flash.method == "uf2":
            with pytest.raises(RanvierError, match="serial flash") as e:
                read_deadline("1ms", clock, None, core)
            assert e.value.code == "C030"
            continue
        if core.core in ("cortex-m0", "cortex-m0plus", "cortex-m3", "cortex-m4"):
            found = read_deadline("1ms", clock, None, core)
            assert found is not None
            assert 1 <= found.cpi.low < found.cpi.high == found.cpi.value
            assert found.cpi.source
            continue
        with pytest.raises(RanvierError) as e:
            read_deadline("1ms", clock, None, core)
        assert (e.value.code, e.value.loc) == ("C030", "--cpi")
        assert core.core in e.value.what


def test_the_clock_is_that_of_the_boards_image_unless_another_is_said() -> None:
    there = board("nrf52840dk")
    emulated = board("qemu-microbit")
    for where, said, hertz in (
        (there, None, 64_000_000), (there, "64MHz", 64_000_000),
        (emulated, None, 16_000_000), (emulated, "48MHz", 48_000_000),
    ):  # fmt: skip
        found = read_deadline("1ms", said, None, where)
        assert found is not None
        assert found.clock_hz == Fraction(hertz)
    with pytest.raises(RanvierError, match="runs at 64 MHz"):
        read_deadline("1ms", "128MHz", None, there)
    with pytest.raises(RanvierError) as e:
        read_deadline("1ms", None, None, board("cortex-m4"))
    assert (e.value.code, e.value.loc) == ("C030", "--clock")


def test_this_computer_has_no_deadline() -> None:
    with pytest.raises(RanvierError) as e:
        read_deadline("1ms", "64MHz", 1.0, board("host"))
    assert e.value.code == "C032"


def test_a_deadline_is_met_up_to_its_last_instruction() -> None:
    cpi = Cpi(value=1.3, low=1.0, high=1.3, source="here")
    limit = Deadline(seconds=Fraction(1, 1000), clock_hz=Fraction(1_300_000), cpi=cpi)
    assert limit.instructions == 1000
    met = check_deadline(limit, bound(1000), M4)
    assert met["seconds_at_most"] == 1e-3
    assert (met["cycles_per_instruction"], met["source"]) == (1.3, "here")
    with pytest.raises(RanvierError) as e:
        check_deadline(limit, bound(1001), M4)
    assert e.value.code == "C031"
    assert "a clock of 1.31 MHz" in e.value.hint, "rounded so that it suffices"
    assert "at 1.3 cycles an instruction (here)" in e.value.what


def test_a_clock_that_no_core_has_is_not_proposed() -> None:
    cpi = Cpi(value=1.0, low=1.0, high=1.0, source="here")
    limit = Deadline(seconds=Fraction(1, 10**6), clock_hz=Fraction(25_000_000), cpi=cpi)
    for needed, said in ((1000, "a clock of 1000 MHz,"), (1001, "no core like this has a clock")):
        with pytest.raises(RanvierError) as e:
            check_deadline(limit, bound(needed), M4)
        assert e.value.hint.startswith(said)
    assert "a deadline of 40.08 us, a smaller network" in e.value.hint
    with pytest.raises(RanvierError) as e:
        check_deadline(limit, bound(100), board("nucleo-l432kc"))
    assert e.value.hint.startswith("a deadline of 4.004 us, a faster board, a smaller network")


def test_without_a_bound_no_deadline_is_promised() -> None:
    limit = read_deadline("1s", "1MHz", 1.0, M4)
    assert limit is not None
    with pytest.raises(RanvierError) as e:
        check_deadline(limit, bound(None, "a jump through a register in rv_x"), M4)
    assert e.value.code == "C032"
    assert "rv_x" in e.value.what
