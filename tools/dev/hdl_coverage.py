# SPDX-License-Identifier: Apache-2.0
"""Print how much of `hdl/rtl` the tests ran, and fail below 95 % of its lines: run after tests/hdl.

A line counts where each block of it has run, a bit where it has gone up and down. What
cannot run is in `hdl/lint/coverage.toml`, with the reason.
"""

from __future__ import annotations

import sys
import tomllib
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LEAST = 95.0  # % of lines
LINE_KINDS = ("v_line", "v_branch")


def main() -> int:
    """Print the table and what was missed, and return the exit code."""
    sys.path.insert(0, str(ROOT))
    from tests.hdl import coverage  # where the benches keep it

    blocks: dict[tuple[str, int], dict[str, bool]] = defaultdict(lambda: defaultdict(bool))
    bits: dict[str, dict[str, bool]] = defaultdict(lambda: defaultdict(bool))
    files = sorted(coverage.folder().glob("*.txt"))
    for file in files:
        for row in file.read_text("utf-8").splitlines():
            hit, source, line, column, kind, name, span = row.split("\t")
            if kind in LINE_KINDS:
                for number in numbers(span):
                    blocks[source, number][f"{line}:{column} {name}"] |= hit == "1"
            else:
                bits[source][f"{line}:{name}"] |= hit == "1"
    if not files:
        sys.stdout.write("hdl_coverage: nothing was counted; run pytest tests/hdl first\n")
        return 1
    excluded = exclusions()
    missed: list[str] = []
    rows: list[tuple[str, list[int]]] = []
    for source in sorted(p.name for p in (ROOT / "hdl" / "rtl").glob("*.v")):
        text = (ROOT / "hdl" / "rtl" / source).read_text("utf-8").splitlines()
        lines = {n: b for (s, n), b in blocks.items() if s == source}
        for number in list(lines):
            if (source, text[number - 1].strip()) in excluded:
                del lines[number]
        bad = sorted(n for n, found in lines.items() if not all(found.values()))
        missed += [f"{source}:{n}: {text[n - 1].strip()}" for n in bad]
        toggled = bits[source].values()
        counts = [len(lines) - len(bad), len(lines), sum(toggled), len(toggled)]
        rows.append((source, counts))
    rows.append(("all", [sum(counts[k] for _, counts in rows) for k in range(4)]))
    sys.stdout.write(f"{'hdl/rtl':22}{'lines':>16}{'':10}{'bits, up and down':>20}\n")
    for name, (ran, lines_all, up, bits_all) in rows:
        sys.stdout.write(
            f"{name:22}{ran:>8} of {lines_all:>4}{percent(ran, lines_all)}"
            f"{up:>10} of {bits_all:>5}{percent(up, bits_all)}\n"
        )
    sys.stdout.write("".join(f"missed: {line}\n" for line in missed))
    ran, lines_all, *_ = rows[-1][1]
    never = [name for name, counts in rows if not any(counts)]
    if never:
        sys.stdout.write(f"FAILED: no bench ran {', '.join(never)}\n")
        return 1
    if 100 * ran < LEAST * lines_all:
        sys.stdout.write(f"FAILED: less than {LEAST} % of the lines ran\n")
        return 1
    return 0


def numbers(span: str) -> list[int]:
    """Return the lines of Verilator's ``3,7-9``."""
    found: list[int] = []
    for part in span.split(","):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


def exclusions() -> set[tuple[str, str]]:
    """Return the lines that need not run, by file and text."""
    file = ROOT / "hdl" / "lint" / "coverage.toml"
    rows = tomllib.loads(file.read_text("utf-8")).get("line", [])
    for row in rows:
        if not row["reason"] or row["text"] not in (ROOT / "hdl/rtl" / row["file"]).read_text(
            "utf-8"
        ):
            raise SystemExit(f"hdl/lint/coverage.toml: {row}: no such line, or no reason")
    return {(row["file"], row["text"]) for row in rows}


def percent(part: int, whole: int) -> str:
    """Return a share; of nothing, a dash."""
    return f"{100 * part / whole:8.1f} %" if whole else f"{'-':>10}"


if __name__ == "__main__":
    sys.exit(main())
