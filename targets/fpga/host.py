# SPDX-License-Identifier: Apache-2.0
"""What a host on SPI gets with a build: the driver, the register map, and this network's layout."""

from collections.abc import Mapping
from dataclasses import asdict
from importlib.resources import files

from ranvier import rvn
from ranvier.targets.fpga import pins
from ranvier.targets.fpga.driver import Layout
from ranvier.targets.fpga.images import Parameters
from ranvier.targets.fpga.plan import Plan

WEIGHTS = "images/weights.bin"  # of a build: what `weights` returns

_NAMES = {
    "signature": "first 32 bits of the network's SHA-256, registers SIGNATURE_HIGH and _LOW",
    "address_bits": "of an event",
    "value_bits": "of an event, above its address; 0: each counts one",
    "state_bits": "of a readout",
    "lanes": "weights in a row; readouts of a population come in multiples of it",
    "weight_rows": "rows of the weight memory",
    "weight_words": "words of 16 bits that the host's window gives a row",
    "fold": "beats in which so many neurons are updated: rows of thresholds are of lanes / fold",
}

_SAYS = "what spikes say, and which readout it is, of each neuron in the network's order"
_NUMBERS = f"\n# {_SAYS[0].upper()}{_SAYS[1:]}\n"


def layout(plan: Plan, p: Parameters) -> Layout:
    """Return what a host must know of a plan's core."""
    return pins.layout(p, int.from_bytes(rvn.signature(plan.network)[:4], "big"))


def sources(plan: Plan, p: Parameters) -> dict[str, str]:
    """Return the host's files by name; the Python ones need nothing but Python."""
    here = files("ranvier.targets.fpga")
    driver = here.joinpath("driver.py").read_text("utf-8")
    own = driver.replace("from ranvier.targets.fpga import spi_map as rv_map", "import rv_map")
    known = layout(plan, p)
    return {
        "rv_driver.py": own,
        "rv_map.py": here.joinpath("spi_map.py").read_text("utf-8"),
        f"{plan.network.name}_layout.py": _python(known, numbers(plan)),
        f"{plan.network.name}_layout.h": _c(known, plan.network.name, numbers(plan)),
    }


def weights(plan: Plan, p: Parameters) -> bytes:
    """Return what a host writes to space WEIGHTS from address 0 on: words, high byte first."""
    return b"".join(word.to_bytes(2, "big") for word in pins.memories(plan, p).weights)


def numbers(plan: Plan) -> dict[str, list[int]]:
    """Return the core's numbers of the neurons that leave it, where they aren't the network's."""
    found = {name: plan.places[name].tolist() for name in plan.network.decode.sources}
    return {name: n for name, n in found.items() if n != list(range(len(n)))}


def _python(known: Layout, others: Mapping[str, list[int]]) -> str:
    fields = "".join(f"    {k}={v:#x},\n" if k == "signature" else f"    {k}={v},\n"
                     for k, v in asdict(known).items())  # fmt: skip
    return (
        "# SPDX-License-Identifier: Apache-2.0\n"
        '"""Made by ranvier; do not edit."""\n\n'
        "from rv_driver import Layout\n\n"
        f"LAYOUT = Layout(\n{fields})\n" + (_NUMBERS + _python_lists(others) if others else "")
    )


def _python_lists(others: Mapping[str, list[int]]) -> str:
    return "".join(f"NEURONS_{name.upper()} = {n}\n" for name, n in others.items())


def _c(known: Layout, name: str, others: Mapping[str, list[int]]) -> str:
    guard = f"{name.upper()}_LAYOUT_H"
    lines = ["/* SPDX-License-Identifier: Apache-2.0 */", "/* Made by ranvier; do not edit. */"]
    lines += [f"#ifndef {guard}", f"#define {guard}", ""]
    for field, value in asdict(known).items():
        shown = f"0x{value:08x}U" if field == "signature" else f"{value}U"
        lines += [f"/* {_NAMES[field]} */", f"#define {name.upper()}_{field.upper()} {shown}"]
    for population, n in others.items():
        lines += [f"/* {_SAYS}: {population}, initialiser of an array */"]
        said = ", ".join(map(str, n))
        lines += [f"#define {name.upper()}_NEURONS_{population.upper()} {{ {said} }}"]
    return "\n".join([*lines, "", "#endif", ""])
