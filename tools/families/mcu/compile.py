# SPDX-License-Identifier: Apache-2.0
"""A network as C, an image, and a report of what it needs."""

from dataclasses import dataclass
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from ranvier.errors import RanvierError
from ranvier.ir import Network
from ranvier.targets.mcu import build as image
from ranvier.targets.mcu import library as drop_in
from ranvier.targets.mcu import memory, stack
from ranvier.targets.mcu.board import Board
from ranvier.targets.mcu.deadline import Deadline, read_deadline
from ranvier.targets.mcu.lower import lower
from ranvier.targets.mcu.memory_groups import origin
from ranvier.targets.mcu.memory_tree import memory_tree
from ranvier.targets.mcu.plan import Plan
from ranvier.targets.mcu.seal import sealed
from ranvier.targets.mcu.toolchain import Toolchain, explained, toolchain
from ranvier.targets.process import run_program
from ranvier.tools.boards import Target, find_target
from ranvier.tools.build import BOARD_FILE, sha256
from ranvier.tools.families.mcu.kernels import operations
from ranvier.tools.families.mcu.worst import cost_report, step_bound
from ranvier.tools.families.protocol import Made, Options
from ranvier.tools.files import write_file

RANVIER = version("ranvier")
_ELSEWHERE = {"lanes": "neurons at a time", "seeds": "placements to try"}


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
        files, report = _write_sources(tool, stage, texts, extra, library)
        report |= _image(plan, board, tool, stage, files, library, extra)
        worst = step_bound(plan, tool, stage / report["image"], library)
        report["cost"] = {**operations(plan), **cost_report(worst, self.limit, board)}
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
        if getattr(options, name) is not None:
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


def _write_sources(
    tool: Toolchain,
    stage: Path,
    texts: dict[str, str],
    extra: tuple[str, ...],
    library: bool,
) -> tuple[dict[str, str], dict[str, Any]]:
    """Write the sources; return their hashes by path, and what identifies the build."""
    asked = [tool.driver[0], *tool.version]
    compiler = run_program(asked, package=tool.package).splitlines()[0]
    digest = image.build_hash(texts, tool, compiler, extra)
    if not library:
        texts = texts | {"src/build/rv_build_hash.c": image.build_hash_source(digest)}
    files = {}
    for name, text in sorted(texts.items()):
        data = text.encode()
        write_file(stage / name, data)
        files[name] = sha256(data)
    named = compiler if tool.name == "gcc" else f"{tool.name} {compiler}"
    return files, {"compiler": named, "toolchain": tool.name, "build_hash": digest.hex()}


def _image(
    plan: Plan,
    where: Board,
    tool: Toolchain,
    stage: Path,
    files: dict[str, str],
    library: bool,
    extra: tuple[str, ...],
) -> dict[str, Any]:
    """Compile and link; return the image's name, memory and stack."""
    name = image.image_name(plan, where, library)
    objects = stage / "src" / "obj"
    objects.mkdir()
    paths = [p.removeprefix("src/") for p in files if p.startswith("src/")]
    try:
        for argv in image.commands(tool, paths, f"../{name}", extra, library):
            run_program(argv, package=tool.package, cwd=stage / "src", loc=plan.network.name)
    except RanvierError as e:
        raise memory.overflow(explained(e), plan, where) from e
    graphs = [p.read_text("utf-8") for p in sorted(objects.glob("*.ci"))]
    for leftover in objects.iterdir():
        leftover.unlink()
    objects.rmdir()
    data = sealed((stage / name).read_bytes())
    (stage / name).write_bytes(data)
    files[name] = sha256(data)
    found = memory.read_image(data, name)
    entry = f"{plan.network.name}_step" if library else "rv_reset"
    deepest = stack.bound(graphs, entry) if library or where.memories else None
    saved = 0 if library else stack.interrupted(graphs, where)
    unknown = [] if deepest is None else list(deepest.unknown)
    if not tool.call_graph:
        unknown = ["every function, as Zig's Clang writes no call graph"]
    return {
        "image": name,
        "memory": {
            "rom": found.rom,
            "ram": found.ram,
            # With a function of unknown frame in it the sum would be no bound.
            "stack": None if deepest is None or deepest.unknown else deepest.bytes + saved,
            "stack_path": [] if deepest is None else list(deepest.path),
            "stack_unknown": unknown,
            "layers": [{"name": m.name, "rom": m.rom, "ram": m.ram} for m in memory.layers(plan)],
            "symbols": [
                {"name": s, "place": place, "bytes": size} for s, place, size in found.symbols[:40]
            ],
            "tree": memory_tree(data, name, plan, origin(graphs, paths)).to_json(),
        },
        "command": argv if tool.name == "gcc" else ["python", *argv[1:]],  # wherever it lies here
    }
