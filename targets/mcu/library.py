# SPDX-License-Identifier: Apache-2.0
"""A network as a folder that drops into somebody else's firmware.

``src`` is the one include folder. A library is complete: the kernels it calls are below
``src/<network>``, and each of their names is prefixed by the network's, files included. So what the
linker sees of two networks never clashes, even if different versions or cores made them.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ranvier import rvn
from ranvier.errors import RanvierError
from ranvier.targets.mcu import build as image
from ranvier.targets.mcu.board import Board
from ranvier.targets.mcu.ctext import literal
from ranvier.targets.mcu.emit import comment, render
from ranvier.targets.mcu.encoding import RAW_CTYPE
from ranvier.targets.mcu.plan import Plan
from ranvier.targets.mcu.state import state_bytes

URL = "https://ranvier.invalid"  # Arduino demands one; a network has none until it is published
# Whose int has 32 bits: an int of 16, as AVR's, is refused by the network's header.
_ARDUINO = (
    "apollo3", "esp32", "esp8266", "mbed", "mbed_giga", "mbed_nano", "mbed_portenta", "mbed_rp2040",
    "nrf5", "nrf52", "renesas", "renesas_portenta", "renesas_uno", "rp2040", "sam", "samd", "stm32",
    "teensy", "zephyr",
)  # fmt: skip
_PLATFORMIO = (
    "atmelsam", "espressif32", "espressif8266", "gd32v", "native", "nordicnrf51", "nordicnrf52",
    "nxpimxrt", "nxplpc", "raspberrypi", "renesas-ra", "siliconlabsefm32", "ststm32", "teensy",
)  # fmt: skip
_OWN = re.compile(r"\brv_")
_INCLUDE = re.compile(r'^#include "(?:ranvier/)?([^"]+)"$', re.MULTILINE)
# Folders of kernels for an extension: the macro that says it is there, and its name.
_EXTENSIONS = {
    "dsp": ("__ARM_FEATURE_DSP", "the DSP extension"),
    "helium": ("__ARM_FEATURE_MVE", "Helium"),
    "thumb1": ("__thumb__", "Thumb instructions"),
}
_FOLDERS = ("include/ranvier", "src", *_EXTENSIONS)
# Headers of the compiler and of Arduino, which one of that name in the include folder would hide.
_TAKEN = re.compile(
    "assert|complex|ctype|errno|fenv|float|inttypes|iso646|limits|locale|math|setjmp|signal|stdalign"
    "|stdarg|stdatomic|stdbool|stddef|stdint|stdio|stdlib|stdnoreturn|string|tgmath|threads|time"
    "|uchar|wchar|wctype|arduino|malloc|memory|new|strings|unistd"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vectors:
    """What the library must answer: one recording from its start.

    Attributes
    ----------
    raw
        (steps, raw samples of one step).
    out
        (steps, outputs).
    decoded
        The class after the last step.
    """

    raw: NDArray[np.integer[Any]]
    out: NDArray[np.integer[Any]]
    decoded: int


def sources(plan: Plan, board: Board, vectors: Vectors, version: str) -> dict[str, str]:
    """Return every file of the library but its README by its path.

    Parameters
    ----------
    plan
        A network lowered for the core of `board`.
    version
        Ranvier's own.

    Raises
    ------
    RanvierError
        C020 where the network's header would hide one of the compiler's.
    """
    name = plan.network.name
    if _TAKEN.fullmatch(name):
        raise RanvierError(
            "C020",
            f"a library cannot be called {name!r}: its {name}.h would hide the compiler's own",
            loc=name,
            hint="rename the model's file and quantise it again",
        )
    code = _code(plan, board)
    facts = _facts(plan, board, version) | {
        "c_files": sorted(path for path in code if path.endswith(".c")),
        "steps": len(vectors.raw),
        "raw": _literals(vectors.raw),
        "out": _literals(vectors.out),
        "decoded": vectors.decoded,
    }
    return code | {
        **{path: render(f"library_files/{file}.j2", facts) for path, file in _FILES.items()},
        "library.json": _platformio(facts),
        "LICENSE": _license(),
    }


_FILES = {
    "CMakeLists.txt": "CMakeLists.txt",
    "library.properties": "library.properties",
    "zephyr/module.yml": "module.yml",
    "zephyr/CMakeLists.txt": "zephyr_CMakeLists.txt",
    "zephyr/Kconfig": "Kconfig",
    "examples/selftest/selftest.ino": "selftest.ino",
    "examples/selftest/vectors.h": "vectors.h",
    "examples/host/main.c": "main.c",
}


def readme(
    plan: Plan,
    board: Board,
    version: str,
    flags: Sequence[str],
    compiler: str,
    memory: Mapping[str, object],
) -> str:
    """Return the library's README; `memory` is what `compiler` made with these `flags`."""
    encoding, classes = plan.network.encoding, plan.network.decode.classes
    stack = memory["stack"]
    facts = _facts(plan, board, version) | {
        "channels": encoding.channels,
        "window": plan.window,
        "raw_low": encoding.raw_low,
        "raw_high": encoding.raw_high,
        "rule": plan.network.decode.rule,
        "classes": f" (classes: {', '.join(map(comment, classes))})" if classes else "",
        "state_bytes": state_bytes(plan),
        "rom": memory["rom"],
        "ram": memory["ram"],
        "stack": "stack not bounded" if stack is None else f"stack at most {stack} bytes",
        "compiler": compiler,
        "flags": " ".join(f for f in flags if not f.startswith("-I")),
        "cpu": " ".join(f for f in board.flags if f.startswith(("-mcpu", "-march", "-mthumb"))),
    }
    return render("library_files/README.md.j2", facts)


