# SPDX-License-Identifier: Apache-2.0
"""The bound of a step: what is read from machine code, and what is said of kernels."""

import re
from pathlib import Path

import pytest

from ranvier.targets.mcu.update import CORES
from ranvier.targets.mcu.worst.blocks import Unbounded
from ranvier.targets.mcu.worst.bound import instructions, step
from ranvier.targets.mcu.worst.calls import Call
from ranvier.targets.mcu.worst.listing import Code, read
from ranvier.targets.mcu.worst.loops import KERNELS
from ranvier.targets.mcu.worst.sizes import Sizes

FIRMWARE = Path(__file__).resolve().parents[2] / "firmware"
NO_STEP = re.compile(
    r"rv_(link.*|board_default|cobs|crc32|probe|main|mem)$"
)  # the link's, not a network's


def code(*functions: str) -> Code:
    """Return the code of functions written as ``name: mnemonic operands; ...``.

    ``@k`` is the address of a function's k-th instruction, ``&name`` that of a function.
    """
    starts, lines = {}, []
    split = [f.partition(":") for f in functions]
    for k, (name, _, _) in enumerate(split):
        starts[name] = 0x1000 * (k + 1)
    for name, _, body in split:
        for k, text in enumerate(body.split(";")):
            mnemonic, _, operands = text.strip().partition(" ")
            for place in set(re.findall(r"@(\d+)", operands)):
                target = f"{starts[name] + 2 * int(place):x} <x>"
                operands = re.sub(rf"@{place}\b", target, operands)
            operands = re.sub(r"&(\w+)", lambda m: f"{starts[m[1]]:x} <{m[1]}>", operands)
            lines.append(f"{starts[name] + 2 * k:8x}:\t{mnemonic}\t{operands}")
    return read("\n".join(lines) + "\n", starts)


def test_every_kernel_of_the_firmware_says_how_often_its_loops_are_passed() -> None:
    """What a network can call is what has a file of its own and is not of the link."""
    files = [p for p in sorted(FIRMWARE.glob("*/rv_*.c")) if not NO_STEP.match(p.stem)]
    found = {p.stem for p in files}
    assert len(found) > 60, "the search finds the sources"
    assert found <= KERNELS.keys(), "give it an entry in targets/mcu/worst/loops.py"
    assert KERNELS.keys() <= found | CORES.keys()


def test_a_straight_function_takes_its_instructions() -> None:
    assert instructions(code("rv_history_at: movs r0, #1; add r0, r1; bx lr"), "rv_history_at",
                        Sizes()) == 3  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        "cmp r0, #0; beq.n @4; nop; bx lr; nop; nop; nop; bx lr",
        "cmp r0, #0; beq.n @5; nop; nop; nop; bx lr",
        "cmp r0, #0; beq.n @4; nop; b.n @7; nop; nop; nop; bx lr",
    ],
)
def test_of_two_ways_the_longer_counts(body: str) -> None:
    """Whether they end apart or meet again."""
    assert instructions(code(f"rv_history_at: {body}"), "rv_history_at", Sizes()) == 6


def test_a_loop_left_at_its_end_is_passed_as_often_as_its_source() -> None:
    found = code("rv_zero: movs r2, #0; strb r2, [r0]; adds r0, #1; cmp r0, r1; bne.n @1; bx lr")
    assert instructions(found, "rv_zero", Sizes(n=10)) == 1 + 10 * 4 + 1


def test_a_loop_left_at_its_start_is_tested_once_more() -> None:
    found = code("rv_zero: cmp r0, r1; beq.n @5; strb r2, [r0]; adds r0, #1; b.n @0; bx lr")
    assert instructions(found, "rv_zero", Sizes(n=10)) == 10 * 5 + 2 + 1


def test_a_loop_within_a_loop() -> None:
    found = code(
        "rv_project_events_i8: nop; nop; nop; cmp r1, r2; bne.n @2; cmp r3, r4; bne.n @1; bx lr"
    )
    sizes = Sizes(events=3, targets=5)
    assert instructions(found, "rv_project_events_i8", sizes) == 1 + 3 * 3 + 15 * 3 + 1


