# SPDX-License-Identifier: Apache-2.0
"""Make the virtual environments of chips' own software: `neuro.py [NAME...]`, all by default.

NAME is that of requirements/neuro/NAME.txt; the software itself stands in NAME.vendor.txt, and is
installed as listed, without what it asks for. Every file's hash is checked. The environments go
where `ranvier verify` looks for them (docs/loihi.md); a second call takes a moment. What cannot be
had is said, and skipped; with CI=true that is a failure.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from ranvier.targets.vendor import environments
from ranvier.tools.dev.frameworks.make_environment import FIND, FORBIDDEN

ROOT = Path(__file__).resolve().parents[2]
LISTS = ROOT / "requirements" / "neuro"
IN_CI = os.environ.get("CI", "").lower() in ("1", "true", "yes")


class Unavailable(Exception):
    """Why an environment can't be had here."""


def environment(name: str) -> Path:
    """Make or keep an environment, and return its Python.

    Raises
    ------
    Unavailable
        Where pip fails: with its last line.
    """
    folder = environments() / name
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two test processes at once take turns
        lists = [p for p in (LISTS / f"{name}.txt", LISTS / f"{name}.vendor.txt") if p.exists()]
        key = hashlib.sha256(sys.version.encode())
        for path in lists:
            key.update(path.read_bytes())
        python, stamp = folder / "bin" / "python", folder / "made_from"
        if not stamp.exists() or stamp.read_text() != key.hexdigest():
            _run("the virtual environment", [sys.executable, "-m", "venv", "--clear", str(folder)])
            pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "-qq"]
            pip += ["--require-hashes", "--no-deps", "--ignore-requires-python"]
            _run("pip", [*pip, *(word for path in lists for word in ("-r", str(path)))])
            stamp.write_text(key.hexdigest())
        if subprocess.run([python, "-c", FIND]).returncode != 0:
            stamp.unlink()
            raise Unavailable(f"{FORBIDDEN} can be imported in {folder}; remove that folder")
    return python


def _run(what: str, command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, errors="replace")
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines() or ["it says nothing"]
        raise Unavailable(f"{what} failed: {said[-1]}")


def main(names: Sequence[str]) -> int:
    """Make the environments, say what came of each, and return the exit code."""
    known = sorted(p.name.removesuffix(".in") for p in LISTS.glob("*.in"))
    missing = 0
    for name in names or known:
        if name not in known:
            sys.stderr.write(f"no environment {name!r}; there are {', '.join(known)}\n")
            return 2
        try:
            print(f"{name}: {environment(name)}", flush=True)
        except Unavailable as e:
            missing += 1
            print(f"{name}: skipped: {e}", flush=True)
    return int(missing > 0 and IN_CI)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
