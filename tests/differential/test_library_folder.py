# SPDX-License-Identifier: Apache-2.0
"""An emitted library in other people's build systems: it compiles cleanly and answers as golden."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from tests.cases import ROOT
from tests.images import image_network
from tests.libraries import STRICT, c_files, compile_all, expected, golden, run, write_caller
from tests.needs import need_program
from tests.networks import network

from ranvier.errors import RanvierError
from ranvier.targets.mcu.lower import lower
from ranvier.targets.mcu.state import state_bytes
from ranvier.tools.build import Build
from ranvier.tools.cli.text import compiled
from ranvier.tools.verbs.compile import Compiled, compile


@pytest.fixture(scope="module")
def builds(tmp_path_factory: pytest.TempPathFactory) -> list[Build]:
    """Three networks for this computer, which share kernels; their folders' names say nothing."""
    need_program("gcc", "gcc libc6-dev")
    folder = tmp_path_factory.mktemp("libraries")
    networks = (network("motion"), network("d05_direction"), image_network())
    return [
        compile(net, "host", folder / f"lib{k}", emit="library").build
        for k, net in enumerate(networks)
    ]


@pytest.fixture(scope="module")
def motion(builds: list[Build]) -> Build:
    """The first of them."""
    return builds[0]


def test_every_file_below_src_compiles_alone_with_one_include_folder(
    builds: list[Build], tmp_path: Path
) -> None:
    """As Arduino's builder does; strictly."""
    for build in builds:
        flags = ("-O2", *STRICT, "-pedantic-errors", "-Wshadow", "-Wconversion")
        done = compile_all([build], tmp_path, "gcc", *flags)
        assert done.returncode == 0, done.stderr
    assert len(list(tmp_path.glob("*.o"))) > 5


def test_an_int_of_16_bits_is_refused(motion: Build, tmp_path: Path) -> None:
    """As on AVR, where sums would silently be cut off; nor is it proposed for one."""
    short = ("-U__INT_MAX__", "-D__INT_MAX__=32767")
    done = compile_all([motion], tmp_path, "gcc", *short)
    assert done.returncode != 0
    assert "motion needs an int of 32 bits" in done.stderr
    properties = (motion.path / "library.properties").read_text()
    assert "avr" not in properties
    assert "*" not in properties
    platforms = json.loads((motion.path / "library.json").read_text())["platforms"]
    assert "atmelavr" not in platforms
    assert "*" not in platforms


def test_what_it_takes_of_its_callers_ram_is_said(motion: Build) -> None:
    state, own = state_bytes(lower(motion.network, "host")), motion.manifest["memory"]["ram"]
    assert motion.manifest["memory"]["state"] == state
    said = compiled(Compiled(build=motion))
    assert f"RAM {state} bytes of its caller's for the state, {own} bytes of its own" in said
    guide = (motion.path / "README.md").read_text()
    assert f"RAM: {state} bytes of state, which you supply; {own} bytes of its\n  own;" in guide


def test_gcc_alone_gets_the_golden_answers(motion: Build, tmp_path: Path) -> None:
    main = tmp_path / "main.c"
    main.write_text("void motion_print(void);\nint main(void) { motion_print(); return 0; }\n")
    program = tmp_path / "program"
    caller = write_caller(motion, tmp_path)
    src = f"-I{motion.path / 'src'}"
    run("gcc", *STRICT, src, main, caller, *c_files(motion), "-o", program)
    size, answers = run(program).split("\n", 1)
    assert int(size) == state_bytes(lower(motion.network, "host"))
    assert f"{size} bytes" in (motion.path / "README.md").read_text()
    assert answers == expected(motion)
    assert abs(golden(motion)["out"]).max() > 0


def test_networks_link_into_one_program_and_all_answer(builds: list[Build], tmp_path: Path) -> None:
    """They call kernels that have one name in the runtime."""
    names = [b.network.name for b in builds]
    main = tmp_path / "main.c"
    calls = "".join(f"{n}_print();" for n in names)
    heads = "".join(f"void {n}_print(void);\n" for n in names)
    main.write_text(f"{heads}int main(void) {{ {calls} return 0; }}\n")
    callers = [write_caller(b, tmp_path) for b in builds]
    sources = [path for b in builds for path in c_files(b)]
    includes = [f"-I{b.path / 'src'}" for b in builds]
    program = tmp_path / "program"
    run("gcc", *STRICT, *includes, main, *callers, *sources, "-o", program)
    sizes = (f"{state_bytes(lower(b.network, 'host'))}\n" for b in builds)
    assert run(program) == "".join(s + expected(b) for s, b in zip(sizes, builds, strict=True))
    kernels = [
        {Path(p).name.removeprefix(f"{b.network.name}_") for p in c_files(b)} for b in builds
    ]
    assert {"rv_zero.c", "rv_decode_argmax.c"} <= set.intersection(*kernels)


