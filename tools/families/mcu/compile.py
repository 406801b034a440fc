# SPDX-License-Identifier: Apache-2.0
"""A network as C, an image, and a report of what it needs."""

from dataclasses import dataclass
from importlib.metadata import version
from io import BytesIO
from pathlib import Path

import numpy as np

from ranvier.errors import RanvierError
from ranvier.ir import Network
from ranvier.targets.mcu import build as image
from ranvier.targets.mcu import library as drop_in
from ranvier.targets.mcu import memory
from ranvier.targets.mcu.board import Board
from ranvier.targets.mcu.deadline import Deadline, read_deadline
from ranvier.targets.mcu.lower import lower
from ranvier.targets.mcu.plan import Plan
from ranvier.targets.mcu.toolchain import Toolchain, toolchain
from ranvier.tools.boards import Target, find_target
from ranvier.tools.build import BOARD_FILE, sha256
from ranvier.tools.families.mcu.image import made
from ranvier.tools.families.mcu.kernels import operations
from ranvier.tools.families.mcu.worst import cost_report
from ranvier.tools.families.protocol import Made, Options
from ranvier.tools.files import write_file

RANVIER = version("ranvier")
_ELSEWHERE = {"lanes": "weights at a time", "leak": "how they decay", "seeds": "placements to try"}


@dataclass(frozen=True, slots=True, kw_only=True)
class McuJob:
    """A board, and how a network is to be compiled for it."""

    where: Target
    emit: str
    limit: Deadline | None
    tool: Toolchain

    @property
    def target(self) -> Board:
        """The board."""
        return self.where.board

    def make(self, network: Network, vectors: bytes, stage: Path) -> Made:
        """Write sources, compile and link them, and say what they need.

        Raises
        ------
        RanvierError
            C03. where a step does not end in time, C0.. where the network does not fit, T0.. where
            the compiler is missing or fails.
        """
        board, tool = self.where.board, self.tool
        plan = lower(network, tool.core)
        memory.check_fits(plan, board)
        library = self.emit == "library"
        extra = () if library else image.frame_flags(plan)
        texts = _texts(plan, self.where, tool, vectors, library)
        files, report, worst = made(plan, board, tool, stage, texts, extra, library)
        report["cost"] = {**operations(plan, tool.core), **cost_report(worst, self.limit, board)}
        report["emit"] = self.emit
        others = {}
        if library:
            said = tool.flags, report["compiler"], report["memory"]
            others["README.md"] = drop_in.readme(plan, board, RANVIER, *said).encode()
        if self.where.text:
            text = self.where.text.encode()
            others[BOARD_FILE] = text
            report["board"] = {"file": self.where.file, "sha256": sha256(text)}
        for name, data in others.items():
            write_file(stage / name, data)
            files[name] = sha256(data)
        return Made(files=files, report=report)


def job(target: str, options: Options) -> McuJob:
    """Check a target and its options."""
    found = find_target(target)
    for name, what in _ELSEWHERE.items():
        if f"--{name}" in options.said:
            raise RanvierError(
                "C009", f"{found.board.name} has no {what}", loc=f"--{name}",
                hint=f"leave --{name} out; it is for FPGAs",
            )  # fmt: skip
    said = options.deadline, options.clock, options.cpi
    return McuJob(
        where=found,
        emit=_emitted(found.board, options.emit),
        limit=read_deadline(*said, found.board),
        tool=toolchain(found.board, options.compiler),
    )


def _emitted(where: Board, emit: str | None) -> str:
    """Return what is built: what was asked for, else what the target has."""
    if emit is None:
        return "app" if where.image else "library"
    if emit == "app" and not where.image:
        raise RanvierError(
            "C008",
            f"{where.name} is a core without a board: an image for it would have no serial port",
            loc="--target",
            hint="--emit library, or a board with that core from `ranvier targets`",
        )
    return emit


def _texts(
    plan: Plan, target: Target, tool: Toolchain, golden: bytes, library: bool
) -> dict[str, str]:
    """Return every source by its path in the build directory."""
    if not library:
        texts = image.sources(plan, target.board, code=target.code)
        return {f"src/{k}": text for k, text in (texts | tool.script(texts)).items()}
    with np.load(BytesIO(golden)) as f:
        out, decoded = f["out"][0], int(f["classes"][0])
        vectors = drop_in.Vectors(raw=f["raw"][0].reshape(len(out), -1), out=out, decoded=decoded)
    return drop_in.sources(plan, target.board, vectors, RANVIER)
