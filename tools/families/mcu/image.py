# SPDX-License-Identifier: Apache-2.0
"""An image of a network's sources, its own C and the runtime's, and what it needs of its board."""

from pathlib import Path
from typing import Any

from ranvier.errors import RanvierError
from ranvier.targets.mcu import build as image
from ranvier.targets.mcu import memory, stack, step_limit
from ranvier.targets.mcu.board import Board
from ranvier.targets.mcu.memory_groups import origin
from ranvier.targets.mcu.memory_tree import memory_tree
from ranvier.targets.mcu.plan import Plan
from ranvier.targets.mcu.seal import sealed
from ranvier.targets.mcu.state import state_bytes
from ranvier.targets.mcu.toolchain import Toolchain, explained
from ranvier.targets.mcu.worst.bound import StepBound
from ranvier.targets.process import run_program
from ranvier.tools.build import sha256
from ranvier.tools.families.mcu.worst import step_bound, unbounded
from ranvier.tools.files import write_file


def made(
    plan: Plan,
    where: Board,
    tool: Toolchain,
    stage: Path,
    texts: dict[str, str],
    extra: tuple[str, ...],
    library: bool,
) -> tuple[dict[str, str], dict[str, Any], StepBound]:
    """Compile; once more where the step's bound asks for a longer limit than was assumed."""
    limit = step_limit.periods(where, None if unbounded(tool, library) else 0)
    while True:
        said = (*extra, *step_limit.flags(limit))
        files, report = _write_sources(tool, stage, texts, said, library)
        report |= _image(plan, where, tool, stage, files, library, said)
        worst = step_bound(plan, tool, stage / report["image"], library)
        needed = step_limit.periods(where, worst.instructions)
        if needed <= limit:
            return files, report, worst
        limit = needed


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
            "state": state_bytes(plan) if library else None,  # its caller's
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
