# SPDX-License-Identifier: Apache-2.0
"""Writes a bitstream to the flash of an FPGA's board, and compares what is there."""

from collections.abc import Sequence

from ranvier.errors import RanvierError
from ranvier.targets.fpga.part import Part
from ranvier.targets.process import run_program
from ranvier.tools.build import Build, sha256
from ranvier.tools.flash.flashed import Flashed
from ranvier.tools.flash.job import Step

_PACKAGE = "fpga-icestorm"


def flash(build: Build, probe: str | None, port: str | None, dry_run: bool) -> Flashed:
    """Write the bitstream.

    What it reads back is compared by the programmer. Nothing asks the board which network it runs:
    only the host on its SPI pins can.

    Parameters
    ----------
    probe
        The programmer's name of the USB device; None: the first that it finds.

    Raises
    ------
    RanvierError
        B006 for RTL alone, F009 where no programmer is known, B013 for a port, T001 where the
        programmer is missing, F001 where it finds no board, F004 where it fails.
    """
    where = build.target
    assert isinstance(where, Part)
    if port is not None:
        _ = build.board
    _refuse(build, where)
    data = build.image.read_bytes()
    steps = _steps(where, probe, str(build.image))
    if not dry_run:
        for step in steps:
            _do(step.command, where)
    return Flashed(
        board=where.name,
        image=str(build.image),
        signature=build.signature.hex(),
        verified=False,
        dry_run=dry_run,
        method=where.programmer,
        probe=probe or "",
        bytes=len(data),
        image_sha256=sha256(data),
        read_back=not dry_run,
        verified_on_silicon=False,
        steps=steps,
    )


def _steps(where: Part, probe: str | None, image: str) -> tuple[Step, ...]:
    device = () if probe is None else ("-d", probe)
    return (
        Step(what="erase, write and compare the flash", command=(where.programmer, *device, image)),
        Step(what="compare it again", command=(where.programmer, *device, "-c", image)),
    )


def _refuse(build: Build, where: Part) -> None:
    if build.manifest["emit"] != "app":
        raise RanvierError(
            "B006", "this build is RTL for another design; there is no bitstream to write",
            loc=str(build.path), hint="compile with --emit app for a board with an FPGA",
        )  # fmt: skip
    if not where.programmer:
        raise RanvierError(
            "F009", f"{where.name} is a chip: whatever configures it writes {build.image.name}",
            loc=str(build.path), hint="compile for a board, such as icebreaker",
        )  # fmt: skip


def _do(argv: Sequence[str], where: Part) -> None:
    try:
        run_program(argv, package=_PACKAGE, loc=where.name)
    except RanvierError as e:
        if e.code != "T002":
            raise
        if "Can't find" in e.what:
            raise RanvierError(
                "F001", f"{argv[0]} finds no {where.name}", loc=where.name,
                hint="connect it, let udev give you its USB device, or name it with --probe",
            ) from e  # fmt: skip
        raise RanvierError(
            "F004", f"{e.what}", loc=where.name, hint="check the cable and flash again"
        ) from e
