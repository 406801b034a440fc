# SPDX-License-Identifier: Apache-2.0
"""How commands end: a user's mistake as text or JSON with exit code 1."""

import json
import sys
from typing import Any

import click

from ranvier.errors import RanvierError
from ranvier.tools.cli.entry import interrupted


class Commands(click.Group):
    """A group whose commands report a user's mistake without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except RanvierError as e:
            if ctx.meta.get("json"):
                fields = {"code": e.code, "what": e.what, "loc": e.loc, "hint": e.hint}
                click.echo(json.dumps({"error": fields}, indent=2))
            click.echo(str(e), err=True)
            ctx.exit(1)
        except KeyboardInterrupt:  # click would make an "Aborted!" of it
            sys.exit(interrupted())

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order they are used, not by name."""
        return list(self.commands)
