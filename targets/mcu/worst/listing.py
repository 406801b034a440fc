# SPDX-License-Identifier: Apache-2.0
"""Machine code as objdump prints it: which instructions end a run of them, and where they lead."""

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["plain", "branch", "jump", "call", "return", "unknown"]

_LINE = re.compile(r"^\s*([0-9a-f]+):\t([^\s]+)(?:\t(.*))?$", re.MULTILINE)
_TARGET = re.compile(r"(?:^|[\s,#])(?:0x)?([0-9a-f]+) <")
_ARM_CONDITIONS = frozenset(
    ("eq", "ne", "cs", "hs", "cc", "lo", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le")
)
_ARM_BRANCHES = frozenset(("cbz", "cbnz", "le", "letp")) | {f"b{c}" for c in _ARM_CONDITIONS}
_ARM_SENT_TO = ("pop", "ldm", "ldr", "mov", "add")  # what may write the program counter
_FROM_STACK = re.compile(r"^pc, \[sp\]|\{.*\bpc\}")  # what a call has left there
_RISCV_BRANCHES = re.compile(r"b(eq|ne|lt|ge|ltu|geu|gt|le|gtu|leu|eqz|nez|ltz|gez|gtz|lez)$")


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction.

    Attributes
    ----------
    kind
        ``plain``: the next follows; ``branch``: the next or `target`; ``jump``: `target`; ``call``:
        `target`, then the next; ``return``; ``unknown``: nobody can tell from the code alone.
    conditional
        Whether a return may not happen, so that the next instruction follows.
    """

    address: int
    kind: Kind
    target: int | None = None
    conditional: bool = False


@dataclass(frozen=True, slots=True)
class Code:
    """An image's instructions by address, and its functions' names by theirs."""

    instructions: Mapping[int, Instruction]
    addresses: tuple[int, ...]  # ascending
    functions: Mapping[int, str]
    starts: Mapping[str, int]

    def after(self, address: int) -> int | None:
        """Return the address of the instruction that follows in memory."""
        k = bisect_right(self.addresses, address)
        return self.addresses[k] if k < len(self.addresses) else None

    def within(self, address: int) -> int | None:
        """Return where the function begins in which an address lies."""
        return max((start for start in self.functions if start <= address), default=None)


def read(text: str, functions: Mapping[str, int]) -> Code:
    """Read what ``objdump -d --no-show-raw-insn`` prints for Arm's Thumb or RISC-V.

    Parameters
    ----------
    functions
        Addresses of the functions by name, bit 0 cleared.
    """
    decode = _riscv if "file format elf32-littleriscv" in text else _thumb
    found = {}
    for at, mnemonic, operands in _LINE.findall(text):
        if mnemonic.startswith("."):
            continue  # data between the instructions
        address = int(at, 16)
        found[address] = decode(address, mnemonic, operands)
    names: dict[int, str] = {}
    for name, address in sorted(functions.items()):
        names.setdefault(address, name)
    return Code(found, tuple(sorted(found)), names, dict(functions))


def _target(operands: str) -> int | None:
    found = _TARGET.search(operands)
    return int(found[1], 16) if found else None


def _thumb(address: int, mnemonic: str, operands: str) -> Instruction:
    name = mnemonic.split(".")[0]
    if name in _ARM_BRANCHES or mnemonic.startswith(("wls", "le.", "letp")):
        return Instruction(address, "branch", _target(operands))
    if name in ("b", "bl"):
        return Instruction(address, "jump" if name == "b" else "call", _target(operands))
    bare = name[:-2] if name[-2:] in _ARM_CONDITIONS else name
    conditional = bare != name
    if (bare == "bx" and operands.strip() == "lr") or (
        name.startswith(("pop", "ldm", "ldr")) and _FROM_STACK.search(operands)
    ):
        return Instruction(address, "return", None, conditional)
    if bare in ("bx", "blx", "tbb", "tbh", "bl") or (
        name.startswith(_ARM_SENT_TO) and re.match(r"pc\b", operands)
    ):
        return Instruction(address, "unknown")
    if name == "udf":
        return Instruction(address, "return")  # it faults, and goes no further
    return Instruction(address, "plain")


def _riscv(address: int, mnemonic: str, operands: str) -> Instruction:
    name = mnemonic.removeprefix("c.")
    if _RISCV_BRANCHES.match(name):
        return Instruction(address, "branch", _target(operands))
    if name in ("ret", "mret", "ebreak", "unimp"):
        return Instruction(address, "return")
    target = _target(operands)
    if name in ("j", "jr", "tail") or (name in ("jal", "jalr") and operands.startswith("zero")):
        return Instruction(address, "unknown" if target is None else "jump", target)
    if name in ("jal", "jalr", "call"):
        through_t0 = operands.startswith("t0,")  # a call of a routine that saves registers
        return Instruction(address, "unknown" if target is None or through_t0 else "call", target)
    return Instruction(address, "plain")
