# SPDX-License-Identifier: Apache-2.0
"""``ranvier compile``: a network as C, an image, and a report of what it needs."""

from dataclasses import asdict, dataclass
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from ranvier import rvn
from ranvier.errors import RanvierError
from ranvier.frontends.data import Data
from ranvier.frontends.options import ModelOptions
from ranvier.ir import Network
from ranvier.model import Ambiguity, Model
from ranvier.targets.mcu import build as image
from ranvier.targets.mcu import library as drop_in
from ranvier.targets.mcu import memory
from ranvier.targets.mcu.board import Board
from ranvier.targets.mcu.deadline import Deadline, read_deadline
from ranvier.targets.mcu.lower import lower
from ranvier.targets.mcu.plan import Plan
from ranvier.targets.mcu.toolchain import Name as Compiler
from ranvier.targets.mcu.toolchain import Toolchain, toolchain
from ranvier.tools.boards import Target, find_target
from ranvier.tools.build import BOARD_FILE, SCHEMA, Build, manifest_bytes, open_build, sha256
from ranvier.tools.files import MANIFEST, staged_folder, write_file
from ranvier.tools.verbs.golden import golden_vectors
from ranvier.tools.verbs.image import made
from ranvier.tools.verbs.kernels import operations
from ranvier.tools.verbs.source import network_of, origin_of
from ranvier.tools.verbs.worst import cost_report

EMIT = ("app", "library")
RANVIER = version("ranvier")


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """What was built."""

    build: Build
    ambiguities: tuple[Ambiguity, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain data."""
        m = self.build.manifest
        return {
            "build": str(self.build.path),
            "target": m["target"],
            "network": m["network"],
            "memory": m["memory"],
            "cost": m["cost"],
            "image": m["image"],
            "files": sorted(m["files"]),
            "ambiguities": [asdict(a) for a in self.ambiguities],
        }


def compile(
    source: Model | Network | str | Path,
    target: str,
    out: str | Path,
    *,
    calib: Data | str | Path | None = None,
    emit: str | None = None,
    compiler: Compiler = "auto",
    deadline: str | None = None,
    clock: str | None = None,
    cpi: float | None = None,
    options: ModelOptions | None = None,
) -> Compiled:
    """Compile a network for a target into a build directory.

    Parameters
    ----------
    source
        A quantised network, or a model together with `calib`.
    target
        A name that ``ranvier.targets()`` lists, or the path of a board file, which ends in .toml.
    out
        The build directory; it appears whole, or not at all.
    emit
        ``app``: an image with the link; ``library``: the network's C alone, for another program.
        ``None`` is the first of them that the target has: a core without a board has no image.
    compiler
        ``gcc``: the board's own; ``zig``: that of the package ziglang; ``auto``: Zig where it is
        installed and the board's compiler is not.
    deadline, clock
        The time in which every step must end, such as ``1ms``, and the core's clock, ``64MHz``.
    cpi
        Cycles that an instruction is assumed to take; None: what is known of the core.

    Raises
    ------
    RanvierError
        C03. where a step does not end in time, or nothing says that it does,
        C0.. where the network does not fit the target, T0.. where the compiler is missing or fails,
        W0.. where `out` cannot be written.
    """
    ready = request(target, emit, compiler, deadline, clock, cpi)
    network, ambiguities = network_of(source, calib, options)
    build = build_network(network, origin_of(source), ready, Path(out))
    return Compiled(build=build, ambiguities=ambiguities)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a network is to be compiled for, checked before anything is read or made."""

    target: Target
    emit: str
    limit: Deadline | None
    tool: Toolchain


def request(
    target: str,
    emit: str | None,
    compiler: Compiler,
    deadline: str | None,
    clock: str | None,
    cpi: float | None,
) -> Request:
    """Return the options of `compile` as they hold for one target."""
    found = find_target(target)
    return Request(
        target=found,
        emit=_emitted(found.board, emit),
        limit=read_deadline(deadline, clock, cpi, found.board),
        tool=toolchain(found.board, compiler),
    )


def build_network(
    network: Network, origin: dict[str, str] | None, asked: Request, path: Path
) -> Build:
    """Make the build directory of a network for one target."""
    where, tool = asked.target.board, asked.tool
    plan = lower(network, tool.core)
    memory.check_fits(plan, where)
    with staged_folder(path) as stage:
        library = asked.emit == "library"
        extra = () if library else image.frame_flags(plan)
        vectors = golden_vectors(network)
        texts = _texts(plan, asked.target, tool, vectors, library)
        files, report, worst = made(plan, where, tool, stage, texts, extra, library)
        report["cost"] = {**operations(plan), **cost_report(worst, asked.limit, where)}
        report |= {"emit": asked.emit, "source": origin}
        others = {"network.rvn": rvn.to_bytes(network), "golden.npz": vectors}
        if library:
            said = tool.flags, report["compiler"], report["memory"]
            guide = drop_in.readme(plan, where, RANVIER, *said)
            others["README.md"] = guide.encode()
        if asked.target.text:
            text = asked.target.text.encode()
            others[BOARD_FILE] = text
            report["board"] = {"file": asked.target.file, "sha256": sha256(text)}
        for name, data in others.items():
            write_file(stage / name, data)
            files[name] = sha256(data)
        write_file(stage / MANIFEST, manifest_bytes(_manifest(plan, where, files, report)))
    return open_build(path)


def _emitted(where: Board, emit: str | None) -> str:
    """Return what is built: what was asked for, else what the target has."""
    if emit is None:
        return "app" if where.image else "library"
    if emit not in EMIT:
        raise RanvierError("C005", f"unknown --emit {emit!r}", hint=f"known: {', '.join(EMIT)}")
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


def _manifest(
    plan: Plan, where: Board, files: dict[str, str], report: dict[str, Any]
) -> dict[str, Any]:
    network = plan.network
    return {
        "schema": SCHEMA,
        "ranvier": RANVIER,
        "target": where.name,
        "network": {
            "name": network.name,
            "signature": rvn.signature(network).hex(),
            "dt": network.dt,
        },
        "decode": network.decode.rule,
        "files": files,
        **report,
    }
