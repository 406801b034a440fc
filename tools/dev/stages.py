# SPDX-License-Identifier: Apache-2.0
"""Run the test suite in ordered stages: `stages.py [--total SECONDS] [STAGE...]`, all by default.

Each stage has a budget: going over it is said loudly and fails nothing; going six times over it
stops the stage. With CI=true a skipped test is a failure. RANVIER_FULL=1 lifts the time limits.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
REPORTS = ROOT / "build" / "test-reports"
FULL = os.environ.get("RANVIER_FULL", "") not in ("", "0")
IN_CI = os.environ.get("CI", "").lower() in ("1", "true", "yes")
LIMIT_IN_BUDGETS = 6
WORKERS = 2
NO_TESTS = 5  # pytest's exit code


@dataclass(frozen=True)
class Stage:
    """A named group of commands with the time it should take."""

    name: str
    budget: int  # s
    run: Callable[[Stage], Result]


@dataclass
class Result:
    """What came of a stage; counts and skips are of its tests, where it has any."""

    verdict: str  # ok, failed, no tests, absent
    passed: int = 0
    failed: int = 0
    skips: list[str] = field(default_factory=list)  # "test: reason"
    seconds: float = 0.0


def main(arguments: Sequence[str]) -> int:
    """Run the stages asked for, print the table, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stage", nargs="*", help=" ".join(stage.name for stage in STAGES))
    parser.add_argument("--total", type=int, help="budget of the whole, in seconds")
    options = parser.parse_args(arguments)
    known = [stage.name for stage in STAGES]
    for name in options.stage:
        if name not in known:
            parser.error(f"no stage {name!r}; there are {', '.join(known)}")

    # Two workers with a thread each; linear algebra would start one a core in both.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Hundreds of tests start the program anew; without its bytecode each would compile it first.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PATH"] = f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"
    REPORTS.mkdir(parents=True, exist_ok=True)
    chosen = [stage for stage in STAGES if not options.stage or stage.name in options.stage]
    if len(chosen) == len(STAGES):
        begin_frameworks()
    results: list[tuple[Stage, Result]] = []
    for stage in chosen:
        say(f"\n=== {stage.name} (budget {_duration(stage.budget)}) ===")
        start = time.monotonic()
        result = stage.run(stage)
        result.seconds = time.monotonic() - start
        results.append((stage, result))
    return report(results, options.total)


def say(text: str, end: str = "\n") -> None:
    """Print at once, so that our lines stand in order with those of the programs we start."""
    sys.stdout.write(text + end)
    sys.stdout.flush()


def start(command: Sequence[str | Path], limit: float, quiet: bool = False) -> tuple[int, str]:
    """Run a command in a session of its own; past `limit` seconds end it and all it started.

    Returns its exit code (-1 past the limit) and, where `quiet`, what it printed.
    """
    process = subprocess.Popen(
        [str(word) for word in command],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if quiet else None,
        stderr=subprocess.STDOUT if quiet else None,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=None if FULL else limit)
        return process.returncode, output or ""
    except subprocess.TimeoutExpired:
        _end(process, signal.SIGTERM)
        say(f"*** STOPPED after {_duration(limit)}: {' '.join(map(str, command))}")
        return -1, ""
    except KeyboardInterrupt:
        _end(process, signal.SIGINT)
        raise


