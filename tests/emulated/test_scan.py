# SPDX-License-Identifier: Apache-2.0
"""Samples that begin between two words, on cores that fault there or read them byte by byte."""

from pathlib import Path

import numpy as np
import pytest
from tests.needs import need_program

from ranvier import reference
from ranvier.targets.mcu.board import board
from ranvier.tools.dev.icount.nets import counting, firing, layers, spikes
from ranvier.tools.flash.qemu import Emulator
from ranvier.tools.link.client import Device
from ranvier.tools.link.streams import SerialStream
from ranvier.tools.verbs.compile import compile


@pytest.mark.parametrize("counts", [False, True])
@pytest.mark.parametrize("name", ["qemu-microbit", "qemu-riscv32"])
def test_several_steps_of_33_bytes_in_a_frame(name: str, counts: bool, tmp_path: Path) -> None:
    found = board(name)
    need_program(found.compiler, found.package)
    need_program(found.emulator, found.emulator_package)
    x = spikes(8, 33, 0.3)
    network = firing(layers(33, 20), x, 0.3)
    network = counting(network) if counts else network
    build = compile(network, name, tmp_path / "build").build
    with Emulator(build.image, build.board) as emulator:
        with Device(SerialStream(emulator.url)) as device:
            device.hello(build.signature)
            device.reset()
            outputs = device.step(x).outputs
            device.exit()
        emulator.wait()
    np.testing.assert_array_equal(outputs, reference.simulate(network, x[None]).out[0])
    assert outputs.any(axis=1).all()
