# SPDX-License-Identifier: Apache-2.0
"""Programs that pose as pyocd and openocd: a chip in a file, and whatever is to go wrong."""

import os
import stat
import sys
from pathlib import Path

_COMMON = """#!{python}
import json, os, pathlib, re, sys
here = pathlib.Path({folder!r})
state = json.loads((here / "chip.json").read_text())
argv = sys.argv[1:]
with (here / "calls.txt").open("a") as f:
    f.write(json.dumps([{name!r}, *argv]) + "\\n")
flash = here / "flash.bin"

def fail(text):
    print(text, file=sys.stderr)
    sys.exit(1)

def held(size):
    data = flash.read_bytes() if flash.exists() else b""
    data = data[:size].ljust(size, b"\\xff")
    return bytes([data[0] ^ state.get("flips", 0)]) + data[1:]

def write(file):
    data = pathlib.Path(file).read_bytes()
    if state.get("unplugged"):
        flash.write_bytes(data[: len(data) // 2])
        fail("Error: no ACK received from probe; probe is gone")
    flash.write_bytes(data)
"""

_PYOCD = """
if argv[:1] == ["json"]:
    boards = [{"unique_id": p, "info": "fake probe"} for p in state["probes"]]
    print(json.dumps({"status": 0, "boards": boards}))
elif argv[0] == "load":
    write(argv[-1])
elif argv[0] == "commander":
    command = argv[-1].split()
    if command[0] == "read32":
        if state["id"] is None:
            fail("Error: no answer from the target")
        print(f"{int(command[1], 0):08x}:  {state['id']:08x}    |....|")
    else:
        pathlib.Path(command[3]).write_bytes(held(int(command[2])))
elif argv[0] == "reset" and state.get("no_reset"):
    fail("Error: reset failed")
"""

_OPENOCD = """
log = pathlib.Path(argv[argv.index("-l") + 1])
for command in [argv[k + 1] for k, word in enumerate(argv) if word == "-c"]:
    words = command.replace("{", "").replace("}", "").split()
    if "ranvier id" in command:
        if state["id"] is None:
            fail("Error: init mode failed (unable to connect to the target)")
        log.write_text(f"Info : clock speed\\nranvier id 0x{state['id']:08x}\\n")
    elif words[0] == "flash":
        write(words[3])
    elif words[0] == "dump_image":
        pathlib.Path(words[1]).write_bytes(held(int(words[3])))
    elif words[:2] == ["reset", "run"] and state.get("no_reset"):
        fail("Error: reset failed")
"""


def install(folder: Path) -> str:
    """Write both programs into `folder`, and return a PATH on which they come first."""
    for name, body in (("pyocd", _PYOCD), ("openocd", _OPENOCD)):
        head = _COMMON.format(python=sys.executable, folder=str(folder), name=name)
        file = folder / name
        file.write_text(head + body)
        file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"
