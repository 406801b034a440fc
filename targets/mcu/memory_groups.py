# SPDX-License-Identifier: Apache-2.0
"""What a symbol of an image is for, by its name and the file it comes from."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from ranvier.targets.mcu.plan import Plan

STACK = "stack reserve"
LIBRARY = ("runtime", "compiler's library")
_LINK_FILES = re.compile(r"rv_(link.*|cobs|crc32|probe|main)\.c$")
_CONNECTION = re.compile(r"(w|offsets|targets|sparse|rows|cols|conv|pool)\d+$")
_IDENTITY = re.compile(r"(rv_net|rv_net_state|rv_build_hash|populations|description)$")
_DEFINED = re.compile(r'label: "([^"\\]+)\\n([^":\\]+):\d+:\d+\\n\d+ bytes')
_SUMS = ("drive", "sums", "scratch")
_DECODER = ("scores", "out", "best")


@dataclass(frozen=True, slots=True)
class Origin:
    """The sources of an image: where each function is, by its name, and each file, by its own."""

    functions: Mapping[str, str]
    files: Mapping[str, str]


def origin(graphs: list[str], paths: list[str]) -> Origin:
    """Read where functions are from gcc's call graphs (``-fcallgraph-info``)."""
    return Origin(
        functions={name: path for text in graphs for name, path in _DEFINED.findall(text)},
        files={PurePosixPath(p).name: p for p in paths},
    )


def group(name: str, file: str, plan: Plan, origin: Origin) -> tuple[str, ...]:
    """Return where a symbol belongs.

    Parameters
    ----------
    file
        The file that a local symbol comes from, without folders; empty for a global one.
    """
    net = plan.network.name
    plain = name.split(".")[0]
    path = origin.functions.get(plain) or origin.files.get(f"{plain}.c", "")
    if file:
        path = origin.files.get(file, file)
    if name.startswith(f"{net}_") or path in (f"net/{net}.c", f"net/{net}_link.c"):
        return ("network", *_of_network(name.removeprefix(f"{net}_").split(".")[0], plan))
    if _IDENTITY.match(name):
        return ("network", "description")
    if not path and name.startswith("rv_"):
        return ("runtime", "board")  # a variable that several of its files share
    if not path or path.endswith(".o"):
        return LIBRARY
    if _LINK_FILES.search(path):
        return ("runtime", "link")
    board = path.startswith("boards/") or path.endswith("rv_mem.c")
    return ("runtime", "board" if board else "kernels")


def _of_network(rest: str, plan: Plan) -> tuple[str, ...]:
    if re.match(r"enc\d+_", rest):
        return ("encoder",)
    if rest == "multiplier":
        return ("decoder",)
    for name in sorted((p.population.name for p in plan.populations), key=len, reverse=True):
        if rest.endswith(f"_{name}"):
            kind = rest.removesuffix(f"_{name}")
            if kind in ("update", "updatefew"):
                return (f"layer {name}", "code")
            return (f"layer {name}", "weights" if _CONNECTION.match(kind) else "parameters")
    return ("code",) if rest in ("step", "reset", "init") else ("description",)


def member_group(member: str, plan: Plan) -> tuple[str, ...]:
    """Return where a member of the network's state belongs."""
    for p in plan.populations:
        if member in {f"{kind}_{p.population.name}" for kind in ("v", "i", "out", "past")}:
            return ("network", f"layer {p.population.name}", "state")
    if member == "quiet":
        return ("network", "rest")
    if member in _SUMS:
        return ("network", "accumulators")
    return ("network", "decoder" if member in _DECODER else "encoder")
