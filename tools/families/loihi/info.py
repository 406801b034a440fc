# SPDX-License-Identifier: Apache-2.0
"""The chips as `ranvier targets` lists them, and the vendor's software as `doctor` does."""

from importlib.metadata import distributions

from ranvier.errors import RanvierError
from ranvier.targets.loihi.chip import NAMES, chip
from ranvier.targets.loihi.verify import NAME, PACKAGES
from ranvier.targets.vendor import HINT, environments
from ranvier.tools.build import Build
from ranvier.tools.families.protocol import TargetInfo, Tool
from ranvier.tools.flash.flashed import Flashed


def targets() -> tuple[TargetInfo, ...]:
    """Describe all of them."""
    return tuple(_info(name) for name in NAMES)


def _info(name: str) -> TargetInfo:
    found = chip(name)
    return TargetInfo(
        name=found.name,
        describes=found.describes,
        kind="chip",
        core="Loihi",
        compiler="",
        emulator="lava-nc",
        rom=0,
        ram=0,
        deadline="none",
        watchdog="none",
        weights="2 to 8 bits, quantised with --numerics loihi",
        states="24 bits",
        flash="",
        clock_hz=0,
        uart="",
        energy="",
        verified_on_silicon=False,
    )


def tools() -> tuple[Tool, ...]:
    """Look for the vendor's packages in their environment."""
    site = sorted((environments() / NAME).glob("lib/python3*/site-packages"))
    found = {d.metadata["Name"]: d.version for d in distributions(path=[str(p) for p in site])}
    return tuple(
        Tool(
            name=name,
            found=name in found,
            version=found.get(name, ""),
            needed_for="verifying networks for Loihi (optional)",
            install="" if name in found else HINT,
            optional=True,
        )
        for name in PACKAGES
    )


def flash(build: Build, probe: str | None, port: str | None, dry_run: bool) -> Flashed:
    """Refuse: Intel's own software configures the chip.

    Raises
    ------
    RanvierError
        F009.
    """
    raise RanvierError(
        "F009", f"{build.target.name} is a chip: Lava on its host configures it from"
        f" {build.image.name}", loc=str(build.path),
        hint="run that program where Lava for Loihi is installed; `ranvier verify` runs it here",
    )  # fmt: skip
