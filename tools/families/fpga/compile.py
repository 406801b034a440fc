# SPDX-License-Identifier: Apache-2.0
"""A network as Verilog, memory images and, where a chip is named, a bitstream."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

from ranvier.errors import RanvierError
from ranvier.ir import Network
from ranvier.targets.fpga import cycles, emit, fit, host, images
from ranvier.targets.fpga.images import Parameters
from ranvier.targets.fpga.lower import lower, state_bits, weight_bits
from ranvier.targets.fpga.part import Clock, Part, part
from ranvier.targets.fpga.plan import LEAKS, Leak, Plan
from ranvier.targets.fpga.toolchain import Toolchain, toolchain
from ranvier.targets.fpga.verilator import HDL, generics
from ranvier.tools.build import sha256
from ranvier.tools.families.fpga import lanes, place, power, timing
from ranvier.tools.families.protocol import Made, Options
from ranvier.tools.files import write_file
from ranvier.tools.report.fpga import page

RANVIER = version("ranvier")
PAGE = "report.html"
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class FpgaJob:
    """A part, and how a network is to be laid out for it.

    Attributes
    ----------
    lanes
        Of a core; None where the part's usual ones will do, or more where these are too slow.
    leak
        How states decay.
    clock
        What a step is timed with; None where nothing says.
    deadline
        Seconds that a step may take; None where nothing limits it.
    seeds
        How many placements are tried.
    """

    target: Part
    emit: str
    lanes: int | None
    leak: Leak
    clock: Clock | None
    deadline: Fraction | None
    seeds: int

    def make(self, network: Network, vectors: bytes, stage: Path) -> Made:
        """Write RTL, images and what the tools make of them.

        Raises
        ------
        RanvierError
            V0.. where the core doesn't execute the network or the part doesn't hold it, C031 where
            a step doesn't end in time, T0.. where a tool is missing or fails.
        """
        where = self.target
        plan = lanes.choose(
            self.lanes, where.lanes, lambda n: self._planned(network, n), self._time
        )
        p = images.parameters(plan)
        cost = _cost(plan) | self._time(plan)
        texts = self._texts(plan, p)
        made = {path: text.encode() for path, text in texts.items()}
        made[host.WEIGHTS] = host.weights(plan, p)
        for name, data in made.items():
            write_file(stage / name, data)
        report: dict[str, Any] = {
            "emit": self.emit,
            "image": f"rtl/top_{network.name}.v",
            "compiler": "no tool",
            "memory": _memory(plan, p),
            "cost": cost,
            "core": {
                "lanes": plan.lanes,
                "fold": plan.fold,
                "leak": plan.leak,
                "cores": lanes.cores(plan.lanes),
                "rows": len(plan.rows),
                "parameters": p.values,
            },
        }
        names = list(made)
        if self.emit == "app":
            chain = toolchain(where.toolchain)
            report |= {"image": f"top_{network.name}.{chain.image}"}
            names += [report["image"], *self._placed(plan, chain, texts, stage, report)]
        files = {name: sha256((stage / name).read_bytes()) for name in sorted(names)}
        said = json.dumps([where.name, self.emit, report["compiler"], files], sort_keys=True)
        report["build_hash"] = sha256(said.encode())
        return Made(files=files, report=report)

    def _planned(self, network: Network, lanes: int) -> Plan:
        """Lay the network out for so many lanes; refuse what the part doesn't hold."""
        widest = state_bits(network, self.target.state_bits)
        plan = lower(network, lanes, weight_bits(network), widest, leak=self.leak)
        return fit.folded(plan, self.target)

    def _time(self, plan: Plan) -> dict[str, Any]:
        """Return how long a step takes at most; refuse one that is late."""
        most = sum(cycles.per_layer(plan).values())
        return timing.check(most, self.clock, self.deadline, self.target)

    def _texts(self, plan: Plan, p: Parameters) -> dict[str, str]:
        """Return every source and image by its path in the build directory."""
        where, name = self.target, plan.network.name
        found = {f"rtl/{f.name}": f for f in (HDL / "rtl").glob("*.v*")}
        own = HDL / (where.toolchain if where.kind == "fpga" else "asic")
        found |= {f"{own.name}/{f.name}": f for f in own.glob("*.v")}
        found |= {f"driver/{f.name}": f for f in (HDL / "driver").glob("*.h")}
        found |= {f"sim/{f.name}": f for f in (HDL / "sim").glob("rv_*")}
        texts = {path: f.read_text("utf-8") for path, f in sorted(found.items())}
        chosen = () if self.clock is None else self.clock.set
        texts |= {f"driver/{file}": text for file, text in host.sources(plan, p).items()}
        texts[f"rtl/top_{name}.v"] = emit.top(plan, p, where, chosen, RANVIER)
        texts["sim/core.f"] = "\n".join(generics(p.values, emit.IMAGES)) + "\n"
        if where.kind == "fpga":
            chain = toolchain(where.toolchain)
            texts[f"top_{name}.{chain.pins}"] = chain.constraints(where.ports)
        return texts | {emit.IMAGES[k]: text for k, text in images.texts(plan, p).items()}

    def _placed(
        self, plan: Plan, chain: Toolchain, texts: dict[str, str], stage: Path,
        report: dict[str, Any],
    ) -> list[str]:  # fmt: skip
        """Synthesise, place and route; return the files that this left."""
        where, top = self.target, f"top_{plan.network.name}"
        assert self.clock is not None
        own = {Path(f).name for f in texts if f.startswith(f"{chain.name}/")}
        sources = [
            f for f in sorted(texts)
            if f.endswith(".v") and not f.startswith("sim/")
            and not (f.startswith("rtl/") and Path(f).name in own)
        ]  # fmt: skip
        routed = place.route(where, top, sources, stage, self.clock, self.seeds)
        report["compiler"] = routed.tools
        report["place"] = placed = place.report(routed, where, self.clock)
        dt = plan.network.dt
        report["power"] = power.power(where, placed["cells"], report["cost"], dt)
        write_file(stage / PAGE, page(plan.network.name, report, routed.sites, where).encode())
        return [place.SCRIPT, PAGE]


