# SPDX-License-Identifier: Apache-2.0
"""Every emulated board runs a convolutional network bit by bit, and its numbers are true."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from tests.images import KERNELS, image_network, images
from tests.link_build import SIGNATURE, build_board
from tests.needs import need_program

from ranvier.errors import RanvierError
from ranvier.frontends.data import make_data
from ranvier.targets.mcu.board import NAMES, board
from ranvier.targets.mcu.memory import read_image
from ranvier.tools.build import Build
from ranvier.tools.flash.qemu import Emulator
from ranvier.tools.link.client import Device
from ranvier.tools.link.streams import SerialStream
from ranvier.tools.verbs.compile import compile
from ranvier.tools.verbs.run import run
from ranvier.tools.verbs.verify import verify

BOARDS = [name for name in NAMES if board(name).emulator]


@pytest.fixture(scope="module", params=BOARDS)
def build(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Build:
    where = board(request.param)
    need_program(where.compiler, where.package)
    need_program(where.emulator, where.emulator_package)
    return compile(image_network(), request.param, tmp_path_factory.mktemp("b") / "net").build


def test_a_convolutional_network_is_bit_exact(build: Build) -> None:
    data = make_data(images(2, 15))
    result = verify(build, data)
    assert result.first_mismatch is None
    assert result.spikes >= 1000
    assert result.saturations > 0
    assert result.compared["states"] == 2 * 15 * (288 + 216 + 54 + 4)


def test_instructions_and_stack_are_counted(build: Build) -> None:
    """By a timer that runs at the rate of the board's description."""
    with (
        Emulator(build.image, build.board.name) as emulator,
        Device(SerialStream(emulator.url)) as device,
    ):
        assert device.hello(build.signature).tick_hz == build.board.timer_hz
    result = run(build, make_data(images(1, 15)))
    assert result.instructions is not None
    assert 50_000 < result.instructions["mean"] < 1_000_000
    memory = build.manifest["memory"]
    assert memory["stack_unknown"] == []
    assert 0 < result.stack_used <= memory["stack"]


def test_the_manifest_says_what_was_chosen_and_what_it_takes(build: Build) -> None:
    kernels = build.manifest["cost"]["kernels"]
    inputs = [x for layer in kernels.values() for x in layer["inputs"]]
    in_pairs = build.board.core in ("cortex-m4", "cortex-m7", "cortex-m33")
    last = ("rv_events_set_i8_dsp", "paired") if in_pairs else ("rv_events_set_i8", "dense")
    if build.board.core in ("cortex-m0", "cortex-m3", "rv32imc"):
        last = ("rv_events_set_i8_packed", "packed")
    if build.board.core == "cortex-m55":
        last = ("rv_events_set_i8_helium", "halves")
    assert [x["kernel"] for x in inputs] == [*(f"rv_project_{k}" for k in KERNELS[:-1]), last[0]]
    assert [x["layout"] for x in inputs] == [
        "conv", "conv", "conv", "conv", "pool", "sparse", last[1]
    ]  # fmt: skip
    placed = Counter[str]()
    for symbol, where, size in read_image(build.image.read_bytes(), "").symbols:
        net, _, rest = symbol.partition("_")
        kind, _, layer = rest.partition("_")
        if (net, where) == ("net", "rom") and kind not in ("params", "synapses"):
            placed[layer] += size
    for layer in build.manifest["memory"]["layers"]:
        assert placed[layer["name"]] == layer["rom"]


@pytest.mark.parametrize("name", BOARDS)
def test_a_stack_that_overflows_is_reported(tmp_path: Path, name: str) -> None:
    need_program(board(name).emulator, board(name).emulator_package)
    faulty = build_board(tmp_path, "-DRV_TEST_FAULTS", "-Wno-infinite-recursion", name=name)
    with (
        pytest.raises(RanvierError, match="stack overflow") as error,
        Emulator(faulty, name) as emulator,
        Device(SerialStream(emulator.url)) as device,
    ):
        device.hello(SIGNATURE)
        device.step(np.full((1, 6), 102))
    assert error.value.code == "T003"
