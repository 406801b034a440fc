# SPDX-License-Identifier: Apache-2.0
r"""Run again what the documents quote, and follow links: ``docs_check.py [--update] [FILE.md...]``.

``--update`` writes what was printed over what was quoted, where that holds no ``…``.

In README.md, the other top-level pages and docs/, a fenced block ``console`` whose first line
starts with ``$ `` is a session: each ``$ `` line is a command (``\`` at its end joins the next
line), and the lines below it are what it prints, stdout and stderr together. In the output ``…``
stands for anything within a line; a line that is only ``…`` stands for any number of lines.
Commands run in a fresh copy of the repository, one copy a document, in order, with .venv/bin first
on PATH; a command that fails must say so by an ``[exit N]`` line. ``<!-- docs-check: skip REASON
-->`` before a block leaves it out, and says so.

Relative links must lead to a file and, in Markdown, to a heading. A code span that is a path into
one of the repository's folders, such as `tools/dev/stages.py`, must exist.
"""

import difflib
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ranvier.tools.dev.docs_links import FENCE, dead_links
from ranvier.tools.dev.tree import ROOT, copy_tree, git_files

COMMAND_LIMIT = 300  # s

WORKERS = 2

SKIP = re.compile(r"<!--\s*docs-check:\s*skip\b\s*(.*?)\s*-->")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its lines, and the line number of the first of them."""

    language: str
    lines: tuple[str, ...]
    number: int
    skip: str | None  # the reason, where there is one


@dataclass(frozen=True)
class Command:
    """A quoted command and the output that the document says it has."""

    text: str
    expected: tuple[str, ...]
    number: int


@dataclass
class Found:
    """What came of a document."""

    faults: int = 0
    commands: int = 0
    skipped: int = 0


def main(arguments: Sequence[str]) -> int:
    """Check the documents named, or all; return 1 where one of them is wrong."""
    update = "--update" in arguments
    named = [name for name in arguments if name != "--update"]
    pages = [Path(name).resolve() for name in named] or documents()
    # Those that take longest begin first, so that none is left for one worker in the end.
    pages.sort(key=lambda page: page.read_text("utf-8").count("\n$ "), reverse=True)
    with ThreadPoolExecutor(WORKERS) as pool:
        found = list(pool.map(partial(examine, update=update), pages))
    faults = sum(f.faults for f in found)
    commands, skipped = (sum(getattr(f, what) for f in found) for what in ("commands", "skipped"))
    say(
        f"{len(pages)} documents, {commands} commands run, {skipped} blocks skipped: "
        + (f"{faults} wrong" if faults else "all as quoted")
    )
    return 1 if faults else 0


def examine(page: Path, update: bool) -> Found:
    """Follow the links of one document and run what it quotes, in a copy of the repository."""
    shown = page.relative_to(ROOT) if page.is_relative_to(ROOT) else page
    text = page.read_text(encoding="utf-8")
    found = Found()
    for number, what in dead_links(page, text):
        say(f"{shown}:{number}: {what}")
        found.faults += 1
    sessions = [block for block in blocks(text) if is_session(block)]
    for block in sessions:
        if block.skip is not None:
            say(f"{shown}:{block.number}: skipped: {block.skip or 'no reason given'}")
            found.skipped += 1
    to_run = [command for block in sessions if block.skip is None for command in parse(block)]
    if not to_run:
        return found
    differing: list[tuple[Command, list[str]]] = []
    with tempfile.TemporaryDirectory(prefix="ranvier-docs-") as folder:
        copy = copy_tree(Path(folder) / ROOT.name)
        for command in to_run:
            found.commands += 1
            printed = check(command, str(shown), copy)
            if printed is not None:
                found.faults += 1
                differing.append((command, printed))
    if update:
        rewrite(page, differing)
    return found


def documents() -> list[Path]:
    """Return every Markdown file of the repository that git knows or would take."""
    return sorted(ROOT / name for name in git_files() if name.endswith(".md"))


def blocks(text: str) -> Iterator[Block]:
    """Yield the fenced blocks of a page."""
    fence = language = ""
    first, inside, skip = 0, list[str](), None
    for number, line in enumerate(text.splitlines(), 1):
        mark = FENCE.match(line)
        if fence:
            if mark and mark[1].startswith(fence) and not mark[2]:
                yield Block(language, tuple(inside), first, skip)
                fence, skip = "", None
            else:
                inside.append(line)
        elif mark:
            fence, language, first, inside = mark[1], mark[2], number + 1, []
        elif found := SKIP.search(line):
            skip = found[1]
        elif line.strip():
            skip = None  # it holds for the block directly below


def is_session(block: Block) -> bool:
    """Tell whether a block quotes commands with their output."""
    return block.language == "console" and bool(block.lines) and block.lines[0].startswith("$ ")


def parse(block: Block) -> Iterator[Command]:
    """Yield the commands of a session."""
    text, number, expected = "", 0, list[str]()
    for offset, line in enumerate(block.lines):
        if text.endswith("\\") and not expected:
            text += "\n" + line
        elif line.startswith("$ "):
            if text:
                yield Command(text, tuple(expected), number)
            text, number, expected = line[2:], block.number + offset, []
        else:
            expected.append(line)
    yield Command(text, tuple(expected), number)


def rewrite(page: Path, found: Sequence[tuple[Command, list[str]]]) -> None:
    """Write what commands printed in the place of what is quoted; ``…`` is left to a person."""
    lines = page.read_text(encoding="utf-8").split("\n")
    for command, printed in reversed(found):
        if not any("…" in line for line in command.expected):
            first = command.number + command.text.count("\n")
            lines[first : first + len(command.expected)] = printed
    page.write_text("\n".join(lines), encoding="utf-8")


def check(command: Command, page: str, folder: Path) -> list[str] | None:
    """Run a command and compare; print what differs and return it, or None where nothing does."""
    environment = os.environ | {
        "PATH": f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}",
        "COLUMNS": "100",
        "NO_COLOR": "1",
        "TERM": "dumb",
    }
    begun = time.monotonic()
    try:
        done = subprocess.run(
            ["bash", "-c", command.text],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=COMMAND_LIMIT,
        )
    except subprocess.TimeoutExpired:
        say(f"{page}:{command.number}: $ {command.text}\n  still running after {COMMAND_LIMIT} s")
        return list(command.expected)
    seconds = time.monotonic() - begun
    printed = trimmed(done.stdout.decode(errors="replace").splitlines())
    if done.returncode:
        printed.append(f"[exit {done.returncode}]")
    expected = trimmed(command.expected)
    same = matches(expected, printed)
    say(f"{page}:{command.number}: {'ok' if same else 'DIFFERS'} {seconds:.1f} s  $ {command.text}")
    if same:
        return None
    for line in difflib.unified_diff(
        aligned(expected, printed), printed, "quoted", "printed", "", ""
    ):
        say("  " + line.rstrip("\n"))
    return printed


def trimmed(lines: Sequence[str]) -> list[str]:
    """Drop space at line ends and empty lines at the end."""
    out = [line.rstrip() for line in lines]
    while out and not out[-1]:
        out.pop()
    return out


def line_matches(pattern: str, line: str) -> bool:
    """Compare one line; each ``…`` of the pattern stands for any text."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split("…"))), line) is not None


def matches(expected: Sequence[str], printed: Sequence[str]) -> bool:
    """Compare whole outputs; a line of only ``…`` stands for any number of lines."""
    reach = {0}  # how many printed lines the patterns so far can have used up
    for pattern in expected:
        if pattern.strip() == "…":
            reach = set(range(min(reach), len(printed) + 1))
        else:
            reach = {i + 1 for i in reach if i < len(printed) and line_matches(pattern, printed[i])}
        if not reach:
            return False
    return len(printed) in reach


def aligned(expected: Sequence[str], printed: Sequence[str]) -> list[str]:
    """Put each line that matches in place of its pattern, so that a diff shows only the rest."""
    rest = list(printed)
    out = []
    for pattern in expected:
        at = next((i for i, line in enumerate(rest) if line_matches(pattern, line)), None)
        if at is None or pattern.strip() == "…":
            out.append(pattern)
        else:
            out.append(rest[at])
            del rest[: at + 1]
    return out


def say(text: str) -> None:
    """Print at once, so that a long check shows where it is."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
