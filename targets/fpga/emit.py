# SPDX-License-Identifier: Apache-2.0
"""The top module of one network for one part: every parameter said, every port named."""

from collections.abc import Mapping, Sequence
from importlib.resources import files

import jinja2

from ranvier import rvn
from ranvier.targets.fpga import verilator
from ranvier.targets.fpga.images import Parameters
from ranvier.targets.fpga.part import Part
from ranvier.targets.fpga.plan import Plan
from ranvier.targets.fpga.registers import QUEUE_BITS

# Files of $readmemh, where tools are started in the build directory
IMAGES = {name: f"images/{file}" for name, file in verilator.IMAGES.items()}

# Words of the queues between the core and its host, as a power of two
QUEUES = {"EventsW": 8, "SpikesW": QUEUE_BITS["SPIKES"], "ValuesW": QUEUE_BITS["VALUES"]}


def queues(p: Parameters) -> list[tuple[int, int]]:
    """Return (bits of a word, words) of the queues of events, spikes and readouts."""
    words = {"EventsW": p["EventW"], "SpikesW": p["AddressW"] + 1, "ValuesW": p["StateW"]}
    return [(width, 1 << QUEUES[name]) for name, width in words.items()]


def top(plan: Plan, p: Parameters, part: Part, chosen: Sequence[str], ranvier: str) -> str:
    """Return module ``top_<name>``.

    Parameters
    ----------
    chosen
        Parameters that set the part's clock, as ``Name=value``.
    """
    shared = ("Reach",) if len(plan.windows) else ()
    values: Mapping[str, object] = {
        **p.values,
        **QUEUES,
        "Signature": f"32'h{rvn.signature(plan.network).hex()[:8]}",
        **dict(said.split("=", 1) for said in chosen),
        **{name: f'"{IMAGES[name]}"' for name in (*part.images, *shared)},
    }
    folder = files("ranvier.targets.fpga")
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(lambda file: folder.joinpath(file).read_text("utf-8")),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
    )
    return environment.get_template("top.v.j2").render(
        net=plan.network.name, lanes=plan.lanes, ranvier=ranvier, module=part.top,
        signature=rvn.signature(plan.network).hex()[:16], ports=part.ports,
        parameters=list(values.items()),
    )  # fmt: skip
