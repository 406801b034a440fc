# SPDX-License-Identifier: Apache-2.0
"""UF2: an image as blocks of 512 bytes for a USB drive, each saying where its part belongs.

Microsoft's specification, https://github.com/microsoft/uf2. RP2040 and RP2350 take blocks of 256
bytes at multiples of 256 (RP2040 Datasheet, UF2 Format Details).
"""

import struct

from ranvier.errors import RanvierError
from ranvier.tools.flash.firmware import Firmware

BLOCK, PAGE = 512, 256
_MAGIC = (0x0A324655, 0x9E5D5157)
_END = 0x0AB16F30
_FAMILY_PRESENT = 0x00002000
_HEAD = struct.Struct("<8I")


def encode(firmware: Firmware, family: int) -> bytes:
    """Return the file: as many blocks as the image has pages, the last page filled with zeros."""
    pages = -(-len(firmware.data) // PAGE)
    return b"".join(
        _HEAD.pack(*_MAGIC, _FAMILY_PRESENT, firmware.base + k * PAGE, PAGE, k, pages, family)
        + firmware.data[k * PAGE : (k + 1) * PAGE].ljust(BLOCK - _HEAD.size - 4, b"\0")
        + _END.to_bytes(4, "little")
        for k in range(pages)
    )


def decode(data: bytes, family: int, loc: str) -> Firmware:
    """Return the image in a file, to the whole page.

    Raises
    ------
    RanvierError
        F008 where the file is not what `encode` makes for this family.
    """
    if not data or len(data) % BLOCK:
        raise _damaged(f"{len(data)} bytes are no whole number of blocks", loc)
    blocks = [data[k : k + BLOCK] for k in range(0, len(data), BLOCK)]
    base = _HEAD.unpack_from(blocks[0])[3]
    if base % PAGE:
        raise _damaged(f"the image starts at 0x{base:08x}, between two pages", loc)
    content = b""
    for k, block in enumerate(blocks):
        expected = (*_MAGIC, _FAMILY_PRESENT, base + k * PAGE, PAGE, k, len(blocks), family)
        if _HEAD.unpack_from(block) != expected or block[-4:] != _END.to_bytes(4, "little"):
            raise _damaged(f"block {k} is not the {k + 1}. of {len(blocks)} for this chip", loc)
        content += block[_HEAD.size : _HEAD.size + PAGE]
    return Firmware(base=base, data=content)


def _damaged(what: str, loc: str) -> RanvierError:
    return RanvierError("F008", what, loc=loc, hint="write the file again")
