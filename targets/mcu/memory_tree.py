# SPDX-License-Identifier: Apache-2.0
"""Every byte of an image's memory by what it is for: a tree that adds up to its sections."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import Section

from ranvier.targets.mcu.elf import readable, symbols
from ranvier.targets.mcu.memory_groups import STACK, Origin, group, member_group
from ranvier.targets.mcu.plan import Plan
from ranvier.targets.mcu.state import places

_NOPS = (b"\x00\xbf", b"\xc0\x46", b"\x01\x00", b"\x00\x00")  # Thumb's two, RISC-V's, none
_STATE = "own_state"


@dataclass(slots=True)
class Branch:
    """A part of the image: its bytes, those of all below it, and these, the largest first."""

    name: str
    rom: int = 0
    ram: int = 0
    below: dict[str, "Branch"] = field(default_factory=dict)

    def add(self, path: tuple[str, ...], rom: int, ram: int) -> None:
        """Add bytes to what `path` leads to."""
        self.rom += rom
        self.ram += ram
        if path:
            child = self.below.setdefault(path[0], Branch(path[0]))
            child.add(path[1:], rom, ram)

    def to_json(self) -> dict[str, Any]:
        """Return the branch as plain data; a leaf has no ``parts``."""
        parts = sorted(self.below.values(), key=lambda b: (-b.rom - b.ram, b.name))
        found: dict[str, Any] = {"name": self.name, "rom": self.rom, "ram": self.ram}
        return {**found, "parts": [b.to_json() for b in parts]} if parts else found


def memory_tree(data: bytes, loc: str, plan: Plan, origin: Origin) -> Branch:
    """Return where each byte of an ELF image that takes memory belongs.

    Initialised variables count in both memories. The stack's reserve is part of RAM.

    Parameters
    ----------
    origin
        Where functions and files are.

    Raises
    ------
    RanvierError
        C004 where the bytes are not an ELF image.
    """
    root = Branch("image")
    with readable(loc):
        elf = ELFFile(io.BytesIO(data))
        found = _symbols(elf)
        for index, section in enumerate(elf.iter_sections()):
            if section.header["sh_flags"] & SH_FLAGS.SHF_ALLOC:
                _section(root, section, found.get(index, []), plan, origin)
    return root


def _symbols(elf: ELFFile) -> dict[int, list[tuple[int, int, str, str]]]:
    """Return (address, bytes, name, file) of what has a size, by section and ascending."""
    found: dict[int, list[tuple[int, int, str, str]]] = {}
    for s in symbols(elf):
        if s.section is not None and s.size and (s.function or s.data):
            found.setdefault(s.section, []).append((s.address, s.size, s.name, s.file))
    return {k: sorted(v) for k, v in found.items()}


def _section(
    root: Branch, section: Section, symbols: list[tuple[int, int, str, str]], plan: Plan,
    origin: Origin,
) -> None:  # fmt: skip
    header = section.header
    stored = header["sh_type"] != "SHT_NOBITS"
    writable = bool(header["sh_flags"] & SH_FLAGS.SHF_WRITE)

    def add(path: tuple[str, ...], size: int) -> None:
        root.add(path, size if stored else 0, size if writable else 0)

    if section.name == ".stack":
        add((STACK,), header["sh_size"])
        return
    at = start = header["sh_addr"]
    content = section.data() if stored else b""
    for address, size, name, file in symbols:
        if address > at:
            add(_between(content[at - start : address - start], section.name), address - at)
        here = max(0, address + size - max(at, address))
        for path, part in _parts(name, file, here, plan, origin):
            add(path, part)
        at = max(at, address + size)
    end = start + header["sh_size"]
    if end > at:
        add(_between(content[at - start :], section.name), end - at)


def _between(content: bytes, section: str) -> tuple[str, ...]:
    """Return where bytes without a symbol belong: to alignment, or to strings and the format."""
    words = {content[k : k + 2] for k in range(0, len(content) - 1, 2)}
    empty = words <= set(_NOPS) and not any(content[len(content) & ~1 :])
    return ("padding", section) if empty else ("without a name", section)


def _parts(
    name: str, file: str, size: int, plan: Plan, origin: Origin
) -> Iterator[tuple[tuple[str, ...], int]]:
    """Yield a symbol's bytes by where they belong: the state's, member by member."""
    members = places(plan) if name == _STATE else []
    if not members or size < members[-1][1] + members[-1][2]:
        yield (*group(name, file, plan, origin), name), size
        return
    for member, _, length in members:
        yield (*member_group(member, plan), member), length
    rest = size - sum(length for _, _, length in members)
    if rest:
        yield ("padding", name), rest
