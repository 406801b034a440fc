# SPDX-License-Identifier: Apache-2.0
"""Options that several commands share."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, TypeVar

import click

from ranvier.frontends.dialects import DIALECTS
from ranvier.frontends.options import ASKED_TIMINGS, RESETS, ModelOptions, ResetKind
from ranvier.model import DECODE_RULES, Ambiguity

F = TypeVar("F", bound=Callable[..., Any])


class Reported(Protocol):
    """A verb's result."""

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""


def model_options(function: F) -> F:
    """Add what a user may say of a model; the command gets them as `options`."""
    for option in reversed(
        (
            click.option("--dialect", help=f"Whose meaning the file has: {', '.join(DIALECTS)}."),
            click.option("--dt", type=float, help="Seconds a step, where the file does not say."),
            click.option(
                "--reset",
                multiple=True,
                metavar="[LAYER=]KIND",
                help=f"What a spike does: {', '.join(RESETS)}; of all layers, or of one.",
            ),
            click.option(
                "--reset-timing",
                type=click.Choice(ASKED_TIMINGS),
                help="When a neuron is reset, where the dialect does not say.",
            ),
            click.option(
                "--spikes-per-step",
                type=click.Choice(("once", "many")),
                help="Whether a neuron may fire several times in a step.",
            ),
            click.option("--lower-bound", type=float, help="What no membrane falls below."),
            click.option(
                "--norm-input/--no-norm-input",
                default=None,
                help="sinabs: whether a layer's input is scaled by what leaks.",
            ),
            click.option(
                "--decode",
                type=click.Choice(DECODE_RULES),
                help="How the output becomes an answer.",
            ),
            click.option(
                "--encode",
                type=click.Path(path_type=Path),
                help="TOML file with the input encoding (docs/encoding.md).",
            ),
        )
    ):
        function = option(function)
    return function


def deadline_options(function: F) -> F:
    """Add what a user may demand of a step's time."""
    for option in reversed(
        (
            click.option(
                "--deadline",
                metavar="TIME",
                help="Fail unless every step ends within, such as 1ms.",
            ),
            click.option("--clock", metavar="FREQ", help="The core's clock, such as 64MHz."),
            click.option(
                "--cpi",
                type=float,
                help="Cycles an instruction is assumed to take, where you know better.",
            ),
        )
    ):
        function = option(function)
    return function


def fpga_options(function: F) -> F:
    """Add what a user may say of an FPGA."""
    for option in reversed(
        (
            click.option(
                "--lanes", type=int, help="FPGA: weights that are added at a time, 1 to 16."
            ),
            click.option(
                "--leak",
                metavar="RULE",
                help="FPGA: multiply, or shift, where all decays are 1 - 2**-k and inputs spikes.",
            ),
            click.option("--seeds", type=int, help="FPGA: placements tried; the fastest is kept."),
        )
    ):
        function = option(function)
    return function


def as_model_options(encode: Path | None, reset: tuple[str, ...], **options: Any) -> ModelOptions:
    """Return the options as the API takes them."""
    resets: dict[str, ResetKind] = {}
    for said in reset:
        layer, _, kind = said.rpartition("=")
        kind = "value" if kind == "zero" else kind  # snnTorch's word
        known = next((r for r in RESETS if r == kind), None)
        if known is None:
            raise click.BadParameter(
                f"{kind!r} is not one of {', '.join(RESETS)}", param_hint="--reset"
            )
        resets[layer] = known
    return ModelOptions(
        encoding_file=encode,
        reset=resets.pop("", None),
        resets=tuple(sorted(resets.items())),
        **options,
    )


def as_weight_bits(weights: tuple[str, ...]) -> tuple[int | None, tuple[tuple[str, int], ...]]:
    """Return the bits of all weights, if they are said, and those of single layers."""
    found: dict[str, int] = {}
    for said in weights:
        layer, _, bits = said.rpartition("=")
        if not (bits.isascii() and bits.isdecimal()):
            raise click.BadParameter(f"{said!r} is not [LAYER=]BITS", param_hint="--weights")
        found[layer] = int(bits)
    return found.pop("", None), tuple(sorted(found.items()))


def _remember_json(ctx: click.Context, _: click.Parameter, value: bool) -> bool:
    ctx.meta["json"] = value
    return value


emit_option = click.option(
    "--emit", type=click.Choice(("app", "library")),
    help="An image with the link, or the network's C alone: all that cores without a board have.",
)  # fmt: skip
compiler_option = click.option(
    "--compiler", type=click.Choice(("auto", "gcc", "zig")), default="auto", show_default=True,
    help="The board's GCC, or Zig from PyPI; auto: Zig where that GCC is missing.",
)  # fmt: skip
json_option = click.option(
    "--json", is_flag=True, callback=_remember_json, is_eager=True,
    help="Print one JSON object on standard output.",
)  # fmt: skip
data_option = click.option(
    "--data",
    required=True,
    metavar="FILE",
    help=".npz with x (samples, steps, *channels) and y.",
)
samples_option = click.option("--samples", type=click.IntRange(1), help="Only the first N samples.")
port_option = click.option(
    "--port", help="Where a device answers: /dev/ttyACM0, COM3, socket://host:port."
)


def show(result: Reported, text: str, as_json: bool) -> None:
    """Print a result for a person or for a machine, and on standard error what was assumed."""
    for a in getattr(result, "ambiguities", ()):
        if isinstance(a, Ambiguity) and not as_json:
            click.echo(f"note: {a.what}; taken: {a.taken} ({a.option} says otherwise)", err=True)
    shown = json.dumps(result.to_json(), indent=2) if as_json else text
    # A class may be called anything, also what no encoding can write.
    click.echo(shown.encode("utf-8", "replace").decode())


@contextmanager
def progress(title: str, patience: float = 0.0) -> Iterator[Callable[[int, int], None]]:
    """Give a callback that shows a bar on standard error, where that is a terminal.

    The bar appears with the first call that comes `patience` seconds after the block began, and is
    gone when the block ends, however it ends.
    """
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console  # as slow to import as this program is to start
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
    )

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    task = bar.add_task(title, total=None)

    begin = time.monotonic()

    def update(done: int, total: int) -> None:
        if time.monotonic() - begin >= patience:
            bar.start()
        bar.update(task, completed=done, total=total)

    try:
        yield update
    finally:
        bar.stop()
