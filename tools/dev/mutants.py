# SPDX-License-Identifier: Apache-2.0
"""Plant known bugs one at a time in a copy of the tree; fail if the tests let one live.

``mutants.py [NAME...]`` runs only those named. First the same tests must pass without a bug, unless
``--passed`` says that they just did.
"""

from __future__ import annotations

import argparse
import compileall
import os
import py_compile
import re
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from queue import Queue

from ranvier.tools.dev.planted import devices, fpga, kernels, loihi, model, quantiser
from ranvier.tools.dev.planted.mutant import Mutant
from ranvier.tools.dev.tree import ROOT, copy_tree

PARTS = (fpga, devices, kernels, loihi, model, quantiser)
MUTANTS = tuple(mutant for part in PARTS for mutant in part.MUTANTS)
WORKERS = 2
# Each bug's tests run in a process of their own, forked from one that has loaded nothing of ours.
FORKS = get_context("forkserver")
LOADED = [
    "click.testing", "elftools.elf.elffile", "h5py", "hypothesis", "jinja2", "nir", "numpy",
    "pytest", "scipy.signal", "serial",
]  # fmt: skip
LIMIT = 300  # s for the tests of one bug
LIMIT_OF_ALL = 900  # s for all of them, without any


def main(arguments: list[str]) -> int:
    """Run the mutants asked for, print each one's fate, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passed", action="store_true", help="don't run the tests without a bug")
    parser.add_argument("name", nargs="*")
    options = parser.parse_args(arguments)
    chosen = [m for m in MUTANTS if not options.name or m.name in options.name]
    FORKS.set_forkserver_preload(LOADED)
    with tempfile.TemporaryDirectory(prefix="ranvier-mutants-") as folder:
        trees = Queue[Path]()
        for k in range(WORKERS):
            copy_tree(Path(folder) / f"tree{k}")
            _compile(Path(folder) / f"tree{k}")
            trees.put(Path(folder) / f"tree{k}")
        if not options.passed:
            files = sorted({m.tests for m in chosen})
            asked = ["-n", f"{WORKERS}", *files]
            code, output = run_tests(Path(folder) / "tree0", asked, LIMIT_OF_ALL)
            if code != 0:
                sys.stdout.write(f"{output}\nthe tests fail without any bug planted\n")
                return 1
        with ThreadPoolExecutor(WORKERS) as pool:
            dead = list(pool.map(partial(killed, trees), chosen))
    alive = [m.name for m, is_dead in zip(chosen, dead, strict=True) if not is_dead]
    sys.stdout.write(f"mutants: {len(chosen) - len(alive)} killed, {len(alive)} alive\n")
    for name in alive:
        sys.stdout.write(f"ALIVE: {name}\n")
    return 1 if alive else 0


def _compile(tree: Path) -> None:
    """Keep the bytecode of a tree, known by its source's hash.

    A planted bug can have the length and the second of what it replaces, which is all that Python
    looks at otherwise.
    """
    mode = py_compile.PycInvalidationMode.CHECKED_HASH
    for folder in ("compiler", "targets", "tools", "tests"):
        compileall.compile_dir(tree / folder, quiet=1, invalidation_mode=mode)


def killed(trees: Queue[Path], mutant: Mutant) -> bool:
    """Plant one bug in a tree that is free, run its tests; tell whether they failed."""
    tree = trees.get()
    begin = time.monotonic()
    try:
        dead, fate = _fate(tree, mutant)
    finally:
        trees.put(tree)
    sys.stdout.write(f"{mutant.name:44} {time.monotonic() - begin:5.1f} s  {fate}\n")
    sys.stdout.flush()
    return dead


def _fate(tree: Path, mutant: Mutant) -> tuple[bool, str]:
    """Return whether a planted bug was found, and what found it; the tree is as before."""
    path = tree / mutant.file
    text = path.read_text("utf-8")
    if text.count(mutant.old) != 1:
        return False, f"ALIVE: {mutant.file} holds {text.count(mutant.old)} such places"
    path.write_text(text.replace(mutant.old, mutant.new), "utf-8")
    code, output = run_tests(tree, [mutant.tests])
    path.write_text(text, "utf-8")
    # A test that failed kills. A fixture that broke, such as a compiler that refuses the bug, is a
    # mistake in the planting.
    failed = re.findall(r"^FAILED \S+?::(\S+)", output, re.MULTILINE)
    dead = code == 1 and bool(failed) and "\nERROR tests/" not in output
    return dead, f"killed by {failed[0]}" if dead else f"ALIVE (exit {code})\n{output[-2000:]}"


def run_tests(tree: Path, asked: list[str], limit: int = LIMIT) -> tuple[int, str]:
    """Run pytest in `tree`, in a process that has what others wrote loaded already."""
    with tempfile.NamedTemporaryFile() as log:
        process = FORKS.Process(target=_pytest, args=(tree, asked, log.name))
        process.start()
        process.join(limit)
        if process.is_alive():
            process.kill()
            process.join()
            return 1, f"stopped after {limit} s"
        code = process.exitcode
        return -1 if code is None else code, log.read().decode(errors="replace")


def _pytest(tree: Path, asked: list[str], log: str) -> None:
    """Run pytest with the package of `tree` and no other; what it says goes to a file."""
    with open(log, "wb") as out:  # noqa: PTH123
        os.dup2(out.fileno(), 1)
        os.dup2(out.fileno(), 2)
    os.chdir(tree)
    package = str(tree / "compiler")
    os.environ |= {
        "PYTHONPATH": package,
        "RANVIER_CASES": os.environ.get("RANVIER_CASES") or str(ROOT.parent / "shared" / "cases"),
        "RANVIER_UNCOUNTED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    sys.dont_write_bytecode = True
    sys.path.insert(0, package)
    for name in list(sys.modules):
        if name.partition(".")[0] == "ranvier":
            del sys.modules[name]
    import pytest

    options = ["-x", "-q", "-p", "no:cacheprovider", "--hypothesis-profile", "unshrunk"]
    sys.exit(int(pytest.main([*options, *asked])))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
