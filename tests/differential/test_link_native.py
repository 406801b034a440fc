# SPDX-License-Identifier: Apache-2.0
"""The link as a program of its own under AddressSanitizer, which a Python cannot load."""

import struct
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.link_build import HOST_C, LINK, ROOT, SIGNATURE, TESTNET, compile_c
from tests.needs import need_program

from ranvier.tools.link.frames import Command, parse_reply, request
from ranvier.tools.link.layout import ASK_ONLY, hello_request

MAX_FRAME = 1024
X = struct.pack("<6h", 1, -2, 3, 400, -500, 32767)


@pytest.fixture(scope="module")
def native(tmp_path_factory: pytest.TempPathFactory) -> Path:
    need_program("gcc", "gcc")
    sources = [*LINK, TESTNET, ROOT / "tests/differential/link_stdio.c"]
    command = tuple(flag for flag in HOST_C if flag != "-ffreestanding")
    out = tmp_path_factory.mktemp("native") / "link"
    return compile_c(
        command, sources, out, "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"
    )


FRAMES = st.one_of(
    st.binary(max_size=80),
    st.builds(
        request,
        st.sampled_from([*Command, 9]).filter(lambda c: c != Command.EXIT),
        st.integers(0, 6),
        st.one_of(
            st.binary(max_size=20),
            st.binary(max_size=MAX_FRAME + 50),
            st.just(hello_request(SIGNATURE)),
            st.integers(1, 90).map(lambda k: b"\x02" + X * k),
            st.builds(struct.Struct("<HBHH").pack, st.integers(0, 3),
                      st.sampled_from([0, 1, 2, 128]), st.integers(0, 7), st.integers(0, 7)),
        ),
    ),
)  # fmt: skip


@given(st.lists(st.lists(FRAMES, max_size=40).map(b"".join), max_size=4).map(b"".join))
def test_no_byte_stream_touches_foreign_memory(native: Path, stream: bytes) -> None:
    hello = request(Command.HELLO, 0, hello_request(SIGNATURE))
    done = subprocess.run(
        [native], input=hello + stream, capture_output=True, timeout=20, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    frames = [part for part in (hello + stream).split(b"\0")[:-1] if part]
    answers = [parse_reply(part) for part in done.stdout.split(b"\0")[:-1]]
    assert len(answers) == len(frames) and None not in answers


def test_exit_carries_its_code(native: Path) -> None:
    wire = request(Command.HELLO, 0, hello_request(ASK_ONLY)) + request(Command.EXIT, 1, b"\x17")
    assert subprocess.run([native], input=wire, capture_output=True).returncode == 0x17
