# SPDX-License-Identifier: Apache-2.0
"""What the boot ROMs of the Picos ask of an image before they start it."""

RP2040, RP2350 = 0xE48BFF56, 0xE48BFF59  # their families in UF2
STAGE = 256  # bytes of the RP2040's second stage, its checksum included
SEARCHED = 4096  # bytes in which the RP2350 looks for a block
_BEGIN, _END = 0xFFFFDED3, 0xAB123579
_IMAGE_TYPE, _LAST = 0x42, 0xFF


def refuses(family: int, data: bytes) -> str:
    """Return why the boot ROM of this family would not start what flash begins with; or nothing."""
    if family == RP2040:
        return _second_stage(data[:STAGE])
    if family == RP2350:
        return _image_def(data[:SEARCHED])
    return ""


def _second_stage(block: bytes) -> str:
    """RP2040 Datasheet, Flash Second Stage: its last word is a CRC-32 of all before it."""
    if len(block) < STAGE:
        return f"{len(block)} bytes hold no second stage of {STAGE}"
    stated, found = int.from_bytes(block[-4:], "little"), crc32_mpeg2(block[:-4])
    if stated != found:
        return f"its second stage has the checksum 0x{found:08x}, and says 0x{stated:08x}"
    return ""


def crc32_mpeg2(data: bytes) -> int:
    """Return the CRC-32 of polynomial 0x04C11DB7, from ones, bits not reversed, not inverted."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1 & 0xFFFFFFFF) ^ (0x04C11DB7 if crc >> 31 else 0)
    return crc


def _image_def(data: bytes) -> str:
    """RP2350 Datasheet, 5.9: a block that begins with an IMAGE_TYPE for Arm, secure."""
    words = [int.from_bytes(data[k : k + 4], "little") for k in range(0, len(data) - 3, 4)]
    if _BEGIN not in words:
        return f"no IMAGE_DEF begins within its first {SEARCHED} bytes"
    block = words[words.index(_BEGIN) + 1 :]
    if len(block) < 4 or block[0] & 0xFFFF != 0x0100 | _IMAGE_TYPE:
        return "its first block is no IMAGE_DEF of one word"
    if block[0] >> 16 != 0x1021:  # RP2350 1 << 12, Arm 0 << 8, secure 2 << 4, executable 1
        return f"its IMAGE_TYPE 0x{block[0] >> 16:04x} is no secure executable for the Arm cores"
    if block[1:4] != [0x0000_0100 | _LAST, 0, _END]:
        return "its IMAGE_DEF has no end, or leads to another block"
    return ""
