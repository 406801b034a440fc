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
from ranvier.targets.mcu import memory, stack
from ranvier.targets.mcu.board import Board
from ranvier.targets.mcu.deadline import Deadline, read_deadline
from ranvier.targets.mcu.lower import lower
from ranvier.targets.mcu.memory_groups import origin
from ranvier.targets.mcu.memory_tree import memory_tree
from ranvier.targets.mcu.plan import Plan
from ranvier.targets.mcu.seal import sealed
from ranvier.targets.mcu.toolchain import Name as Compiler
from ranvier.targets.mcu.toolchain import Toolchain, explained, toolchain
from ranvier.targets.process import run_program
from ranvier.tools.boards import Target, find_target
from ranvier.tools.build import BOARD_FILE, SCHEMA, Build, manifest_bytes, open_build, sha256
from ranvier.tools.files import MANIFEST, staged_folder, write_file
from ranvier.tools.verbs.golden import golden_vectors
from ranvier.tools.verbs.kernels import operations
from ranvier.tools.verbs.source import network_of, origin_of
from ranvier.tools.verbs.worst import cost_report, step_bound

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
        files, report = _write_sources(tool, stage, texts, extra, library)
        report |= _image(plan, where, tool, stage, files, library, extra)
        worst = step_bound(plan, tool, stage / report["image"], library)
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
