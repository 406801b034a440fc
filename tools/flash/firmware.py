# SPDX-License-Identifier: Apache-2.0
"""An image as what is written into a board's flash: one address, bytes, and their hash."""

import hashlib
import io
from dataclasses import dataclass
from itertools import pairwise

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile

from ranvier.errors import RanvierError
from ranvier.targets.mcu.board import Board
from ranvier.targets.mcu.board_parts import Memory
from ranvier.targets.mcu.elf import symbols_of
from ranvier.tools.flash.boot_rom import refuses

ERASED = b"\xff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Firmware:
    """Bytes that lie in flash from `base` on, gaps filled as erased flash reads."""

    base: int
    data: bytes

    @property
    def sha256(self) -> str:
        """The hash of the bytes."""
        return hashlib.sha256(self.data).hexdigest()


def read_firmware(elf: bytes, board: Board, loc: str) -> Firmware:
    """Return what an ELF image stores, after checking that it is made for the board.

    Raises
    ------
    RanvierError
        F007 where it is no image, leaves the board's memories, or does not start as it must: its
        vectors in flash, the first stack pointer in RAM, the first instruction in its own code, and
        on a Pico what the boot ROM asks for.
    """
    try:
        parts, used = _segments(elf)
    except (ELFError, KeyError, ValueError) as e:
        raise _unfit(f"not a readable ELF image: {e}", loc) from e
    code, ram = board.memory("CODE"), board.memory("RAM")
    if not parts:
        raise _unfit("the image stores nothing", loc)
    for address, data in parts:
        if not _inside(code, address, len(data)):
            raise _unfit(
                f"{len(data)} bytes at 0x{address:08x} lie outside the flash of {board.name}", loc
            )
    for address, size in used:
        if not _inside(code, address, size) and not _inside(ram, address, size):
            raise _unfit(
                f"{size} bytes at 0x{address:08x} run outside the memories of {board.name}", loc
            )
    if any(left[0] + len(left[1]) > right[0] for left, right in pairwise(parts)):
        raise _unfit("two segments overlap", loc)
    base = parts[0][0]
    if base != code.origin:
        raise _unfit(f"the image starts at 0x{base:08x}, the flash at 0x{code.origin:08x}", loc)
    data = b""
    for address, part in parts:
        data += ERASED * (address - base - len(data)) + part
    found = Firmware(base=base, data=data)
    _check_start(found, board, vectors(elf), loc)
    refused = refuses(board.flash.family, data) if board.flash is not None else ""
    if refused:
        raise _unfit(f"the boot ROM of {board.name} would not start the image: {refused}", loc)
    return found


def vectors(elf: bytes) -> int:
    """Return the address of the image's vector table; -1 where it has none."""
    return next((s.address for s in symbols_of(elf) if s.name == "rv_vector_table"), -1)


def _segments(elf: bytes) -> tuple[list[tuple[int, bytes]], list[tuple[int, int]]]:
    """Return (address, bytes) of what is stored, ascending, and (address, size) of what runs."""
    loads = [
        s
        for s in ELFFile(io.BytesIO(elf)).iter_segments()
        if s["p_type"] == "PT_LOAD" and s["p_memsz"]
    ]
    stored = [(int(s["p_paddr"]), s.data()) for s in loads if s["p_filesz"]]
    return sorted(stored), [(int(s["p_vaddr"]), int(s["p_memsz"])) for s in loads]


def _inside(memory: Memory, address: int, size: int) -> bool:
    return memory.origin <= address and address + size <= memory.origin + memory.size


def _check_start(found: Firmware, board: Board, table: int, loc: str) -> None:
    at = table - found.base
    if not 0 <= at <= len(found.data) - 8:
        raise _unfit("the image has no vector table", loc)
    stack, reset = (int.from_bytes(found.data[at + k : at + k + 4], "little") for k in (0, 4))
    ram = board.memory("RAM")
    if not ram.origin < stack <= ram.origin + ram.size or stack % 8:
        raise _unfit(f"the first stack pointer is 0x{stack:08x}, outside RAM", loc)
    if not reset & 1 or not found.base <= reset - 1 < found.base + len(found.data):
        raise _unfit(f"the reset vector is 0x{reset:08x}, no Thumb code of the image", loc)


def _unfit(what: str, loc: str) -> RanvierError:
    return RanvierError("F007", what, loc=loc, hint="compile the network again for this board")