def test_no_name_but_its_own_reaches_the_linker(builds: list[Build]) -> None:
    need_program("nm", "binutils")
    for b in builds:
        found = run("nm", "-g", "--defined-only", b.image).split()[2::3]
        assert f"{b.network.name}_step" in found
        assert [n for n in found if not n.startswith(f"{b.network.name}_")] == []


def test_kernels_are_those_of_the_runtime_but_for_the_prefix(motion: Build) -> None:
    folder = motion.path / "src" / "motion"
    for path in folder.glob("motion_rv_*.[ch]"):
        text = path.read_text().replace("motion_rv_", "rv_").replace('#include "core.h"\n', "")
        name = path.name.removeprefix("motion_")
        (origin,) = (p for p in (ROOT / "firmware").rglob(name))
        plain = origin.read_text().replace('#include "ranvier/', '#include "')
        assert text == plain, path.name


def test_cmake_takes_it_as_a_subdirectory(motion: Build, tmp_path: Path) -> None:
    cmake = need_program("cmake", "cmake")
    write_caller(motion, tmp_path)
    (tmp_path / "main.c").write_text(
        "void motion_print(void);\nint main(void) { motion_print(); return 0; }\n"
    )
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.13)\nproject(firmware C)\n"
        f"add_compile_options({' '.join(STRICT)})\n"
        f'add_subdirectory("{motion.path}" motion)\n'
        "add_executable(firmware main.c motion_caller.c)\n"
        "target_link_libraries(firmware PRIVATE ranvier::motion)\n"
    )
    run(cmake, "-S", tmp_path, "-B", tmp_path / "b")
    run(cmake, "--build", tmp_path / "b")
    assert run(tmp_path / "b" / "firmware").split("\n", 1)[1] == expected(motion)


def test_cmake_alone_runs_the_golden_vectors(motion: Build, tmp_path: Path) -> None:
    """`ctest` passes; a wrong answer would fail it."""
    cmake = need_program("cmake", "cmake")
    copy = tmp_path / "copy"
    shutil.copytree(motion.path, copy)
    run(cmake, "-S", copy, "-B", tmp_path / "b")
    run(cmake, "--build", tmp_path / "b")
    selftest = tmp_path / "b" / "ranvier_motion_selftest"
    assert run(selftest) == "motion: 0 of the golden model's answers differ\n"
    vectors = copy / "examples" / "selftest" / "vectors.h"
    text = vectors.read_text()
    number = re.search(r"vector_out\[\d+\]\[\d+\] = \{\s+\{(-?\d+)", text)
    assert number is not None
    vectors.write_text(f"{text[: number.start(1)]}1{text[number.start(1) :]}")
    run(cmake, "--build", tmp_path / "b")
    with pytest.raises(AssertionError, match="1 of the golden model's answers differ"):
        run(selftest)


def test_a_cpp_program_gets_the_golden_answers(motion: Build, tmp_path: Path) -> None:
    need_program("g++", "g++")
    caller = write_caller(motion, tmp_path).rename(tmp_path / "caller.cpp")
    caller.write_text(caller.read_text() + "\nint main() { motion_print(); return 0; }\n")
    objects = tmp_path / "objects"
    objects.mkdir()
    assert compile_all([motion], objects, "gcc", "-std=c11").returncode == 0
    strict = ("-std=c++17", "-Wall", "-Wextra", "-Wpedantic", "-Werror")
    src, program = f"-I{motion.path / 'src'}", tmp_path / "program"
    run("g++", *strict, src, caller, *sorted(objects.glob("*.o")), "-o", program)
    assert run(program).split("\n", 1)[1] == expected(motion)


def test_the_arduino_example_compiles_as_cpp(motion: Build, tmp_path: Path) -> None:
    """With a stand-in for Arduino's Serial: the sketch's own code is what is compiled and run."""
    need_program("g++", "g++")
    (tmp_path / "main.cpp").write_text(
        "#include <cstdio>\n#include <cstring>\n"
        "struct { void begin(long) {} void print(const char *s) { std::printf(\"%s\", s); }\n"
        "    void println(int n) { std::printf(\"%d\\n\", n); } } Serial;\n"
        f'#include "{motion.path}/examples/selftest/selftest.ino"\n'
        "int main() { setup(); loop(); return 0; }\n"
    )  # fmt: skip
    objects = tmp_path / "objects"
    objects.mkdir()
    assert compile_all([motion], objects, "gcc", "-std=gnu11").returncode == 0
    src, program = f"-I{motion.path / 'src'}", tmp_path / "program"
    run("g++", "-Wall", "-Werror", src, tmp_path / "main.cpp", *objects.glob("*.o"), "-o", program)
    assert run(program) == "motion: answers that differ from the golden model: 0\n"


