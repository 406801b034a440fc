# SPDX-License-Identifier: Apache-2.0
"""Boards of a labgrid laboratory: ``python -m ranvier.tools.hil.labgrid PLACE COMMAND...``.

Runs COMMAND while the place is ours, with every ``{port}`` in it replaced by where the place's
serial port answers. labgrid stays in an environment of its own, since its fork of pyserial would
replace ours: only its program ``labgrid-client`` is used. LG_COORDINATOR says where the coordinator
is.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from ranvier.errors import RanvierError
from ranvier.targets.process import last_lines, run_program

SCHEMES = {"raw": "socket", "rfc2217": "rfc2217"}
CLIENT_TIMEOUT_S = 30.0
# What the client must bind to tell an address; it is not opened.
ENVIRONMENT = """\
targets:
  main:
    resources:
      RemotePlace: {{name: {place}}}
    drivers:
      SerialDriver: {{}}
"""


@contextmanager
def remote_port(place: str, client: str = "labgrid-client") -> Iterator[str]:
    """Acquire a place and give the address of its serial port; release it at the end.

    Parameters
    ----------
    place
        As ``labgrid-client places`` lists it; with exactly one serial port.
    client
        The program, with its path where it is not on PATH.

    Raises
    ------
    RanvierError
        T001 where the client is missing; T002 where it fails: no coordinator, no such place, one
        that somebody else has, one without a serial port.
    """
    program = shutil.which(client)
    if program is None:
        raise RanvierError(
            "T001", f"the program {client} is not installed",
            hint="make an environment for it: python3 -m venv LABGRID; LABGRID/bin/pip install "
            "labgrid; then give --client LABGRID/bin/labgrid-client",
        )  # fmt: skip
    _run([program, "-p", place, "acquire"], place)
    try:
        yield _address(program, place)
    finally:
        _run([program, "-p", place, "release"], place)


def _run(argv: list[str], place: str) -> None:
    run_program(argv, package="labgrid", timeout=CLIENT_TIMEOUT_S, loc=place)


def _address(program: str, place: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        environment, out = Path(folder) / "environment.yaml", Path(folder) / "out.json"
        environment.write_text(ENVIRONMENT.format(place=json.dumps(place)))
        command = [program, "-c", str(environment), "export", "--format", "json", str(out)]
        return _url(_exported(command, out, place), place)


def _exported(command: list[str], out: Path, place: str) -> dict[str, str]:
    """Return what ``labgrid-client export`` writes; it writes the whole file at once, and stays."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            deadline = time.monotonic() + CLIENT_TIMEOUT_S
            while not out.exists() and process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.02)
        finally:
            process.terminate()
            process.wait()
        if not out.exists():
            log.seek(0)
            said = last_lines(log.read().decode(errors="replace"))
            raise RanvierError(
                "T002", f"labgrid-client tells no address of the place\n{said}", loc=place,
                hint=f"labgrid-client -p {place} show: it must have one serial port",
            )  # fmt: skip
        return dict(json.loads(out.read_text()))


def _url(exported: Mapping[str, str], place: str) -> str:
    """Return the address in what a SerialDriver exports."""
    said = {key.rpartition("_")[2]: value for key, value in exported.items() if "SERIAL" in key}
    if "HOST" not in said:
        return said["PORT"]  # of this computer
    scheme = SCHEMES.get(said["PROTOCOL"])
    if scheme is None:
        raise RanvierError(
            "T002", f"the place's port speaks {said['PROTOCOL']}", loc=place,
            hint=f"known: {', '.join(SCHEMES)}",
        )  # fmt: skip
    return f"{scheme}://{said['HOST']}:{said['PORT']}"


def main(arguments: Sequence[str]) -> int:
    """Acquire, run the command, release; return the command's exit code."""
    parser = argparse.ArgumentParser(prog="ranvier.tools.hil.labgrid", description=__doc__)
    parser.add_argument("--client", default=os.environ.get("LABGRID_CLIENT", "labgrid-client"))
    parser.add_argument("place")
    parser.add_argument("command", nargs=argparse.REMAINDER, help="{port} stands for the address")
    options = parser.parse_args(arguments)
    if not options.command:
        parser.error("which command?")
    try:
        with remote_port(options.place, options.client) as port:
            command = [word.replace("{port}", port) for word in options.command]
            return subprocess.run(command, check=False).returncode
    except (RanvierError, OSError) as e:
        print(e, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