def _facts(plan: Plan, board: Board, version: str) -> dict[str, object]:
    net = plan.network
    samples = plan.window * net.encoding.channels
    found = re.match(r"\d+\.\d+\.\d+", version)
    return {
        "net": net.name,
        "upper": net.name.upper(),
        "target": f"ranvier_{net.name}",
        "kconfig": f"RANVIER_{net.name.upper()}",
        "signature": rvn.signature(net).hex(),
        "core": board.core,
        "extension": _extension(plan),
        "version": found[0] if found else "0.0.0",  # all three formats want just three numbers
        "ranvier": version,
        "url": URL,
        "dt": repr(net.dt),
        "raw_type": RAW_CTYPE[net.encoding.raw][0],
        "raw_per_step": samples,
        "samples": f"{samples} sample{'' if samples == 1 else 's'}",
        "raw_samples": f"{samples} raw sample{'' if samples == 1 else 's'}",
        "architectures": ",".join(_ARDUINO),
        "outputs": net.output_size,
    }


def _extension(plan: Plan) -> dict[str, str] | None:
    """Return what the core's own kernels need, if any are among those that the network calls."""
    for folder, (macro, called) in _EXTENSIONS.items():
        if any(f"{folder}/{kernel}.c" in image.firmware() for kernel in plan.kernels):
            return {"macro": macro, "name": called}
    return None


def _code(plan: Plan, board: Board) -> dict[str, str]:
    """Return the C of the library: the network's, the kernels it calls, the headers these read."""
    name = plan.network.name
    texts = image.sources(plan, board, library=True)
    network = {path: text for path, text in texts.items() if path.startswith("net/")}
    kernels = {path: text for path, text in texts.items() if path.endswith(".c")}
    needed = dict(network | kernels)
    waiting = list(needed.values())
    while waiting:
        for header in _INCLUDE.findall(waiting.pop()):
            for path in (f"{folder}/{header}" for folder in _FOLDERS):
                if path in texts and path not in needed:
                    needed[path] = texts[path]
                    waiting.append(texts[path])
    code = {}
    for path, text in needed.items():
        file = PurePosixPath(path)
        place = "" if file.parent.name == "net" else f"{name}/"
        own = _own(text, name, f"{name}/" if not place else "")
        if file.suffix == ".c":
            core = f"{name}/core.h" if not place else "core.h"
            head, rest = own.split("\n", 1)
            own = f'{head}\n#include "{core}"\n{rest}'
        code[f"src/{place}{_OWN.sub(f'{name}_rv_', file.name)}"] = own
    code[f"src/{name}/core.h"] = render("library_files/core.h.j2", _facts(plan, board, "0"))
    return code


def _own(text: str, name: str, folder: str) -> str:
    """Return a source with `name` before each of the runtime's names, its headers in `folder`."""
    for place in ("ranvier/", "rv_"):
        kept = place.removesuffix("ranvier/")
        text = text.replace(f'#include "{place}', f'#include "{folder}{kept}')
    return _OWN.sub(f"{name}_rv_", text)


def _literals(values: NDArray[np.integer[Any]]) -> list[list[str]]:
    return [[literal(v) for v in row] for row in values.tolist()]


def _platformio(facts: Mapping[str, object]) -> str:
    net = str(facts["net"])
    manifest = {
        "name": "ranvier-" + re.sub("_+", "-", net).strip("-"),
        "version": facts["version"],
        "description": f"The spiking network {net} in fixed-point C, for {facts['core']};"
        f" signature {facts['signature']}",
        "keywords": ["spiking", "neural", "fixed-point"],
        "license": "Apache-2.0",
        "frameworks": "*",
        "platforms": list(_PLATFORMIO),
        "headers": f"{net}.h",
        "examples": ["examples/selftest/selftest.ino"],
        "build": {"srcDir": "src", "includeDir": "src"},
    }
    return json.dumps(manifest, indent=2) + "\n"


@cache
def _license() -> str:
    return files("ranvier").joinpath("firmware", "LICENSE").read_text("utf-8")
