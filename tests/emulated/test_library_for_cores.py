# SPDX-License-Identifier: Apache-2.0
"""Libraries cross-compiled: for the core they were made for, for others, and where they refuse."""

import subprocess
from pathlib import Path

import pytest
from tests.libraries import STRICT, c_files, compile_all
from tests.needs import need_program
from tests.networks import network

from ranvier.tools.build import Build
from ranvier.tools.verbs.compile import compile

GCC = "arm-none-eabi-gcc"
CORES = {"qemu-microbit": "cortex-m0", "qemu-mps2-an386": "cortex-m4"}


@pytest.fixture(scope="module")
def builds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Build]:
    """The example for a core without and one with the DSP extension, and for none in particular."""
    need_program(GCC, "gcc-arm-none-eabi")
    need_program("gcc", "gcc libc6-dev")
    folder = tmp_path_factory.mktemp("libraries")
    return {
        target: compile(network("motion"), target, folder / target, emit="library").build
        for target in (*CORES, "host")
    }


@pytest.mark.parametrize("target", CORES)
@pytest.mark.parametrize("made_for", [*CORES, "host"])
def test_it_compiles_for_a_core(
    builds: dict[str, Build], made_for: str, target: str, tmp_path: Path
) -> None:
    """Portable and packed ones for every core, those with DSP kernels for cores that have it."""
    flags = ("-O2", f"-mcpu={CORES[target]}", "-mthumb", *STRICT)
    done = compile_all([builds[made_for]], tmp_path, GCC, *flags)
    if (made_for, target) != ("qemu-mps2-an386", "qemu-microbit"):
        assert done.returncode == 0, done.stderr
        return
    assert done.returncode != 0
    assert "build with -mcpu=cortex-m4" in done.stderr
    assert "ranvier compile --emit library --target" in done.stderr


def test_kernels_follow_the_core(builds: dict[str, Build]) -> None:
    files = {t: {Path(p).name for p in c_files(b)} for t, b in builds.items()}
    assert "motion_rv_events_set_i8_dsp.c" in files["qemu-mps2-an386"]
    assert "motion_rv_events_set_i8_packed.c" in files["qemu-microbit"]
    assert "motion_rv_events_set_i8.c" in files["host"]
    assert not any("asm" in Path(p).read_text() for p in c_files(builds["host"]))


@pytest.mark.parametrize("target", CORES)
def test_every_unit_refuses_a_core_that_reads_tables_otherwise(
    builds: dict[str, Build], target: str
) -> None:
    """Which file a build system compiles first, nobody knows."""
    src = builds[target].path / "src"
    flags = ["-std=c11", "-mbig-endian", f"-mcpu={CORES[target]}", "-mthumb", f"-I{src}"]
    for path in c_files(builds[target]):
        argv = [GCC, *flags, "-fsyntax-only", path]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        assert "holds tables for little-endian cores" in done.stderr, path


def test_the_stack_of_a_library_is_bounded(builds: dict[str, Build]) -> None:
    for target in CORES:
        memory = builds[target].manifest["memory"]
        readme = (builds[target].path / "README.md").read_text()
        assert memory["stack"] > 0
        assert f"stack at most {memory['stack']} bytes" in readme
        assert f"ROM {memory['rom']} bytes" in readme
        assert memory["ram"] == 0
