# SPDX-License-Identifier: Apache-2.0
"""Emitted libraries, and how their sources are compiled without anything of Ranvier's."""

import io
import subprocess
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ranvier.tools.build import Build

STRICT = ("-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror")

PROGRAM = """
#include <inttypes.h>
#include <stdio.h>
#include "{net}.h"
#include "{net}_data.h"

static {net}_state_t {net}_state;

void {net}_print(void);

void {net}_print(void)
{{
    printf("%d\\n", (int)sizeof {net}_state);
    for (int k = 0; k < {samples}; ++k) {{
        uint16_t decoded = 0;
        {net}_init(&{net}_state);
        for (int t = 0; t < {steps}; ++t) {{
            decoded = {net}_step(&{net}_state, {net}_data[k][t]);
            for (unsigned i = 0; i < {upper}_OUTPUTS; ++i) {{
                printf("%" PRId32 " ", {net}_state.out[i]);
            }}
        }}
        printf("%u\\n", (unsigned)decoded);
    }}
}}
"""


def golden(build: Build) -> dict[str, NDArray[np.integer]]:
    """Return the golden vectors of a build."""
    with np.load(io.BytesIO((build.path / "golden.npz").read_bytes())) as f:
        return {key: f[key] for key in f.files}


def write_caller(build: Build, folder: Path) -> Path:
    """Write a C file that prints the library's answers to the golden vectors: NET_print()."""
    net, raw = build.network.name, golden(build)["raw"]
    samples, steps = raw.shape[0], golden(build)["out"].shape[1]
    rows = [[", ".join(map(str, step)) for step in s] for s in raw.reshape(samples, steps, -1)]
    values = ",\n".join("{" + ",\n".join("{" + row + "}" for row in s) + "}" for s in rows)
    size = raw[0].size // steps
    (folder / f"{net}_data.h").write_text(
        f"static const {raw.dtype.name}_t {net}_data[{samples}][{steps}][{size}] = {{{values}}};\n"
    )
    path = folder / f"{net}_caller.c"
    path.write_text(PROGRAM.format(net=net, upper=net.upper(), samples=samples, steps=steps))
    return path


def expected(build: Build) -> str:
    """Return what NET_print() prints of a library that equals the golden model, its size apart."""
    found = golden(build)
    return "".join(
        "".join(f"{v} " for v in out.ravel()) + f"{decoded}\n"
        for out, decoded in zip(found["out"], found["classes"], strict=True)
    )


def c_files(build: Build) -> list[str]:
    """Return every C file of a library that a flat builder such as Arduino's compiles."""
    return sorted(str(p) for p in (build.path / "src").rglob("*.c"))


def compile_all(
    builds: list[Build], folder: Path, compiler: str, *flags: str
) -> subprocess.CompletedProcess[str]:
    """Compile each C file below ``src`` apart, with nothing but the include folders."""
    roots = [f"-I{b.path / 'src'}" for b in builds]
    failed = None
    for k, path in enumerate(path for b in builds for path in c_files(b)):
        argv = [compiler, *flags, *roots, "-c", path, "-o", str(folder / f"{k}.o")]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        failed = done if done.returncode else failed
    return failed or done


def run(*argv: str | Path) -> str:
    """Run a program that must succeed, and return what it printed."""
    done = subprocess.run([str(a) for a in argv], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
