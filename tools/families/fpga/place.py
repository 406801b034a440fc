# SPDX-License-Identifier: Apache-2.0
"""Runs synthesis, place and route, and packing, and chooses among seeds."""

import re
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ranvier.errors import RanvierError
from ranvier.targets.fpga import place
from ranvier.targets.fpga.part import Clock, Part
from ranvier.targets.fpga.place import OUT, Placed, Site
from ranvier.targets.fpga.toolchain import Toolchain, toolchain
from ranvier.targets.fpga.tools import YOSYS, Program, find
from ranvier.targets.process import run_program

MOST_SEEDS = 100
LONGEST = 1800  # s; a wheel is compiled when it first runs
SCRIPT = "synth.ys"


@dataclass(frozen=True, slots=True, kw_only=True)
class Routed:
    """A bitstream and what is known of it.

    Attributes
    ----------
    best
        The seed that was kept: the fastest, of equals the first.
    tried
        All of them.
    sites
        What it uses, place by place.
    commands
        What was run, in the build directory.
    tools
        What these programs call themselves.
    """

    best: Placed
    tried: tuple[Placed, ...]
    sites: tuple[Site, ...]
    commands: tuple[str, ...]
    tools: str


def route(
    part: Part, top: str, sources: Sequence[str], stage: Path, clock: Clock, seeds: int
) -> Routed:
    """Make the bitstream of `sources` in the folder `stage`.

    Raises
    ------
    RanvierError
        T001, T002 where a tool is missing or fails; V011 where the design doesn't fit, V012 where
        it isn't as fast as its clock.
    """
    chain = toolchain(part.toolchain)
    out = stage / OUT
    out.mkdir()
    clock_hz = clock.hz * (1 + clock.tolerance)
    for program in chain.programs:
        find(program)  # all, before the first takes its time
    tools = f"{_asked(YOSYS)} + {_asked(chain.nextpnr)}"
    (stage / SCRIPT).write_text(place.synthesis(chain, top, sources))
    commands = [place.synthesise(SCRIPT)]
    _run(YOSYS, commands[0], stage, top)
    assert part.cells is not None
    place.check_cells((out / "stat.json").read_text(), chain, part.cells, part.chip, top)
    tried = []
    for seed in range(1, seeds + 1):
        argv = place.placement(part, chain, top, clock_hz, seed)
        _place(chain, argv, stage, part, top)
        tried.append(place.read_report(chain, (out / f"report{seed}.json").read_text(), seed))
    best = max(tried, key=lambda p: p.fmax_hz)
    _in_time(best, clock, len(tried), top)
    commands += [
        place.placement(part, chain, top, clock_hz, best.seed),
        place.packing(chain, top, best.seed),
    ]
    _run(chain.packer, commands[-1], stage, top)
    sites = place.sites(chain, (out / f"placed{best.seed}.json").read_text())
    shutil.rmtree(out)
    named = [
        [find(program).name, *argv[1:]]
        for program, argv in zip(chain.programs, commands, strict=True)
    ]
    said = tuple(" ".join(argv) for argv in (["mkdir", OUT], *named))
    return Routed(best=best, tried=tuple(tried), sites=tuple(sites), commands=said, tools=tools)


def report(routed: Routed, part: Part, clock: Clock) -> dict[str, Any]:
    """Return what the manifest says of a bitstream."""
    best = routed.best
    return {
        "chip": part.chip,
        "tools": routed.tools,
        "commands": list(routed.commands),
        "clock_hz": clock.hz,
        "clock_source": clock.source,
        "clock_at_most_hz": clock.hz * (1 + clock.tolerance),
        "fmax_hz": best.fmax_hz,
        "fmax_conditions": "nextpnr's delays, for conditions that it does not name",
        "seed": best.seed,
        "seeds": [{"seed": p.seed, "fmax_hz": p.fmax_hz} for p in routed.tried],
        "cells": {k: {"used": n, "available": best.available[k]} for k, n in best.used.items()},
        "modules": [{"module": m, **n} for m, n in place.by_module(routed.sites).items()],
        "critical_path": {
            "ns": round(best.logic_ns + best.routing_ns, 3),
            "logic_ns": round(best.logic_ns, 3),
            "routing_ns": round(best.routing_ns, 3),
            "way": place.where([h.cell for h in best.path]),
            "hops": [asdict(h) for h in best.path],
        },
    }


def _asked(program: Program) -> str:
    """Return a tool's name and version."""
    found = find(program)
    said = run_program(
        [found.path, program.ask],
        package=program.debian or program.wheel,
        both=True,
        timeout=LONGEST,
    )
    version = re.search(r"(?:Yosys|Version) ([^\s)]+)", said)
    return f"{found.name} {version[1] if version else 'of an unknown version'}"


def _run(program: Program, argv: list[str], stage: Path, loc: str) -> None:
    run_program(
        [find(program).path, *argv[1:]],
        package=program.debian or program.wheel,
        cwd=stage,
        loc=loc,
        timeout=LONGEST,
    )


def _place(chain: Toolchain, argv: list[str], stage: Path, part: Part, loc: str) -> None:
    """Place and route; say why it can't be done."""
    try:
        _run(chain.nextpnr, argv, stage, loc)
    except RanvierError as e:
        if e.code != "T002":
            raise
        lines = [x.strip() for x in e.what.splitlines() if "ERROR:" in x]
        if not lines:
            raise
        raise RanvierError(
            "V011", f"{part.chip} can't hold it: {lines[0].split('ERROR:')[1].strip()}", loc=loc,
            hint="a smaller network, fewer --lanes, or --target verilog for a larger chip",
        ) from e  # fmt: skip


def _in_time(best: Placed, clock: Clock, seeds: int, loc: str) -> None:
    most = clock.hz * (1 + clock.tolerance)
    if best.fmax_hz >= most:
        return
    way = place.where([h.cell for h in best.path])
    more = f" and {clock.tolerance:.0%} more" if clock.tolerance else ""
    raise RanvierError(
        "V012",
        f"it runs at up to {best.fmax_hz / 1e6:.2f} MHz and {clock.source} gives"
        f" {clock.hz / 1e6:g}{more}; the slowest path is {way}",
        loc=loc,
        hint=f"a slower --clock, --seeds {max(8, 2 * seeds)}, or fewer --lanes",
    )
