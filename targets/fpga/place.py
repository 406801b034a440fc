# SPDX-License-Identifier: Apache-2.0
"""Synthesis, place and route: what is run, and what the tools' reports say."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ranvier.errors import RanvierError
from ranvier.targets.fpga.part import Cells, Part
from ranvier.targets.fpga.toolchain import Toolchain
from ranvier.targets.fpga.tools import YOSYS, Program

OUT = "obj"  # folder of what tools write for each other
WORDS = {
    "lc": "logic cells", "ebr": "block RAMs", "spram": "single-port RAMs", "dsp": "multipliers",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Hop:
    """One part of a path: a cell, or the wires to the next one.

    Attributes
    ----------
    kind
        ``clk-to-q``, ``logic``, ``routing`` or ``setup``.
    cell
        The one it ends at.
    at
        Its column and row.
    """

    kind: str
    ns: float
    cell: str
    at: tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """What nextpnr reports of one seed.

    Attributes
    ----------
    fmax_hz
        The fastest clock at which all is in time, by nextpnr's delays.
    used, available
        Cells by ``lc``, ``ebr``, ``spram`` and ``dsp``.
    path
        From one register to the next, of all the slowest.
    """

    seed: int
    fmax_hz: float
    used: dict[str, int]
    available: dict[str, int]
    path: tuple[Hop, ...]

    @property
    def logic_ns(self) -> float:
        """Time on the slowest path within cells."""
        return sum(h.ns for h in self.path if h.kind != "routing")

    @property
    def routing_ns(self) -> float:
        """Time on the slowest path between cells."""
        return sum(h.ns for h in self.path if h.kind == "routing")


def synthesis(chain: Toolchain, top: str, sources: Sequence[str]) -> str:
    """Return Yosys' script: `sources` to a netlist, and a count of its cells."""
    return (
        f"read_verilog {' '.join(sources)}\n"
        f"{chain.synth} -top {top} -json {OUT}/{top}.json\n"
        f"tee -q -o {OUT}/stat.json stat -json\n"
    )


def synthesise(script: str) -> list[str]:
    """Return the command that runs a script in the build directory."""
    return [YOSYS.name, "-q", script]


def placement(part: Part, chain: Toolchain, top: str, clock_hz: float, seed: int) -> list[str]:
    """Return the command that places and routes with a seed."""
    return [
        chain.nextpnr.name, "-q", f"--{part.device}", "--package", part.package,
        *(("--speed", part.speed) if part.speed else ()),
        "--json", f"{OUT}/{top}.json", f"--{chain.pins}", f"{top}.{chain.pins}",
        "--freq", f"{clock_hz / 1e6:g}", "--seed", str(seed),
        "--timing-allow-fail", "--report", f"{OUT}/report{seed}.json",
        "--write", f"{OUT}/placed{seed}.json", f"--{chain.routed}", _routed(chain, top, seed),
    ]  # fmt: skip


def packing(chain: Toolchain, top: str, seed: int) -> list[str]:
    """Return the command that makes a bitstream of what was placed."""
    return [chain.packer.name, *chain.packing, _routed(chain, top, seed), f"{top}.{chain.image}"]


def _routed(chain: Toolchain, top: str, seed: int) -> str:
    return f"{OUT}/{top}{seed}.{chain.routed}"


def check_cells(stat: str, chain: Toolchain, cells: Cells, name: str, loc: str) -> None:
    """Refuse a netlist with more of something than there is.

    Parameters
    ----------
    stat
        What Yosys' ``stat -json`` wrote.

    Raises
    ------
    RanvierError
        V011, saying how many too many.
    """
    counted = _object(stat, YOSYS)["design"]["num_cells_by_type"]
    for cell, kind in chain.scarce.items():
        used, there = int(counted.get(cell, 0)), int(getattr(cells, kind))
        if used > there:
            raise too_many(kind, used, there, name, loc)


def too_many(kind: str, used: int, there: int, name: str, loc: str) -> RanvierError:
    """Return the error for a network that needs more of something than a chip has."""
    return RanvierError(
        "V011", f"it needs {used} {WORDS[kind]} and {name} has {there}: {used - there} too many",
        loc=loc, hint="a smaller network, fewer --lanes, or --target verilog for a larger chip",
    )  # fmt: skip


def read_report(chain: Toolchain, text: str, seed: int) -> Placed:
    """Return what nextpnr's JSON report says."""
    found = _object(text, chain.nextpnr)
    cells = {kind: found["utilization"].get(name) for name, kind in chain.cells.items()}
    paths = [p for p in found["critical_paths"] if _clocked(p)]
    slowest = max(paths, key=lambda p: sum(h["delay"] for h in p["path"]))
    return Placed(
        seed=seed,
        fmax_hz=1e6 * min(float(c["achieved"]) for c in found["fmax"].values()),
        used={k: int(v["used"]) for k, v in cells.items() if v},
        available={k: int(v["available"]) for k, v in cells.items() if v},
        path=tuple(_hop(h) for h in slowest["path"]),
    )


def _clocked(path: Mapping[str, Any]) -> bool:
    return bool(path["from"] == path["to"] != "<async>")


def _hop(h: Mapping[str, Any]) -> Hop:
    x, y = h["to"]["loc"]
    return Hop(str(h["type"]), float(h["delay"]), str(h["to"]["cell"]), (int(x), int(y)))


def module_of(cell: str) -> str:
    """Return the module that a cell comes from, by the instance names that Yosys leaves in its own.

    ``u_net.u_core.u_datapath.u_lane`` and the like: the innermost instance, without its prefix.
    """
    found = [part for part in cell.split(".")[:-1] if part.startswith("u_")]
    return found[-1].removeprefix("u_") if found else "top"


def where(cells: Sequence[str]) -> str:
    """Return where a path goes, module by module."""
    modules = [module_of(c) for c in cells]
    return " -> ".join(m for k, m in enumerate(modules) if k == 0 or m != modules[k - 1])


@dataclass(frozen=True, slots=True)
class Site:
    """A used place: kind of cell, column, row, number in its tile, and the module that uses it."""

    kind: str
    x: int
    y: int
    z: int
    module: str


def sites(chain: Toolchain, text: str) -> list[Site]:
    """Return what a placed design uses, of nextpnr's own JSON."""
    found = []
    (module,) = _object(text, chain.nextpnr)["modules"].values()
    for name, cell in module["cells"].items():
        kind = chain.cells.get(cell["type"])
        bel = cell["attributes"].get("NEXTPNR_BEL", "")
        if kind is not None and bel:
            x, y, z = bel.split("/")
            number = chain.number(kind, z)
            found.append(Site(kind, int(x[1:]), int(y[1:]), number, module_of(name)))
    return sorted(found, key=lambda s: (s.kind, s.x, s.y, s.z, s.module))


def by_module(found: Sequence[Site]) -> dict[str, dict[str, int]]:
    """Return how many cells of each kind each module uses, the largest first."""
    counted: dict[str, Counter[str]] = {}
    for s in found:
        counted.setdefault(s.module, Counter())[s.kind] += 1
    order = sorted(counted, key=lambda m: (-counted[m]["lc"], m))
    return {m: {k: counted[m][k] for k in WORDS} for m in order}


def _object(text: str, tool: Program) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as e:
        raise RanvierError(
            "T002", f"{tool.name} wrote a report that is no JSON: {e}", hint="check its version"
        ) from e
    return dict(found)
