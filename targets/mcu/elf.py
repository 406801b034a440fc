# SPDX-License-Identifier: Apache-2.0
"""What an ELF image says of its functions and data: one reading of its table of symbols."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from ranvier.errors import RanvierError


@dataclass(frozen=True, slots=True, kw_only=True)
class Symbol:
    """A name in an image.

    Attributes
    ----------
    address
        Of a function its first instruction's: bit 0, which says that it is Thumb, cleared.
    size
        Bytes; 0 where it only marks a place.
    section
        Index of the section that it lies in; None for one that lies in none.
    file
        The source of a name that only that source knows; empty for others.
    """

    name: str
    address: int
    size: int
    function: bool
    data: bool
    section: int | None
    file: str


def symbols(elf: ELFFile) -> Iterator[Symbol]:
    """Yield the symbols of an image in their order; none where it has been stripped."""
    table = elf.get_section_by_name(".symtab")
    if not isinstance(table, SymbolTableSection):
        return
    file = ""
    for s in table.iter_symbols():
        kind, section = s["st_info"]["type"], s["st_shndx"]
        if kind == "STT_FILE":
            file = s.name
            continue
        function = kind == "STT_FUNC"
        yield Symbol(
            name=s.name, address=int(s["st_value"]) & (~1 if function else ~0),
            size=int(s["st_size"]), function=function, data=kind == "STT_OBJECT",
            section=section if isinstance(section, int) else None,
            file=file if s["st_info"]["bind"] == "STB_LOCAL" else "",
        )  # fmt: skip


def symbols_of(image: bytes) -> tuple[Symbol, ...]:
    """Return the symbols of an image's bytes."""
    return tuple(symbols(ELFFile(io.BytesIO(image))))


@contextmanager
def readable(loc: str) -> Iterator[None]:
    """Turn what pyelftools says of bytes that are no ELF image into C004."""
    try:
        yield
    except (ELFError, KeyError, ValueError) as e:
        raise RanvierError(
            "C004", f"not a readable ELF image: {e}", loc=loc, hint="compile the network again"
        ) from e
