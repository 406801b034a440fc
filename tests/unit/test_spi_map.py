# SPDX-License-Identifier: Apache-2.0
"""The map of the core's SPI: what was made of its one description is current; frames are right."""

import subprocess
import sys

import pytest
from tests.cases import ROOT

from ranvier.targets.fpga import registers, spi_map
from ranvier.targets.fpga.driver import Layout, crc, read_frame, write_frame


def test_what_is_made_of_the_map_is_current() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "dev" / "spi_map.py", "--check"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.stdout, done.returncode) == ("", 0), done.stderr


def test_numbers_and_bits_are_nobody_elses() -> None:
    for numbers in (
        [s.number for s in registers.SPACES],
        [r.address for r in registers.REGISTERS],
        *(
            [bit for f in r.fields for bit in range(f.bit, f.bit + f.width)]
            for r in registers.REGISTERS
        ),
    ):
        assert len(set(numbers)) == len(numbers)
        assert all(0 <= n < 16 for n in numbers)


def test_the_crc_is_that_of_the_catalogue() -> None:
    # https://reveng.sourceforge.io/crc-catalogue/16.htm: CRC-16/GENIBUS, check 0xd64e
    assert crc(b"123456789") == 0xD64E


def test_frames() -> None:
    assert write_frame(spi_map.SPACE_EVENTS, 0, [0x1234]).hex()[:12] == "840000001234"
    assert read_frame(spi_map.SPACE_REGISTERS, 3, 2).hex()[:8] == "00010003"
    assert len(read_frame(spi_map.SPACE_REGISTERS, 3, 2)) == 4 + 2 + 2 + 4 + 2


@pytest.mark.parametrize(
    ("address", "value", "words"), [(15, 0, 1), (16, 0, 2), (9, 6, 1), (9, 7, 2)]
)
def test_events_take_one_word_or_two(address: int, value: int, words: int) -> None:
    layout = Layout(
        signature=0, address_bits=address, value_bits=value, state_bits=16, lanes=8,
        weight_rows=1, weight_words=4,
    )  # fmt: skip
    assert layout.event_words == words
    assert layout.end < 1 << 16 * words
