# SPDX-License-Identifier: Apache-2.0
"""Instructions of each function of an image, counted by a plugin of QEMU."""

import subprocess
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ranvier.targets.mcu.elf import symbols_of
from ranvier.targets.process import find_program
from ranvier.tools.build import Build
from ranvier.tools.flash.qemu import Emulator
from ranvier.tools.link.client import Device
from ranvier.tools.link.streams import SerialStream

_SOURCE = Path(__file__).with_name("count_functions.c")
_BUILD = Path(__file__).resolve().parents[3] / "build" / "icount"


def profile(build: Build, raw: NDArray[np.integer]) -> dict[str, float]:
    """Return the instructions a step of every function, callees apart.

    Parameters
    ----------
    raw
        Raw samples, (samples, steps, channels); each sample starts from a reset state.
    """
    found = counted(build, raw[:, :, None], _functions(build.image))
    return {function: count / (len(raw) * raw.shape[1]) for function, count in found.items()}


def counted(build: Build, raw: NDArray[np.integer], ranges: str) -> dict[str, int]:
    """Return how many instructions of each range of addresses were executed.

    Parameters
    ----------
    raw
        Frames of raw samples, (samples, steps, raw steps of one, channels).
    ranges
        A line "start size name" for each, in hexadecimal.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        names, counts = folder / "map", folder / "counts"
        names.write_text(ranges)
        plugin = ("-plugin", f"{_plugin()},map={names},out={counts}")
        with Emulator(build.image, build.board, plugin) as emulator:
            with Device(SerialStream(emulator.url)) as device:
                device.hello(build.signature)
                for sample in raw:
                    device.reset()
                    for step in sample:
                        device.step(step)
                device.exit()
            emulator.wait()
        lines = [line.split() for line in counts.read_text().splitlines()]
    return {function: int(count) for count, function in lines}


def _functions(image: Path) -> str:
    """Return a line "start size name" for each function of an ELF image."""
    return "".join(
        f"{s.address:x} {s.size:x} {s.name}\n"
        for s in symbols_of(image.read_bytes())
        if s.function and s.size
    )


@cache
def _plugin() -> Path:
    """Compile the plugin for this machine, once a process."""
    gcc = find_program("gcc", "gcc libc6-dev")
    library = _BUILD / "count_functions.so"
    library.parent.mkdir(parents=True, exist_ok=True)
    command = [gcc, "-std=c11", "-O2", "-fPIC", "-shared", str(_SOURCE), "-o", str(library)]
    subprocess.run(command, check=True)
    return library
