# SPDX-License-Identifier: Apache-2.0
"""A network as a Lava program, a netx file and a description of both."""

import json
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ranvier.errors import RanvierError
from ranvier.ir import Network
from ranvier.targets.loihi import emit, netx
from ranvier.targets.loihi.chip import Chip, chip
from ranvier.targets.loihi.lower import lower
from ranvier.targets.loihi.place import STATE_BYTES, Placement, core_neurons, place
from ranvier.targets.loihi.plan import Plan
from ranvier.tools.build import sha256
from ranvier.tools.families.protocol import Made, Options
from ranvier.tools.files import npz_bytes, write_file

RANVIER = version("ranvier")
CHIP = "chip.json"
NETX = "net.hdf5"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoihiJob:
    """A chip; there is nothing to choose of it."""

    target: Chip

    def make(self, network: Network, vectors: bytes, stage: Path) -> Made:
        """Write the program, its arrays, the netx file where there is one, and the description.

        Raises
        ------
        RanvierError
            K0.. where the chip doesn't execute the network or doesn't hold it.
        """
        plan = lower(network, self.target)
        placement = place(plan)
        made, why = emitted(plan, placement)
        for name, data in made.items():
            write_file(stage / name, data)
        files = {name: sha256(made[name]) for name in sorted(made)}
        said = json.dumps([self.target.name, files], sort_keys=True)
        report: dict[str, Any] = {
            "emit": "app",
            "image": program(network),
            "compiler": "no tool",
            "memory": _memory(placement),
            "cost": _cost(plan, placement),
            "place": _place(plan, placement),
            "netx": why or NETX,
            "unproved": list(plan.unproved),
            "build_hash": sha256(said.encode()),
        }
        return Made(files=files, report=report)


def job(target: str, options: Options) -> LoihiJob:
    """Check a chip and its options."""
    for name in options.said:
        if name != "--emit" or options.emit == "library":
            raise RanvierError(
                "C009", f"{target} is configured, and neither compiled nor clocked:"
                f" {name} says nothing of it", loc=name, hint=f"leave {name} out",
            )  # fmt: skip
    return LoihiJob(target=chip(target))


def program(network: Network) -> str:
    """Return the name of the Lava program in a build."""
    return f"lava_{network.name}.py"


def emitted(plan: Plan, placement: Placement) -> tuple[dict[str, bytes], str]:
    """Return every file by its name, and why there is no netx file; empty where there is."""
    name, why = program(plan.network), ""
    made = {
        name: emit.program(plan, RANVIER).encode(),
        str(Path(name).with_suffix(".npz")): npz_bytes(emit.arrays(plan)),
    }
    try:
        made[NETX] = netx.hdf5(plan)
    except netx.Unfit as e:
        why = str(e)
    made[CHIP] = emit.description(plan, placement, why).encode()
    return made, why


def _memory(placement: Placement) -> dict[str, Any]:
    """Return the bytes of synapses and of states, as they lie on all cores."""
    return {
        "rom": -(-sum(c.synapse_bits for c in placement.cores) // 8),
        "ram": STATE_BYTES * sum(c.neurons for c in placement.cores),
        "stack": None,
    }


def _cost(plan: Plan, placement: Placement) -> dict[str, Any]:
    return {
        "neuron_updates_per_step": sum(x.size for x in plan.layers),
        "synaptic_operations_per_step_at_most": sum(c.synapses for c in placement.cores),
        "hops": max(x.lag for x in plan.layers),
        "layers": [{"name": x.name, "neurons": x.size, "lag": x.lag} for x in plan.layers],
        "instructions_per_step_at_most": None,
    }


def _place(plan: Plan, placement: Placement) -> dict[str, Any]:
    where, cores = plan.chip, placement.cores
    known = {
        "cores": (len(cores), where.cores.value),
        "neurons": (
            sum(c.neurons for c in cores),
            core_neurons(plan) * where.cores.value
            if where.neurons is None
            else where.neurons.value,
        ),
        "synapses": (
            sum(c.synapses for c in cores),
            None if where.synapses is None else where.synapses.value,
        ),
    }
    return {
        "chip": where.name,
        **{k: {"used": used, "available": there} for k, (used, there) in known.items()},
        "nearest_limit": placement.limit,
        "placed": [asdict(c) for c in cores],
    }
