# SPDX-License-Identifier: Apache-2.0
"""Images made by Zig's Clang: no compiler from the system's packages, the same answers."""

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.images import image_network, images
from tests.libraries import expected, run, write_caller
from tests.needs import need_package, need_program
from tests.networks import network

from ranvier.errors import RanvierError
from ranvier.frontends.data import make_data
from ranvier.targets.mcu import toolchain as chains
from ranvier.targets.mcu.board import NAMES, board
from ranvier.targets.mcu.toolchain import one_script, toolchain
from ranvier.tools.build import Build
from ranvier.tools.verbs.compile import compile
from ranvier.tools.verbs.doctor import doctor
from ranvier.tools.verbs.verify import verify

M4 = "qemu-mps2-an386"


@pytest.fixture(autouse=True)
def zig() -> None:
    """Skip where Zig is not installed."""
    need_package("ziglang", "pip install 'ranvier[zig]'")


@pytest.fixture
def no_gcc(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine whose only programs are the emulators."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("qemu-system-arm", "qemu-system-riscv32"):
        found = shutil.which(name)
        if found:
            (folder / name).symlink_to(found)
    monkeypatch.setenv("PATH", str(folder))


@pytest.mark.parametrize("target", [n for n in NAMES if board(n).emulator])
def test_an_image_for_each_core_equals_the_golden_model(target: str, tmp_path: Path) -> None:
    need_program(board(target).emulator, board(target).emulator_package)
    build = compile(image_network(), target, tmp_path / "b", compiler="zig").build
    result = verify(build, make_data(images(1, 10)))
    assert result.first_mismatch is None
    assert result.spikes >= 300
    assert build.manifest["toolchain"] == "zig"
    assert build.manifest["compiler"].startswith("zig 0.")
    assert build.manifest["command"][:4] == ["python", "-m", "ziglang", "cc"]


def test_events_and_pairs_for_a_core_with_the_dsp_extension(tmp_path: Path) -> None:
    """In kernels of the core below it, since Clang does not compile those for the extension."""
    need_program("qemu-system-arm", "qemu-system-arm")
    net = network("d05_direction")
    build = compile(net, M4, tmp_path / "b", compiler="zig").build
    kernels = json.dumps(build.manifest["cost"]["kernels"])
    assert "_packed" in kernels
    assert "_dsp" not in kernels
    raw = np.random.default_rng(0).integers(
        net.encoding.raw_low, net.encoding.raw_high, (2, 20, net.encoding.channels), endpoint=True
    )
    result = verify(build, make_data(raw))
    assert (result.mismatches, result.spikes > 100) == (0, True)


@pytest.mark.usefixtures("no_gcc")
def test_it_steps_in_where_the_boards_compiler_is_missing(tmp_path: Path) -> None:
    need_program("qemu-system-arm", "qemu-system-arm")
    build = compile(network("motion"), M4, tmp_path / "b").build
    assert build.manifest["toolchain"] == "zig"
    with pytest.raises(RanvierError) as e:
        compile(network("motion"), M4, tmp_path / "c", compiler="gcc")
    assert e.value.code == "T001"
    assert "pip install 'ranvier[zig]'" in (e.value.hint or "")
    assert not (tmp_path / "c").exists()
    tools = {t.name: t for t in doctor().tools}
    assert not tools["arm-none-eabi-gcc"].found
    assert tools["arm-none-eabi-gcc"].optional
    assert tools["ziglang"].found


def test_without_a_home_it_says_where_zig_keeps_its_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HOME", "XDG_CACHE_HOME", "ZIG_GLOBAL_CACHE_DIR"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(RanvierError) as e:
        compile(network("motion"), M4, tmp_path / "b", compiler="zig")
    assert e.value.code == "T002"
    assert "set HOME, or ZIG_GLOBAL_CACHE_DIR" in (e.value.hint or "")


def test_gcc_comes_first_where_both_are_here() -> None:
    need_program("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    assert toolchain(board(M4)).name == "gcc"


def test_the_report_says_what_is_not_bounded(tmp_path: Path) -> None:
    build = compile(network("motion"), M4, tmp_path / "b", compiler="zig").build
    memory = build.manifest["memory"]
    assert memory["stack"] is None
    assert memory["stack_unknown"] == ["every function, as Zig's Clang writes no call graph"]
    assert memory["rom"] > 0 < memory["ram"]


def test_the_same_image_twice(tmp_path: Path) -> None:
    builds = [
        compile(network("motion"), M4, tmp_path / name, compiler="zig").build for name in "ab"
    ]
    assert builds[0].image.read_bytes() == builds[1].image.read_bytes()
    assert builds[0].manifest == builds[1].manifest


def test_a_library_for_clang(tmp_path: Path) -> None:
    """Clean under its warnings, and right in a program that it links."""
    build: Build = compile(
        network("motion"), "host", tmp_path / "b", emit="library", compiler="zig"
    ).build
    main = tmp_path / "main.c"
    main.write_text("void motion_print(void);\nint main(void) { motion_print(); return 0; }\n")
    caller, program = write_caller(build, tmp_path), tmp_path / "program"
    src = f"-I{build.path / 'src'}"
    zig = (sys.executable, "-m", "ziglang", "cc")
    run(*zig, "-std=c11", src, main, caller, build.image, "-o", program)
    assert run(program).split("\n", 1)[1] == expected(build)


def test_a_library_of_dsp_kernels_tells_clang_what_to_do(tmp_path: Path) -> None:
    need_program("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    build = compile(network("motion"), M4, tmp_path / "b", emit="library", compiler="gcc").build
    flags = ("-target", "thumb-freestanding-eabi", "-mcpu=cortex_m4", "-std=c11")
    path = build.path / "src"
    zig = (sys.executable, "-m", "ziglang", "cc", *flags, f"-I{path}", "-c", path / "motion.c")
    with pytest.raises(AssertionError, match="--emit library --compiler zig"):
        run(*zig, "-o", tmp_path / "m.o")


def test_a_linker_script_becomes_one_file() -> None:
    sources = {
        "a/main.ld": "INCLUDE memory.ld\nPROVIDE(stack = 1);\n", "b/memory.ld": "MEMORY {}\n"
    }  # fmt: skip
    flags = ("-Lnone", "-Lb", "-Wl,--defsym=stack=2048", "-Ta/main.ld")
    script = one_script(sources, flags)
    assert script.endswith("stack = 2048;\nMEMORY {}\n\nPROVIDE(stack = 1);\n")


def test_without_the_package_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chains, "has_zig", lambda: False)
    with pytest.raises(RanvierError) as e:
        toolchain(board(M4), "zig")
    assert (e.value.code, e.value.hint) == ("T005", "pip install 'ranvier[zig]'")
    for asked, code in (("icc", "C021"),):
        with pytest.raises(RanvierError) as e:
            toolchain(board(M4), asked)  # type: ignore[arg-type]
        assert e.value.code == code
