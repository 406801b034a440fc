# SPDX-License-Identifier: Apache-2.0
"""docs/errors.md lists the codes that the sources raise: every one, and no other."""

import re
from pathlib import Path

from ranvier.errors import RanvierError

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("compiler/ranvier", "targets", "tools")
CODE = re.compile(r"\"([A-Z][0-9]{3})\"")
ROW = re.compile(r"^\| ([A-Z][0-9]{3}) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)


def raised() -> set[str]:
    files = [p for folder in SOURCES for p in sorted((ROOT / folder).rglob("*.py"))]
    return {code for p in files for code in CODE.findall(p.read_text("utf-8"))}


def documented() -> dict[str, tuple[str, str]]:
    rows = ROW.findall((ROOT / "docs/errors.md").read_text("utf-8"))
    assert len({code for code, _, _ in rows}) == len(rows), "a code is listed twice"
    return {code: (meaning.strip(), hint.strip()) for code, meaning, hint in rows}


def test_every_code_is_documented_and_every_documented_code_exists() -> None:
    found = raised()
    assert len(found) > 40, "the search finds the sources"
    assert set(documented()) == found


def test_every_code_has_a_meaning_and_something_to_try() -> None:
    for code, (meaning, hint) in documented().items():
        assert len(meaning) > 10, code
        assert len(hint) > 10, code


def test_an_error_says_what_where_and_what_to_try() -> None:
    error = RanvierError("Q003", "too wide", loc="net.nir:lif", hint="narrow it")
    assert str(error) == "net.nir:lif: error[Q003]: too wide\n  hint: narrow it"
    assert str(RanvierError("Q003", "x", hint="y")) == "error[Q003]: x\n  hint: y"
