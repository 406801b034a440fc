# SPDX-License-Identifier: Apache-2.0
"""Follows the relative links of a Markdown page, to files and to headings."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from ranvier.tools.dev.tree import ROOT

FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})\s*(\S*)")
LINK = re.compile(r"\[[^\]]*\]\(\s*<?([^)<>\s]+)>?(?:\s+\"[^\"]*\")?\s*\)")
REFERENCE = re.compile(r"^ {0,3}\[[^\]]+\]:\s+<?([^<>\s]+)>?")
SPAN = re.compile(r"`([^`]+)`")
FOLDERS = re.compile(
    r"(compiler|targets|tools|firmware|hdl|tests|docs|examples|requirements|\.ci)/"
)
HEADING = re.compile(r"^ {0,3}#{1,6}\s+(.*?)\s*#*$")


def dead_links(page: Path, text: str) -> Iterator[tuple[int, str]]:
    """Yield (line number, what is wrong) for each relative link that leads nowhere."""
    for number, line in prose(text):
        for span in SPAN.findall(line):
            if is_path(span) and not (ROOT / span).exists():
                yield number, f"no such file: {span}"
        bare = SPAN.sub("", line)
        targets = [found[1] for found in LINK.finditer(bare)]
        targets += [found[1] for found in REFERENCE.finditer(bare)]
        for target in targets:
            if re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:", target):
                continue
            name, _, anchor = unquote(target).partition("#")
            file = (page.parent / name) if name else page
            if not file.exists():
                yield number, f"no such file: {target}"
            elif name and not file.resolve().is_relative_to(ROOT):
                yield number, f"leads out of the repository: {target}"
            elif anchor and file.suffix == ".md" and anchor not in anchors(file):
                yield number, f"no such heading: {target}"


def is_path(span: str) -> bool:
    """Tell whether a code span names one file or folder of the repository."""
    return FOLDERS.match(span) is not None and re.fullmatch(r"[\w./-]+", span) is not None


def prose(text: str) -> Iterator[tuple[int, str]]:
    """Yield the numbered lines of a page outside fenced blocks."""
    fence = ""
    for number, line in enumerate(text.splitlines(), 1):
        mark = FENCE.match(line)
        if fence:
            if mark and mark[1].startswith(fence) and not mark[2]:
                fence = ""
        elif mark:
            fence = mark[1]
        else:
            yield number, line


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as the usual Markdown viewers make them."""
    found: set[str] = set()
    for _, line in prose(page.read_text(encoding="utf-8")):
        if heading := HEADING.match(line):
            words = re.sub(r"[^\w\- ]", "", heading[1].lower()).replace(" ", "-")
            repeat = next(i for i in range(len(found) + 1) if _numbered(words, i) not in found)
            found.add(_numbered(words, repeat))
    return found


def _numbered(words: str, repeat: int) -> str:
    return f"{words}-{repeat}" if repeat else words
