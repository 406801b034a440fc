# SPDX-License-Identifier: Apache-2.0
"""UF2 files: every field of the format, a round trip, and damage."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranvier.errors import RanvierError
from ranvier.targets.mcu.board import board
from ranvier.tools.flash.firmware import Firmware
from ranvier.tools.flash.uf2 import decode, encode

BASE = 0x10000000
RP2040, RP2350 = 0xE48BFF56, 0xE48BFF59  # Microsoft's list of families; Arm, secure, for the latter


def test_the_boards_have_the_families_of_microsofts_list() -> None:
    families = [b.flash.family for b in (board("pico"), board("pico2")) if b.flash is not None]
    assert families == [RP2040, RP2350]


@given(data=st.binary(min_size=1, max_size=2000), family=st.sampled_from((RP2040, RP2350)))
def test_every_block_is_as_the_format_says(data: bytes, family: int) -> None:
    """Read without the code that wrote it: offsets and numbers as in the specification."""
    text = encode(Firmware(base=BASE, data=data), family)
    pages = (len(data) + 255) // 256
    assert len(text) == 512 * pages
    content = b""
    for k in range(pages):
        block = text[512 * k : 512 * (k + 1)]
        word = struct.unpack("<8I", block[:32])
        assert block[:4] == b"UF2\n"
        assert word[1] == 0x9E5D5157
        assert word[2] == 0x2000  # the family is present; nothing else
        assert word[3] == BASE + 256 * k
        assert word[3] % 256 == 0
        assert word[4] == 256
        assert word[5:7] == (k, pages)
        assert word[7] == family
        assert block[508:] == (0x0AB16F30).to_bytes(4, "little")
        assert not any(block[288:508])
        content += block[32:288]
    assert content[: len(data)] == data
    assert not any(content[len(data) :])


@given(data=st.binary(min_size=1, max_size=1500))
def test_what_was_encoded_is_decoded(data: bytes) -> None:
    found = decode(encode(Firmware(base=BASE, data=data), RP2350), RP2350, "f")
    assert found.base == BASE
    assert found.data == data + bytes(-len(data) % 256)


@given(
    place=st.integers(0, 3 * 512 - 1), bit=st.integers(0, 7),
)  # fmt: skip
def test_a_flipped_bit_outside_the_content_is_found(place: int, bit: int) -> None:
    text = bytearray(encode(Firmware(base=BASE, data=bytes(700)), RP2040))
    text[place] ^= 1 << bit
    inside = 32 <= place % 512 < 508
    if inside:
        decode(bytes(text), RP2040, "f")
    else:
        with pytest.raises(RanvierError) as e:
            decode(bytes(text), RP2040, "f")
        assert e.value.code == "F008"


@pytest.mark.parametrize("keep", [0, 1, 511, 512, 513, 1024])
def test_a_file_that_was_cut_is_found(keep: int) -> None:
    text = encode(Firmware(base=BASE, data=bytes(700)), RP2040)
    with pytest.raises(RanvierError, match=r"blocks|not the"):
        decode(text[:keep], RP2040, "f")


def test_a_file_of_another_chip_is_found() -> None:
    text = encode(Firmware(base=BASE, data=b"x"), RP2040)
    with pytest.raises(RanvierError, match="for this chip"):
        decode(text, RP2350, "f")
