# SPDX-License-Identifier: Apache-2.0
"""What a board is made of: memories, the chip that identifies it, and how it is programmed."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

WORDS = range(1 << 32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """A region of the linker's: ``CODE``, ``RAM``, or ``TABLES`` where constants lie elsewhere.

    Attributes
    ----------
    origin, size
        Address and bytes.
    """

    name: str
    origin: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """How the chip on a board is told from others: ``word at address & mask == value``.

    Attributes
    ----------
    name
        As its maker writes it.
    address, mask, value
        A register that only this kind of chip answers so, read through the debug port.
    """

    name: str
    address: int
    mask: int
    value: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Programming:
    """How an image gets onto a board.

    Attributes
    ----------
    method
        ``pyocd``, ``openocd`` or ``uf2``.
    target
        pyocd's name of the chip; empty where it has none.
    identify
        The target that pyocd takes for the chip before it is known.
    scripts
        openocd's scripts: the interface and the chip.
    family
        UF2's number of the chip.
    drive
        The ``Board-ID`` that the chip's USB drive states.
    """

    method: Literal["pyocd", "openocd", "uf2"]
    target: str = ""
    identify: str = "cortex_m"
    scripts: tuple[str, ...] = ()
    family: int = 0
    drive: str = ""


def memory_fault(memories: tuple[Memory, ...]) -> str:
    """Return what contradicts itself in a board's memories, or nothing."""
    regions = [m.name for m in memories]
    wrong = ""
    if len(set(regions)) != len(regions) or not set(regions) <= {"CODE", "TABLES", "RAM"}:
        wrong = "`memories` are CODE, RAM and perhaps TABLES, each once"
    elif memories and not {"CODE", "RAM"} <= set(regions):
        wrong = "`memories` lack CODE or RAM"
    elif any(m.size <= 0 or m.origin < 0 or m.origin + m.size > 1 << 32 for m in memories):
        wrong = "a memory leaves the 32-bit address space"
    elif any(m.origin % 8 or m.size % 8 for m in memories):
        wrong = "a memory's `origin` or `size` is no multiple of 8"
    else:
        for low, high in pairwise(sorted(memories, key=lambda m: m.origin)):
            if low.origin + low.size > high.origin:
                wrong = f"the memories {low.name} and {high.name} overlap at 0x{high.origin:08x}"
    return wrong


def flash_fault(chip: Chip | None, how: Programming | None, memories: tuple[Memory, ...]) -> str:
    """Return what contradicts itself in how a board is known and programmed, or nothing."""
    wrong = ""
    if how is not None and (chip is None or not memories):
        wrong = "a board that is flashed needs `chip` and `memories`"
    elif chip is not None and not all(w in WORDS for w in (chip.address, chip.mask, chip.value)):
        wrong = "`chip`: `address`, `mask` and `value` are words of 32 bits"
    elif chip is not None and chip.address % 4:
        wrong = f"`chip`: no register is at 0x{chip.address:08x}, which is no multiple of 4"
    elif chip is not None and not chip.mask:
        wrong = "`chip`: with a `mask` of 0 every chip is this one"
    elif chip is not None and chip.value & ~chip.mask:
        wrong = "`chip`: `value` has bits that `mask` leaves out: no chip is this one"
    elif how is not None and how.family not in WORDS:
        wrong = "`flash`: `family` is a word of 32 bits"
    elif how is not None:
        wrong = _lacks(how)
    return wrong


def _lacks(how: Programming) -> str:
    needs: dict[str, tuple[str, ...]] = {
        "pyocd": ("target",), "openocd": ("scripts",), "uf2": ("family", "drive"),
    }  # fmt: skip
    missing = [key for key in needs[how.method] if not getattr(how, key)]
    return f"`flash` lacks {', '.join(missing)}, which {how.method} needs" if missing else ""
