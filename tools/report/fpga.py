# SPDX-License-Identifier: Apache-2.0
"""What an FPGA is used for, as one page."""

import re
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined

from ranvier.targets.fpga.part import Part
from ranvier.targets.fpga.place import WORDS, Site, module_of
from ranvier.targets.fpga.toolchain import toolchain
from ranvier.tools.report.floorplan import OTHERS, floorplan, palette
from ranvier.tools.report.lanes import lanes

_SHOWN = 0.01  # ns


def page(network: str, report: dict[str, Any], sites: Sequence[Site], part: Part) -> str:
    """Return the report of a placed build as HTML that needs nothing else.

    Parameters
    ----------
    report
        What the build's manifest says: ``place``, ``cost``, ``core``, ``memory`` and ``power``.
    """
    assert part.cells is not None
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    source = files("ranvier.tools.report").joinpath("fpga.html.j2").read_text("utf-8")
    place, cost = report["place"], report["cost"]
    colours = palette([m["module"] for m in place["modules"]])
    what = f"{network} on {part.chip}: where each module lies"
    return environment.from_string(source).render(
        network=network,
        part=part,
        place=place,
        cost=cost,
        lanes=lanes(report["core"]),
        memory=report["memory"],
        power=report["power"],
        words={k: WORDS[k] for k in place["cells"]},
        colours=colours,
        others=OTHERS,
        floorplan=floorplan(sites, part.cells, toolchain(part.toolchain).shape, colours, what),
        hops=[_hop(h) for h in place["critical_path"]["hops"] if h["ns"] >= _SHOWN],
        micros=1e6 * cost["seconds_per_step_at_most"],
    )


def _hop(h: dict[str, Any]) -> dict[str, Any]:
    """Return a hop with the signal that it ends at: Yosys names cells after what they drive."""
    signal = re.split(r"_SB_|_TRELLIS_|\$", h["cell"].split(".")[-1])[0]
    return {**h, "module": module_of(h["cell"]), "signal": signal}
