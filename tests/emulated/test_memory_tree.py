# SPDX-License-Identifier: Apache-2.0
"""Where every byte of an image is, and what images of usual networks take."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from elftools.elf.constants import P_FLAGS, SH_FLAGS
from elftools.elf.elffile import ELFFile
from tests.commands import answer, fails, succeeds
from tests.images import image_network
from tests.needs import need_program
from tests.networks import data, network

from ranvier import rvn
from ranvier.ir import Network
from ranvier.targets.mcu.board import NAMES, board
from ranvier.tools.build import Build
from ranvier.tools.dev.icount.nets import layers
from ranvier.tools.verbs.compile import compile
from ranvier.tools.verbs.verify import verify

BOARDS = ["qemu-microbit", "qemu-mps2-an386", "qemu-mps3-an547"]  # how constants are placed
MOST_CODE = 6 * 1024  # of a network of two dense layers: all but weights and parameters
TABLES = ("weights", "parameters")
Tree = dict[str, Any]


def parts(tree: Tree, *path: str) -> Iterator[tuple[tuple[str, ...], Tree]]:
    """Yield every branch and leaf below a tree, with the names that lead there."""
    for part in tree.get("parts", ()):
        yield (*path, part["name"]), part
        yield from parts(part, *path, part["name"])


def at(tree: Tree, *path: str) -> Tree:
    return next(part for found, part in parts(tree) if found == path)


def sections(build: Build) -> tuple[int, int]:
    """Return the bytes of an image that are stored, and those that are reserved in RAM."""
    rom = ram = 0
    for section in ELFFile(io.BytesIO(build.image.read_bytes())).iter_sections():
        header = section.header
        if header["sh_flags"] & SH_FLAGS.SHF_ALLOC:
            rom += header["sh_size"] if header["sh_type"] != "SHT_NOBITS" else 0
            ram += header["sh_size"] if header["sh_flags"] & SH_FLAGS.SHF_WRITE else 0
    return rom, ram


@pytest.fixture(params=BOARDS)
def name(request: pytest.FixtureRequest) -> str:
    found = board(request.param)
    need_program(found.compiler, found.package)
    return found.name


@pytest.mark.parametrize("made", [image_network, lambda: layers(64, 64, 8)])
def test_the_tree_adds_up_to_the_sections(
    name: str, made: Callable[[], Network], tmp_path: Path
) -> None:
    build = compile(made(), name, tmp_path / "b").build
    memory = build.manifest["memory"]
    tree = memory["tree"]
    stack = at(tree, "stack reserve")["ram"]
    assert (tree["rom"], tree["ram"]) == sections(build)
    assert (tree["rom"], tree["ram"] - stack) == (memory["rom"], memory["ram"])
    for kind in ("rom", "ram"):
        for _, part in ((), tree), *parts(tree):
            if "parts" in part:
                assert part[kind] == sum(x[kind] for x in part["parts"])
            assert part[kind] >= 0
    for layer in memory["layers"]:
        held = at(tree, "network", f"layer {layer['name']}")
        params = sum(
            part["rom"]
            for path, part in parts(held)
            if path[-1].split("_")[1:2] in (["params"], ["synapses"])
            or path[-1].rpartition("_")[0].partition("_")[2].startswith(("sparse", "conv", "pool"))
        )
        assert held["ram"] == layer["ram"]
        assert held["rom"] - params <= layer["rom"] <= held["rom"]
    padding = at(tree, "padding")
    assert padding["rom"] + padding["ram"] < 400


def test_weights_stay_in_flash(name: str, tmp_path: Path) -> None:
    tree = compile(image_network(), name, tmp_path / "b").build.manifest["memory"]["tree"]
    weights = [part for path, part in parts(tree) if path[-1] == "weights"]
    assert len(weights) == 4
    assert all(part["ram"] == 0 < part["rom"] for part in weights)
    tables = [part for path, part in parts(tree) if path[-1] == "parameters"]
    assert all(part["ram"] == 0 < part["rom"] for part in tables)


def test_ram_is_states_sums_and_the_links_buffers(name: str, tmp_path: Path) -> None:
    """And what a board keeps, which is not much."""
    build = compile(layers(64, 64, 8), name, tmp_path / "b").build
    tree = build.manifest["memory"]["tree"]
    held = {path: part["ram"] for path, part in parts(tree) if part["ram"] and "parts" not in part}
    known = ("network", "stack reserve", "padding")
    other = {p: n for p, n in held.items() if p[0] not in known and p[:2] != ("runtime", "link")}
    assert sum(other.values()) <= 512
    assert {p[:2] for p in other} <= {("runtime", "board")}


def test_the_code_of_two_dense_layers(tmp_path: Path) -> None:
    """All but weights and parameters: kernels, step, board, start-up, link and running free."""
    name = "qemu-mps2-an386"
    need_program(board(name).compiler, board(name).package)
    assert "-O2" in board(name).flags
    tree = compile(layers(128, 256, 10), name, tmp_path / "b").build.manifest["memory"]["tree"]
    tables = {kind: [p["rom"] for path, p in parts(tree) if path[-1] == kind] for kind in TABLES}
    assert sum(tables["weights"]) >= 128 * 256 + 256 * 10
    assert at(tree, "runtime", "link")["rom"] > 0
    assert tree["rom"] - sum(sum(sizes) for sizes in tables.values()) <= MOST_CODE


@pytest.mark.parametrize("target", [n for n in NAMES if board(n).memories])
def test_nothing_is_both_written_and_executed(target: str, tmp_path: Path) -> None:
    need_program(board(target).compiler, board(target).package)
    build = compile(layers(8, 4), target, tmp_path / "b").build
    elf = ELFFile(io.BytesIO(build.image.read_bytes()))
    flags = [s["p_flags"] for s in elf.iter_segments("PT_LOAD")]
    assert flags and not any(f & P_FLAGS.PF_W and f & P_FLAGS.PF_X for f in flags)
    seal = elf.get_section_by_name(".rv_seal")
    assert seal is not None and not seal["sh_flags"] & SH_FLAGS.SHF_WRITE
    assert any(seal.data())  # the checksums have been put there


def test_motion_of_d06_fits_an_nrf51(tmp_path: Path) -> None:
    """16 KiB of RAM with its stack, and it is exact there."""
    name = "qemu-microbit"
    need_program(board(name).compiler, board(name).package)
    need_program("qemu-system-arm", "qemu-system-arm")
    build = compile(network("d06"), name, tmp_path / "b").build
    tree = build.manifest["memory"]["tree"]
    assert tree["ram"] <= board(name).ram == 16 * 1024
    assert tree["rom"] <= board(name).rom
    assert build.manifest["memory"]["stack"] <= at(tree, "stack reserve")["ram"]
    assert verify(build, data("d06")[1].first(1)).first_mismatch is None


def test_a_deadline_is_kept_or_nothing_is_built(tmp_path: Path) -> None:
    name = "qemu-mps2-an386"
    need_program(board(name).compiler, board(name).package)
    net = tmp_path / "n.rvn"
    net.write_bytes(rvn.to_bytes(layers(64, 64, 8)))
    to = ("compile", net, "--target", name, "-o", tmp_path / "b")
    error = fails(tmp_path, "C031", *to, "--deadline", "100us", "--clock", "64MHz")
    assert "cycles an instruction" in error["what"]
    fails(tmp_path, "C032", *to, "--emit", "library", "--deadline", "1s", "--clock", "64MHz")
    fails(tmp_path, "C030", *to, "--deadline", "1")
    cost = answer(*to, "--deadline", "1ms", "--clock", "64MHz")["cost"]
    limit = cost["deadline"]
    assert limit["met"]
    assert limit["cycles_per_instruction"] == 2.6
    most = cost["instructions_per_step_at_most"] * 2.6 / 64e6
    assert limit["seconds_at_most"] == pytest.approx(most)
    said = succeeds(*to[:-1], tmp_path / "c", "--deadline", "1ms", "--clock", "64MHz", "--memory")
    assert "deadline 0.001 s at 64 MHz: met" in said
    assert "at 2.6 cycles an instruction" in said
    assert "stack reserve" in said
