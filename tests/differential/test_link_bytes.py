# SPDX-License-Identifier: Apache-2.0
"""The device's checksum and byte stuffing equal zlib's and the cobs library's."""

import ctypes
import zlib

import pytest
from cobs import cobs
from hypothesis import example, given
from hypothesis import strategies as st
from tests.link_build import FIRMWARE, HOST_C, ROOT, UNDEFINED, compile_c
from tests.needs import need_program

# Runs of 253..255 bytes without a zero are where COBS blocks end.
BYTES = st.one_of(
    st.binary(max_size=40),
    st.lists(
        st.one_of(st.just(b"\0"), st.integers(0, 600).map(lambda n: b"\x07" * n)), max_size=4
    ).map(b"".join),
)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    need_program("gcc", "gcc")
    sources = [ROOT / "tests/differential/bytes_api.c",
               FIRMWARE / "src/rv_crc32.c", FIRMWARE / "src/rv_cobs.c"]  # fmt: skip
    out = tmp_path_factory.mktemp("bytes") / "bytes.so"
    loaded = ctypes.CDLL(str(compile_c(HOST_C, sources, out, "-shared", "-fPIC", *UNDEFINED)))
    loaded.test_crc32.restype = ctypes.c_uint32
    return loaded


@given(st.binary(max_size=600))
def test_checksum_is_that_of_zlib(library: ctypes.CDLL, data: bytes) -> None:
    assert library.test_crc32(data, len(data)) == zlib.crc32(data)


@given(BYTES)
@example(b"")
@example(b"\x01" * 254)
@example(b"\x01" * 254 + b"\0")
@example(b"\x01" * 508)
def test_encoding_is_that_of_cobs(library: ctypes.CDLL, data: bytes) -> None:
    longest = len(data) + len(data) // 254 + 1
    out = ctypes.create_string_buffer(longest)
    length = library.test_encode(data, len(data), out)
    assert length <= longest
    assert out.raw[:length] == cobs.encode(data)


@given(st.one_of(BYTES, BYTES.map(cobs.encode)))
def test_decoding_is_that_of_cobs_also_in_place(library: ctypes.CDLL, data: bytes) -> None:
    try:
        expected: bytes | None = cobs.decode(data)
    except cobs.DecodeError:
        expected = None
    # What follows a frame in its buffer is not zero, and not to be read.
    apart = ctypes.create_string_buffer(len(data) + 1)
    same = ctypes.create_string_buffer(data + b"\x05")
    for source, out in ((data + b"\x05", apart), (same, same)):
        length = library.test_decode(source, len(data), out)
        assert (out.raw[:length] if length >= 0 else None) == expected
    assert apart.raw[len(data) :] == b"\0"  # never longer than its source
