# SPDX-License-Identifier: Apache-2.0
"""How commands end: errors as text or JSON with exit code 1, Ctrl-C with 130."""

import json
from typing import Any

import click

from ranvier.errors import RanvierError

INTERRUPTED = 130  # what shells expect of a program that SIGINT ended


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
        except KeyboardInterrupt:
            click.echo("interrupted; the emulator has ended and the port is free", err=True)
            ctx.exit(INTERRUPTED)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order they are used, not by name."""
        return list(self.commands)