def job(target: str, options: Options) -> FpgaJob:
    """Check a part and its options."""
    where = part(target)
    _refuse(options, where)
    emitted = options.emit or ("app" if where.kind == "fpga" else "library")
    if emitted == "app" and where.kind != "fpga":
        raise RanvierError(
            "C008", f"{where.name} names no chip: there is nothing to place and route for",
            loc="--target", hint="--emit library, or an FPGA from `ranvier targets`",
        )  # fmt: skip
    return FpgaJob(
        target=where,
        emit=emitted,
        lanes=None if options.lanes is None else _one_of("--lanes", options.lanes, lanes.LANES),
        leak=_one_of("--leak", options.leak or LEAKS[0], LEAKS),
        clock=timing.clock(options.clock, where),
        deadline=timing.deadline(options.deadline, options.clock, where),
        seeds=_one_of(
            "--seeds", 1 if options.seeds is None else options.seeds, range(1, place.MOST_SEEDS + 1)
        ),
    )


def _one_of(option: str, said: object, allowed: Sequence[T]) -> T:
    for found in allowed:
        if found == said:
            return found
    known = f"one of {', '.join(map(str, allowed))}"
    if isinstance(allowed, range):
        known = f"{allowed[0]} to {allowed[-1]}"
    elif len(allowed) == 2:
        known = f"{allowed[0]} or {allowed[1]}"
    raise RanvierError("C009", f"{option} {said} is not to be had", loc=option, hint=known)


def _refuse(options: Options, where: Part) -> None:
    """Refuse what is said of a program."""
    for name in ("--cpi", "--compiler"):
        if name in options.said:
            raise RanvierError(
                "C009", f"{where.name} runs no program: {name} says nothing of it", loc=name,
                hint=f"leave {name} out",
            )  # fmt: skip


def _memory(plan: Plan, p: Parameters) -> dict[str, Any]:
    """Return the bytes of the core's memories: those that begin full, and those that change."""
    bits = {
        "weights": plan.weight_rows * plan.lanes * plan.weight_bits,
        "thresholds": plan.groups * plan.lanes * plan.state_bits,
        "table": len(plan.rows) * p["RowW"],
        "sums": plan.groups * plan.lanes * plan.sum_bits,
        "events": (1 << p["ListW"]) * p["EventW"],
        "queues": sum(bits * words for bits, words in emit.queues(p)),
        "windows": len(plan.windows) * images.window_bits(p),
    }
    found = {name: -(-n // 8) for name, n in bits.items()}
    constant = sum(found[name] for name in ("weights", "thresholds", "table", "windows"))
    return {
        "rom": constant, "ram": sum(found.values()) - constant, "stack": None, "memories": found,
    }  # fmt: skip


def _cost(plan: Plan) -> dict[str, Any]:
    of_layers = cycles.per_layer(plan)
    return {
        "neuron_updates_per_step": sum(q.size for q in plan.network.populations),
        "synaptic_operations_per_step_at_most": cycles.operations(plan),
        "cycles_per_step_at_most": sum(of_layers.values()),
        "layers": [
            {
                "name": q.name,
                "neurons": q.size,
                "cycles_at_most": of_layers[q.name],
                "connections": [asdict(t) for t in plan.taken if t.target == q.name],
            }
            for q in plan.network.populations
        ],
        "instructions_per_step_at_most": None,
    }
