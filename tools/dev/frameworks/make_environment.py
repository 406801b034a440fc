# SPDX-License-Identifier: Apache-2.0
"""Make the virtual environment of one framework: `make_environment.py NAME FOLDER`.

NAME is that of a requirements file beside this script. torch is installed with what it needs, the
rest exactly as listed (`--no-deps`), since several frameworks ask for samna, which runs an
installer from elsewhere when it is imported and must never be here. A second call takes a moment.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
FORBIDDEN = "samna"
FIND = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({FORBIDDEN!r}) is not None)"


def make_environment(name: str, folder: Path) -> Path:
    """Make or keep the environment, and return its Python.

    Raises
    ------
    SystemExit
        Where pip fails, or where samna could be imported.
    """
    requirements = HERE / f"{name}.txt"
    if not requirements.exists():
        known = ", ".join(sorted(path.stem for path in HERE.glob("*.txt")))
        raise SystemExit(f"no environment {name!r}; there are {known}")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two test processes at once take turns
        return _make(name, requirements, folder)


def _make(name: str, requirements: Path, folder: Path) -> Path:
    python = folder / "bin" / "python"
    stamp = folder / "made_from"
    key = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == key:
        _say(f"{name}: {folder} is up to date")
    else:
        _say(f"{name}: virtual environment {folder}, Python {sys.version.split()[0]}")
        _run(sys.executable, "-m", "venv", "--clear", folder)
        pip: list[str | Path] = [python, "-m", "pip", "--disable-pip-version-check", "install"]
        # Lava 0.10 says that it wants a Python before 3.11; its recorder makes it run here.
        pip += ["-qq", "--no-compile", "--ignore-requires-python"]
        lines = [line.partition("#")[0].strip() for line in requirements.read_text().splitlines()]
        for line in lines:
            if line.startswith("torch=="):
                _say(f"{name}: {line} with what it needs")
                _run(*pip, "-c", requirements, line)
        _say(f"{name}: {', '.join(filter(None, lines))}")
        _run(*pip, "--no-deps", "-r", requirements)
        stamp.write_text(key)
    if subprocess.run([python, "-c", FIND]).returncode != 0:
        stamp.unlink()
        raise SystemExit(f"{name}: {FORBIDDEN} can be imported in {folder}; remove that folder")
    return python


def _run(*command: str | Path) -> None:
    done = subprocess.run([str(word) for word in command])
    if done.returncode != 0:
        raise SystemExit(f"failed with {done.returncode}: {' '.join(map(str, command))}")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main(arguments: Sequence[str]) -> None:
    """Parse, make, and print the environment's Python."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", help="such as snntorch-norse")
    parser.add_argument("folder", type=Path, help="such as build/frameworks/snntorch-norse")
    options = parser.parse_args(arguments)
    print(make_environment(options.name, options.folder))


if __name__ == "__main__":
    main(sys.argv[1:])
