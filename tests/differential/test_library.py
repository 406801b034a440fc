# SPDX-License-Identifier: Apache-2.0
"""A network compiled as a library, called from a C program that knows nothing of Ranvier."""

import io
import subprocess
from pathlib import Path

import numpy as np
import pytest
from tests.needs import need_program
from tests.networks import data, network

from ranvier.errors import RanvierError
from ranvier.tools.verbs.compile import compile
from ranvier.tools.verbs.verify import verify

PROGRAM = """
#include <inttypes.h>
#include <stdio.h>
#include "motion.h"
#include "vectors.h"

int main(void)
{
    static motion_state_t s;
    for (int k = 0; k < SAMPLES; ++k) {
        uint16_t decoded = 0;
        motion_init(&s);
        for (int t = 0; t < STEPS; ++t) {
            decoded = motion_step(&s, raw[k][t]);
            for (int i = 0; i < MOTION_OUTPUTS; ++i) {
                printf("%" PRId32 " ", s.out[i]);
            }
        }
        printf("%u\\n", (unsigned)decoded);
    }
    return 0;
}
"""


def test_a_c_program_gets_the_golden_answers(tmp_path: Path) -> None:
    need_program("gcc", "gcc libc6-dev")
    build = compile(network("motion"), "host", tmp_path / "lib", emit="library").build
    with np.load(io.BytesIO((build.path / "golden.npz").read_bytes())) as golden:
        raw, out, classes = golden["raw"], golden["out"], golden["classes"]
    values = ",".join(str(v) for v in raw.ravel().tolist())
    samples, steps, channels = raw.shape
    (tmp_path / "vectors.h").write_text(
        f"#define SAMPLES {samples}\n#define STEPS {steps}\n"
        f"static const int16_t raw[SAMPLES][STEPS][{channels}] = {{{values}}};\n"
    )
    (tmp_path / "main.c").write_text(PROGRAM)
    program = tmp_path / "main"
    flags = ["-std=c11", "-Wall", "-Wno-missing-braces", "-I", str(build.path / "src")]
    command = ["gcc", *flags, str(tmp_path / "main.c"), str(build.image), "-o", str(program)]
    subprocess.run(command, check=True)
    printed = subprocess.run([program], check=True, capture_output=True, text=True).stdout
    lines = [[int(word) for word in line.split()] for line in printed.splitlines()]
    np.testing.assert_array_equal([line[:-1] for line in lines], out.reshape(samples, -1))
    assert [line[-1] for line in lines] == classes.tolist()
    assert np.abs(out).max() > 0


def test_a_library_cannot_be_verified_by_itself(tmp_path: Path) -> None:
    need_program("gcc", "gcc libc6-dev")
    build = compile(network("motion"), "host", tmp_path / "lib", emit="library").build
    with pytest.raises(RanvierError) as e:
        verify(build, data("motion")[1], samples=1)
    assert e.value.code == "B006"