def _end(process: subprocess.Popen[str], first: int) -> None:
    for number in (first, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            return
        try:
            process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            continue


def begin_frameworks() -> None:
    """Begin with what the stage `dialects` would wait for: before it one core is often free.

    That stage waits for its end, and says so where it failed.
    """
    make = [sys.executable, "tools/dev/frameworks/make_environment.py", "snntorch-norse"]
    subprocess.Popen(
        [*make, "build/frameworks/snntorch-norse"],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


# Stages


def lint(stage: Stage) -> Result:
    """Linters, formatters, types and import contracts; all run, whichever fails."""
    c_files = sorted([*ROOT.glob("firmware/**/*.c"), *ROOT.glob("firmware/**/*.h")])
    checks: list[tuple[str, Sequence[str | Path]]] = [
        ("ruff check", [BIN / "ruff", "check", "."]),
        ("ruff format --check", [BIN / "ruff", "format", "--check", "."]),
        ("lint-imports", [BIN / "lint-imports"]),
        ("mypy", [BIN / "mypy"]),
    ]
    if c_files:
        checks.append(("clang-format", [BIN / "clang-format", "--dry-run", "-Werror", *c_files]))
    verdict = "ok"
    for name, command in checks:
        begun = time.monotonic()
        code, output = start(command, stage.budget * LIMIT_IN_BUDGETS, quiet=True)
        say(f"{name:22} {'ok' if code == 0 else 'FAILED':8} {time.monotonic() - begun:5.1f} s")
        if code != 0:
            verdict = "failed"
            say(output)
    return Result(verdict)


def pytest_on(folders: Sequence[str], *options: str) -> Callable[[Stage], Result]:
    """Return a stage that runs pytest on those of `folders` under tests/ that exist."""

    def run(stage: Stage) -> Result:
        paths = [f"tests/{name}" for name in folders if (ROOT / "tests" / name).is_dir()]
        if not paths:
            say("no tests")
            return Result("no tests")
        xml = REPORTS / f"{stage.name}.xml"
        xml.unlink(missing_ok=True)
        command = [sys.executable, "-m", "pytest", *paths, "--durations=10", "-q"]
        # Neighbours stay together, and with them what a module makes once.
        command += ["-n", f"{WORKERS}", "--dist", "worksteal", f"--junitxml={xml}", *options]
        code, _ = start(command, stage.budget * LIMIT_IN_BUDGETS)
        result = read_report(xml)
        result.verdict = {0: "ok", NO_TESTS: "no tests"}.get(code, "failed")
        if code == 0 and result.passed + result.failed + len(result.skips) == 0:
            result.verdict = "no tests"
        return result

    return run


def read_report(xml: Path) -> Result:
    """Count the tests of a junit report and collect the reason of each skip."""
    result = Result("ok")
    if not xml.exists():
        return result
    for case in ET.parse(xml).getroot().iter("testcase"):
        name = f"{case.get('classname')}::{case.get('name')}"
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            result.failed += 1
        elif skipped is None or skipped.get("type") == "pytest.xfail":
            result.passed += 1
        else:
            result.skips.append(f"{name}: {skipped.get('message') or 'no reason given'}")
    return result


def script(path: str, *options: str) -> Callable[[Stage], Result]:
    """Return a stage that runs one of our scripts, where it exists."""

    def run(stage: Stage) -> Result:
        if not (ROOT / path).exists():
            say(f"{path} does not exist yet")
            return Result("absent")
        code, _ = start([sys.executable, path, *options], stage.budget * LIMIT_IN_BUDGETS)
        return Result("ok" if code == 0 else "failed")

    return run


ON_QEMU = ("--ranvier-board", "qemu-mps2-an386")
STAGES = (
    Stage("check", 45, lint),
    Stage("unit", 45, pytest_on(["unit", "golden"])),
    Stage("cli", 90, pytest_on(["cli"])),
    Stage("quantize", 90, pytest_on(["quantize"])),
    Stage("robust", 180, pytest_on(["robust"])),
    Stage("dialects", 120, pytest_on(["dialects", "chips"])),
    Stage("models", 300, pytest_on(["models"])),
    Stage("differential", 300, pytest_on(["differential"])),
    Stage("neuro", 300, pytest_on(["neuro"])),
    Stage("hdl", 240, pytest_on(["hdl"])),
    Stage("hdl-coverage", 10, script("tools/dev/hdl_coverage.py")),
    Stage("formal", 90, script("tools/dev/formal.py")),
    Stage("emulated", 540, pytest_on(["emulated", "hil"], *ON_QEMU)),
    Stage("hil", 60, pytest_on(["hil"], "--ranvier-board", "host")),
    Stage("docs", 120, script("tools/dev/docs_check.py")),
    Stage("mutants", 900, script("tools/dev/mutants.py", "--passed")),
)


# Report


def report(results: Sequence[tuple[Stage, Result]], total_budget: int | None) -> int:
    """Print skips, the table and the plain closing line; return the exit code."""
    skips = [skip for _, result in results for skip in result.skips]
    if skips:
        say(f"\n=== {len(skips)} skipped ===")
        say("\n".join(skips))
    say("")
    _row("stage", "result", "passed", "failed", "skipped", "time", "budget")
    for stage, result in results:
        counts = result.passed, result.failed, len(result.skips)
        _row(stage.name, result.verdict, *counts, *_against(result.seconds, stage.budget))
    spent = sum(result.seconds for _, result in results)
    budget = total_budget or sum(stage.budget for stage, _ in results)
    _row("all", "", "", "", "", *_against(spent, budget))

    fatal = {"failed", "no tests", "absent"} if IN_CI else {"failed"}
    bad = [stage.name for stage, result in results if result.verdict in fatal]
    if bad:
        say(f"\nFAILED: {', '.join(bad)}")
    if skips and IN_CI:
        say(f"\nFAILED: {len(skips)} skipped, and CI=true allows none")
    passed = sum(result.passed for _, result in results)
    failed = sum(result.failed for _, result in results)
    say(f"\ntests: {passed} passed, {failed} failed, {len(skips)} skipped")
    return 1 if bad or (skips and IN_CI) else 0


def _row(stage: str, verdict: str, *cells: object) -> None:
    passed, failed, skipped, spent, budget = cells
    say(f"{stage:14}{verdict:10}{passed:>8}{failed:>8}{skipped:>9}{spent:>13}  {budget}")


def _against(seconds: float, budget: float) -> tuple[str, str]:
    over = "   *** OVER BUDGET ***" if seconds > budget and not FULL else ""
    return _duration(seconds), _duration(budget) + over


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{int(seconds) // 60} min {int(seconds) % 60:02d} s"


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit("interrupted")
