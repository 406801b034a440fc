# SPDX-License-Identifier: Apache-2.0
"""Writes a bitstream to the flash of an FPGA's board, and compares what is there."""

import tempfile
from pathlib import Path

from serial.tools import list_ports

from ranvier.errors import RanvierError
from ranvier.targets.fpga.part import Part
from ranvier.targets.fpga.toolchain import toolchain
from ranvier.targets.process import run_program
from ranvier.tools.build import Build, sha256
from ranvier.tools.families.fpga.programmers import (
    READ_BACK,
    Programmer,
    check_here,
    programmer,
)
from ranvier.tools.flash.flashed import Flashed
from ranvier.tools.flash.job import Step


def flash(build: Build, probe: str | None, port: str | None, dry_run: bool) -> Flashed:
    """Write the bitstream.

    The board is recognised by what its USB device calls itself, before anything is written; what
    the flash holds afterwards is read back and compared. Nothing asks the board which network it
    runs: only the host on its SPI pins can.

    Parameters
    ----------
    probe
        The serial number of the USB device; None: the only one that there is.

    Raises
    ------
    RanvierError
        B006 for RTL alone, F009 where no programmer is known, B013 for a port, T001 where the
        programmer is missing, F001, F002 where there is no board or more than one, F003 where it is
        another, F004 where writing fails, F005 where the flash holds something else.
    """
    where = build.target
    assert isinstance(where, Part)
    if port is not None:
        _ = build.board
    _refuse(build, where)
    data = build.image.read_bytes()
    chosen = programmer(where)
    if not dry_run:
        check_here(chosen, where)
        probe = _recognise(where, probe)
    steps = chosen.steps(where, probe or "", str(build.image.resolve()), len(data))
    if not dry_run:
        with tempfile.TemporaryDirectory() as folder:
            _write(steps, chosen, where, Path(folder), data)
    return Flashed(
        board=where.name,
        image=str(build.image),
        signature=build.signature.hex(),
        verified=False,
        dry_run=dry_run,
        method=chosen.name,
        probe=probe or "",
        bytes=len(data),
        image_sha256=sha256(data),
        read_back=not dry_run,
        verified_on_silicon=False,
        steps=steps,
    )


def _recognise(where: Part, wanted: str | None) -> str:
    """Return the serial number of the one board there is; it may be empty."""
    usb = where.usb
    assert usb is not None
    alike = {
        p.serial_number or "": p.product or "nothing"
        for p in list_ports.comports()
        if (p.vid, p.pid) == (usb.vendor, usb.product)
        and (wanted is None or p.serial_number == wanted)
    }
    ours = sorted(serial for serial, name in alike.items() if name.startswith(usb.says))
    if len(ours) == 1 and (wanted is not None or len(alike) == 1 or ours[0]):
        return ours[0]
    if ours:
        raise RanvierError(
            "F002", f"more than one {where.name} is connected: {', '.join(ours)}", loc=where.name,
            hint=f"choose one: --probe {ours[-1]}",
        )  # fmt: skip
    if alike:
        said = ", ".join(f"{serial or 'without a number'} ({alike[serial]})"
                         for serial in sorted(alike))  # fmt: skip
        raise RanvierError(
            "F003", f"this is no {where.name}: its USB device does not call itself {usb.says} but"
            f" {said}; nothing was written",
            loc=where.name, hint=f"connect a {where.name}, or compile for the board that is there",
        )  # fmt: skip
    named = f" {wanted!r}" if wanted else ""
    raise RanvierError(
        "F001", f"no {where.name}{named} is connected", loc=where.name,
        hint="connect it again; udev must let you use it, and its serial port must show",
    )  # fmt: skip


def _write(
    steps: tuple[Step, Step], chosen: Programmer, where: Part, folder: Path, data: bytes
) -> None:
    """Write the image and compare what is there; say in which state a failure leaves the board."""
    for step in steps:
        try:
            said = run_program(
                step.command, package=chosen.debian, loc=where.name, cwd=folder, both=True
            )
        except RanvierError as e:
            raise (
                _different(where, e.what) if chosen.differs in e.what else _half(where, e.what)
            ) from e
        except (KeyboardInterrupt, SystemExit) as e:
            raise _half(where, "it was interrupted") from e
        if chosen.differs in said:
            raise _different(where, f"{chosen.name} says so")
    file = folder / READ_BACK
    chain = toolchain(where.toolchain)
    data = chain.held(data)
    held = chain.held(file.read_bytes())[: len(data)] if file.is_file() else b""
    if held != data:
        at = next((k for k, (a, b) in enumerate(zip(held, data, strict=False)) if a != b),
                  len(held))  # fmt: skip
        raise _different(where, f"from 0x{at:08x} on, {len(held)} of {len(data)} bytes read")


def _half(where: Part, what: str) -> RanvierError:
    return RanvierError(
        "F004", f"{where.name} was not programmed and may hold half a bitstream: {what}",
        loc=where.name,
        hint="check the cable and flash again; don't use the board before that succeeds",
    )  # fmt: skip


def _different(where: Part, what: str) -> RanvierError:
    return RanvierError(
        "F005", f"the flash of {where.name} differs from the bitstream: {what}", loc=where.name,
        hint="flash again; if it differs again, the flash or the connection is bad",
    )  # fmt: skip


def _refuse(build: Build, where: Part) -> None:
    if build.manifest.get("emit") != "app":
        raise RanvierError(
            "B006", "this build is RTL for another design; there is no bitstream to write",
            loc=str(build.path), hint="compile with --emit app for a board with an FPGA",
        )  # fmt: skip
    if not where.programmer:
        raise RanvierError(
            "F009", f"{where.name} is a chip: whatever configures it writes {build.image.name}",
            loc=str(build.path), hint="compile for a board, such as icebreaker",
        )  # fmt: skip