def test_zephyr_builds_what_kconfig_turns_on(motion: Build, tmp_path: Path) -> None:
    """With stand-ins for Zephyr's CMake functions; its module loader reads the paths as it does."""
    cmake = need_program("cmake", "cmake")
    module = (motion.path / "zephyr" / "module.yml").read_text()
    folder = re.findall(r"^  cmake: (.+)$", module, re.MULTILINE)[0]
    kconfig = re.findall(r"^  kconfig: (.+)$", module, re.MULTILINE)[0]
    assert (motion.path / folder / "CMakeLists.txt").is_file()
    option = re.findall(r"^config (\w+)$", (motion.path / kconfig).read_text(), re.MULTILINE)
    assert option == ["RANVIER_MOTION"]
    write_caller(motion, tmp_path)
    (tmp_path / "main.c").write_text(
        "void motion_print(void);\nint main(void) { motion_print(); return 0; }\n"
    )
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.13)\nproject(app C)\n"
        "add_executable(app main.c motion_caller.c)\n"
        "macro(zephyr_library_named name)\n set(lib ${name})\n add_library(${name} STATIC)\n"
        " target_link_libraries(app PRIVATE ${name})\nendmacro()\n"
        "macro(zephyr_library_sources)\n target_sources(${lib} PRIVATE ${ARGN})\nendmacro()\n"
        "macro(zephyr_include_directories)\n include_directories(${ARGN})\n"
        " target_include_directories(app PRIVATE ${ARGN})\nendmacro()\n"
        f'add_subdirectory("{motion.path}/{folder}" module)\n'
    )
    run(cmake, "-S", tmp_path, "-B", tmp_path / "b", "-DCONFIG_RANVIER_MOTION=y")
    run(cmake, "--build", tmp_path / "b")
    assert run(tmp_path / "b" / "app").split("\n", 1)[1] == expected(motion)
    run(cmake, "-S", tmp_path, "-B", tmp_path / "off")
    assert "ranvier_motion" not in run(cmake, "--build", tmp_path / "off", "--target", "help")


def test_arduino_metadata_follows_the_library_specification(motion: Build) -> None:
    """The keys of rev. 2.2, and the limits of arduino-lint's schema."""
    lines = (motion.path / "library.properties").read_text().splitlines()
    found = dict(line.split("=", 1) for line in lines)
    required = "name version author maintainer sentence paragraph category url architectures"
    assert set(required.split()) <= set(found)
    assert set(found) <= {*required.split(), "depends", "includes", "dot_a_linkage", "license"}
    assert re.fullmatch(r"[A-Za-z][A-Za-z0-9 _.-]{0,62}", found["name"])
    assert not found["name"].lower().startswith("arduino")
    assert re.fullmatch(r"\d+\.\d+\.\d+", found["version"])
    assert found["category"] in {
        "Display", "Communication", "Signal Input/Output", "Sensors", "Device Control", "Timing",
        "Data Storage", "Data Processing", "Other",
    }  # fmt: skip
    assert found["url"].startswith("https://")
    assert (motion.path / "src" / found["includes"]).is_file()
    assert (motion.path / "examples" / "selftest" / "selftest.ino").is_file()


def test_platformio_manifest_follows_its_schema(motion: Build) -> None:
    """Names, lengths and fields of library.json; `pio pkg pack` was run on it by hand."""
    found = json.loads((motion.path / "library.json").read_text())
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", found["name"])
    assert len(found["name"]) <= 100
    assert re.fullmatch(r"\d+\.\d+\.\d+", found["version"])
    assert 1 <= len(found["description"]) <= 1000
    assert set(found) <= {
        "name", "version", "description", "keywords", "homepage", "repository", "authors",
        "license", "frameworks", "platforms", "headers", "examples", "dependencies", "export",
        "scripts", "build",
    }  # fmt: skip
    assert (motion.path / found["build"]["srcDir"] / found["headers"]).is_file()
    assert all((motion.path / p).is_file() for p in found["examples"])


def test_a_library_that_would_hide_a_header_is_refused(tmp_path: Path) -> None:
    for name in ("stdint", "string", "time"):
        with pytest.raises(RanvierError) as e:
            compile(replace(network("motion"), name=name), "host", tmp_path / "b", emit="library")
        assert e.value.code == "C020"
        assert not (tmp_path / "b").exists()


def test_the_same_network_gives_the_same_folder(motion: Build, tmp_path: Path) -> None:
    again = compile(network("motion"), "host", tmp_path / "again", emit="library").build
    here, there = (
        {p.relative_to(b.path): p.read_bytes() for b in [build] for p in b.path.rglob("*.*")
         if p.is_file()}
        for build in (motion, again)
    )  # fmt: skip
    assert here == there
