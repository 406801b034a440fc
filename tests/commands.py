# SPDX-License-Identifier: Apache-2.0
"""Runs commands in this process, and checks how one that fails must fail."""

import hashlib
import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from ranvier.tools.cli.commands import main


def call(*arguments: object) -> Result:
    """Run a command; an exception that is not an exit fails the test."""
    return CliRunner().invoke(main, [str(a) for a in arguments], catch_exceptions=False)


def succeeds(*arguments: object) -> str:
    result = call(*arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def answer(*arguments: object) -> Any:
    """Return what a command prints with --json."""
    return strict_json(succeeds(*arguments, "--json"))


def strict_json(text: str) -> Any:
    """Parse JSON as its standard has it: no NaN, no Infinity."""

    def refuse(constant: str) -> Any:
        raise AssertionError(f"{constant} is not JSON")

    return json.loads(text, parse_constant=refuse)


def listing(folder: Path) -> dict[str, str]:
    """Return every file below a folder and the hash of its content."""
    return {
        str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
        if p.is_file()
        else ""
        for p in sorted(folder.rglob("*"))
    }


def fails(folder: Path, code: str, *arguments: object) -> dict[str, str]:
    """Check that a command fails cleanly, with and without --json; return the error's fields."""
    before = listing(folder)
    plain, machine = call(*arguments), call(*arguments, "--json")
    assert listing(folder) == before, "something half-written was left, or a file changed"
    for result in (plain, machine):
        assert result.exit_code == 1, result.output
        assert f"error[{code}]: " in result.stderr
        assert "\n  hint: " in result.stderr
        assert "Traceback" not in result.stderr
    assert plain.stdout == ""
    error = strict_json(machine.stdout)["error"]
    assert error["code"] == code
    assert set(error) == {"code", "what", "loc", "hint"}
    assert error["hint"]
    assert error["what"] in plain.stderr
    return dict(error)