def test_a_loop_that_is_entered_in_two_places() -> None:
    """As where a compiler copied its first test: one way in is walked before the passes count."""
    found = code("rv_zero: beq.n @2; nop; nop; bne.n @1; bx lr")
    assert instructions(found, "rv_zero", Sizes(n=3)) == 1 + 2 + 3 * 3 + 1


def test_two_loops_in_turn_are_each_its_own() -> None:
    heavy = "nop; nop; nop; nop; cmp r0, r1; bne.n @0"
    found = code(f"rv_scan_u8: {heavy}; nop; cmp r0, r1; bne.n @6; bx lr")
    assert instructions(found, "rv_scan_u8", Sizes(n=19)) == 2 * 6 + 3 * 3 + 1


def test_copies_of_a_loop_are_together_passed_as_often() -> None:
    """Two ways with a loop each: the heavier one counts."""
    found = code(
        "rv_lif_i16: beq.n @4; nop; bne.n @1; bx lr; nop; nop; nop; bne.n @4; bx lr"
    )  # fmt: skip
    assert instructions(found, "rv_lif_i16", Sizes(n=7)) == 1 + 7 * 4 + 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("rv_zero: nop; nop; bne.n @1; bne.n @0; bx lr", "nested otherwise"),
        ("rv_history_at: nop; bne.n @0; bx lr", "nested otherwise"),
        (
            "rv_zero: beq.n @3; beq.n @5; nop; beq.n @1; nop; beq.n @1; beq.n @3; bx lr",
            "two entries",
        ),
        ("rv_zero: bx r3", "through a register"),
        ("rv_zero: tbb [pc, r0]", "through a register"),
        ("rv_zero: blx r3; bx lr", "through a register"),
        ("rv_zero: ldr pc, [r3]", "through a register"),
        ("rv_zero: nop", "no code"),
    ],
)
def test_what_cannot_be_bounded_is_named(text: str, says: str) -> None:
    name = text.partition(":")[0]
    with pytest.raises(Unbounded, match=says):
        instructions(code(text), name, Sizes(n=3))


def test_a_far_jump_that_is_written_as_a_call() -> None:
    """As gcc does on Armv6-M, whose branches reach 2 KiB."""
    found = code("rv_history_at: bl @3; nop; nop; bx lr")
    assert instructions(found, "rv_history_at", Sizes()) == 2


def test_a_function_that_nobody_listed_has_no_bound() -> None:
    with pytest.raises(Unbounded, match="rv_new, whose loops nobody has listed"):
        instructions(code("rv_new: bx lr"), "rv_new", Sizes())
    found = code("rv_zero: bl &memset; bx lr", "memset: bx lr")
    with pytest.raises(Unbounded, match="memset"):
        instructions(found, "rv_zero", Sizes(n=3))


def test_a_step_is_its_own_instructions_and_those_of_its_calls() -> None:
    found = code(
        "net_step: push {lr}; bl &rv_zero; b.w &rv_history_at",
        "rv_zero: nop; bne.n @0; bx lr",
        "rv_history_at: nop; bx lr",
    )
    planned = (
        Call(layer="a", kernel="rv_zero", sizes=Sizes(n=5), times=2),
        Call(layer="a", kernel="rv_history_at", sizes=Sizes()),
    )
    bound = step(found, "net_step", planned, 1)
    assert (bound.own, bound.instructions) == (3, 3 + 2 * (5 * 2 + 1) + 2)
    assert [c.instructions for c in bound.calls] == [11, 2]
    other = step(found, "net_step", planned[1:], 1)
    assert other.instructions is None
    assert other.unknown == ("rv_zero",)


def test_riscv_code_is_read_as_well() -> None:
    text = (
        "x: file format elf32-littleriscv\n"
        "    1000:\tli\ta5,0\n    1004:\tbeqz\ta1,1010 <rv_zero+0x10>\n"
        "    1006:\tsb\tzero,0(a0)\n    1008:\taddi\ta0,a0,1\n"
        "    100a:\tbne\ta0,a1,1006 <rv_zero+0x6>\n    1010:\tret\n"
    )
    found = read(text, {"rv_zero": 0x1000})
    assert instructions(found, "rv_zero", Sizes(n=4)) == 2 + 4 * 3 + 1
