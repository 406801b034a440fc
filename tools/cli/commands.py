# SPDX-License-Identifier: Apache-2.0
"""The commands, in the order a user meets them."""

from pathlib import Path
from typing import Any

import click

from ranvier import rvn
from ranvier.quantize.formats import ROUNDINGS, SCALE_RULES, Formats, Rounding, ScaleRule
from ranvier.targets.mcu.toolchain import Name as Compiler
from ranvier.tools.cli import text
from ranvier.tools.cli.group import Commands
from ranvier.tools.cli.options import (
    as_model_options,
    as_weight_bits,
    compiler_option,
    data_option,
    deadline_options,
    emit_option,
    fpga_options,
    json_option,
    model_options,
    port_option,
    progress,
    samples_option,
    show,
)
from ranvier.tools.files import network_path, write_file

ASKED = ("deadline", "clock", "cpi", "lanes", "leak", "seeds")  # what `compile` hands on as it is


@click.group(
    cls=Commands,
    context_settings={"auto_envvar_prefix": "RANVIER", "help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="ranvier")
def main() -> None:
    """Put a trained spiking network on a device, provably unchanged after quantisation.

    \b
      ranvier demo                                            the whole story on one page
      ranvier quantize M.nir --calib C.npz -o N.rvn           float -> integers
      ranvier explain M.nir N.rvn --data T.npz                where and why the two differ
      ranvier compile N.rvn --target qemu-mps2-an386 -o B     integers -> C and an image
      ranvier verify B --data T.npz                           the image == the golden model?

    Every option can be set by an environment variable: RANVIER_<COMMAND>_<OPTION>.
    Exit code 0: well; 1: your input, or a check that failed; 2: wrong usage.
    """  # noqa: D301 -- click wants the backspace character itself


@main.command()
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), default=Path("build/demo"), show_default=True,
    help="The build directory.",
)  # fmt: skip
@click.option(
    "--target", type=click.Choice(["qemu-mps2-an386", "up5k"]), default="qemu-mps2-an386",
    show_default=True, help="An emulated Cortex-M4, or an FPGA whose core is simulated.",
)  # fmt: skip
@click.pass_context
def demo(ctx: click.Context, out: Path, target: str) -> None:
    """Compile a trained motion decoder and prove it, emulated or simulated."""
    if target == "up5k":
        from ranvier.tools.demo_hdl import demo as tell
    else:
        from ranvier.tools.demo import demo as tell

    page, equal = tell(out, lambda line: click.echo(line, err=True), progress)
    click.echo(page)
    ctx.exit(0 if equal else 1)


@main.command()
@click.argument("model", metavar="MODEL|NET.rvn|BUILD")
@model_options
@json_option
def inspect(model: str, json: bool, **options: Any) -> None:
    """Describe a model (.nir), a network (.rvn) or a build: layers, parameters, what is left open.

    Of a build: which kernels run each layer and why, what it needs, and the hashes it carries.
    """
    from ranvier.tools.verbs.inspect import inspect as verb

    result = verb(model, as_model_options(**options))
    show(result, text.inspection(result), json)


@main.command()
@click.argument("model")
@data_option
@click.option("-o", "--out", type=click.Path(path_type=Path), help="Write the trace (.npz).")
@model_options
@json_option
def simulate(model: str, data: str, out: Path | None, json: bool, **options: Any) -> None:
    """Run MODEL over data: a .nir in floats, a .rvn in the golden model's integers."""
    from ranvier.tools.verbs.simulate import simulate as verb

    asked = as_model_options(**options)
    with progress("simulating", patience=1.0) as shown:
        result = verb(model, data, asked, keep=False, trace=out, progress=shown)
    show(result, text.simulation(result), json)


@main.command()
@click.argument("model")
@click.option("--calib", required=True, metavar="FILE", help="Recordings that set the ranges.")
@click.option(
    "-o", "--out", required=True, type=click.Path(path_type=Path), help="The network (.rvn)."
)
@click.option("--data", metavar="FILE", help="Recordings to score on; default: those of --calib.")
@click.option(
    "--weights",
    multiple=True,
    metavar="[LAYER=]BITS",
    help="Bits of the weights, 2 to 8 or 16; of all, or into one layer.  [default: 8, for "
    "spinnaker 16]",
)
@click.option(
    "--state", type=int, help="Bits of a state: 16, 24 or 32; default: as few as will do."
)
@click.option(
    "--decay", type=int, help="Bits of a decay factor, 8 to 16; default: as many as there are."
)
@click.option(
    "--rounding",
    type=click.Choice(ROUNDINGS),
    default="compensated",
    show_default=True,
    help="Whether roundings make up for each other on the calibration data.",
)
@click.option(
    "--scales",
    type=click.Choice(SCALE_RULES),
    default="row",
    show_default=True,
    help="A scale for each neuron, or one for a whole layer.",
)
@click.option(
    "--limit",
    "limits",
    multiple=True,
    metavar="WHAT=N",
    help="Choose the bits of each layer: rom=32k, footprint=20k, accuracy=-0.5 or r2=-1 (points).",
)
@click.option(
    "--plot", type=click.Path(path_type=Path), help="With --limit: the Pareto front (.svg, .png)."
)
@click.option(
    "--numerics",
    default="native",
    show_default=True,
    metavar="NAME",
    help="Whose arithmetic: native, loihi, netx, spinnaker, xylo (docs/numerics.md).",
)
@model_options
@json_option
def quantize(
    model: str, calib: str, out: Path, data: str | None, weights: tuple[str, ...],
    state: int | None, decay: int | None, rounding: Rounding, scales: ScaleRule,
    limits: tuple[str, ...], plot: Path | None, numerics: str, json: bool,
    **options: Any,
) -> None:  # fmt: skip
    """Turn MODEL into integers, and say what that cost."""
    from ranvier.quantize.numerics import numerics as of_name
    from ranvier.tools.cli.search import find_bits
    from ranvier.tools.verbs.quantize import quantize as verb

    network_path(out)
    bits, layers = as_weight_bits(weights)
    said = as_model_options(**options)
    found = None
    if plot is not None and not limits:
        raise click.UsageError("--plot draws what --limit finds: give --limit as well")
    if limits:
        fixed = Formats(
            numerics=of_name(numerics), weights=bits, layers=layers, state=state, decay=decay,
            rounding=rounding, scales=scales,
        )  # fmt: skip
        found = find_bits(model, calib, limits, plot, formats=fixed, options=said)
    with progress("quantising", patience=1.0) as shown:
        result = verb(
            model, calib, data=data, weights=bits, layers=layers, state=state, decay=decay,
            rounding=rounding, scales=scales, numerics=numerics, options=said, searched=found,
            progress=shown,
        )  # fmt: skip
    write_file(out, rvn.to_bytes(result.network))
    show(result, text.quantized(result, str(out)), json)


@main.command()
@click.argument("model")
@click.argument("network", metavar="NET.rvn")
@data_option
@samples_option
@click.option("--html", type=click.Path(path_type=Path), help="Write the report as one page.")
@model_options
@json_option
def explain(
    model: str, network: str, data: str, samples: int | None, html: Path | None, json: bool,
    **options: Any,
) -> None:  # fmt: skip
    """Say where and why NET.rvn parts from the MODEL it was made from.

    Layer by layer: firing rates and spike distance; the first spike that differs, with both sums;
    neurons that went silent or saturate; and what weights, decays, thresholds, rounding, saturation
    and the input cost, one at a time.
    """
    from ranvier.tools.cli.explain_text import explanation
    from ranvier.tools.report.explain import page
    from ranvier.tools.verbs.explain import explain as verb

    with progress("ablating") as shown:
        result = verb(
            model, network, data, samples=samples, options=as_model_options(**options),
            progress=shown,
        )  # fmt: skip
    if html is not None:
        write_file(html, page(result).encode())
    show(result, explanation(result, html), json)


@main.command()
@click.argument("source", metavar="MODEL|NET.rvn")
@click.option(
    "--target", required=True, metavar="T[,T...]",
    help="What to compile for: names that `ranvier targets` lists, or a board file of your own"
    " (.toml). Several: each is built below --out.",
)  # fmt: skip
@click.option(
    "-o", "--out", required=True, type=click.Path(path_type=Path), help="The build directory."
)
@click.option("--calib", metavar="FILE", help="Recordings, where MODEL is not quantised yet.")
@emit_option
@compiler_option
@deadline_options
@fpga_options
@click.option("--memory", is_flag=True, help="Print where every byte of the image went.")
@model_options
@json_option
def compile(
    source: str, target: str, out: Path, calib: str | None, emit: str | None, compiler: Compiler,
    memory: bool, json: bool, **options: Any,
) -> None:  # fmt: skip
    """Compile a network into a build directory: sources, image, golden vectors, reports."""
    from ranvier.tools.verbs.compile import compile as verb
    from ranvier.tools.verbs.compile_each import compile_each

    said = {name: options.pop(name) for name in ASKED}
    said |= {"calib": calib, "emit": emit, "compiler": compiler}
    asked = as_model_options(**options)
    if "," not in target:
        result = verb(source, target, out, options=asked, **said)
        show(result, text.compiled(result, memory), json)
        return
    names = [name.strip() for name in target.split(",")]
    with progress("compiling") as shown:
        each = compile_each(source, names, out, options=asked, progress=shown, **said)
    show(each, text.compiled_each(each, memory), json)


@main.command()
@click.argument("build")
@click.option("--probe", metavar="ID", help="The debug probe's id, or a board's USB drive.")
@port_option
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@json_option
def flash(build: str, probe: str | None, port: str | None, dry_run: bool, json: bool) -> None:
    """Load BUILD onto its board and check that it answers with BUILD's network.

    A real board is recognised first, read back after writing, and asked at --port. For an emulated
    board or this computer --port means that the device that runs there is asked, nothing loaded.
    """
    from ranvier.tools.verbs.flash import flash as verb

    result = verb(build, probe=probe, port=port, dry_run=dry_run)
    show(result, text.flashed(result), json)


@main.command()
@click.argument("build")
@data_option
@samples_option
@port_option
@click.option("--live", is_flag=True, help="Let the board pace itself, at the network's dt.")
@json_option
def run(
    build: str, data: str, samples: int | None, port: str | None, live: bool, json: bool
) -> None:
    """Decode recordings on BUILD's board, step by step over the link."""
    from ranvier.tools.verbs.live import live as run_free
    from ranvier.tools.verbs.run import run as verb

    if live:
        with progress("decoding") as shown:
            free = run_free(build, data, samples=samples, port=port, progress=shown)
        show(free, text.ran_free(free), json)
        return
    with progress("decoding") as shown:
        result = verb(build, data, samples=samples, port=port, progress=shown)
    show(result, text.ran(result), json)


@main.command()
@click.argument("build")
@click.option(
    "--data", metavar="FILE", help="Recordings; without them, the build's own random vectors."
)
@samples_option
@port_option
@json_option
@click.pass_context
def verify(
    ctx: click.Context,
    build: str,
    data: str | None,
    samples: int | None,
    port: str | None,
    json: bool,
) -> None:
    """Compare BUILD's board or simulated RTL with the golden model; exit 1 if one bit differs.

    Every spike, state and answer is compared.
    """
    from ranvier.tools.verbs.verify import verify as verb

    with progress("comparing") as shown:
        result = verb(build, data, samples=samples, port=port, progress=shown)
    show(result, text.verified(result), json)
    ctx.exit(1 if result.mismatches else 0)


@main.command()
@json_option
def targets(json: bool) -> None:
    """List what a network can be compiled for.

    `compile --target` also takes a board file of your own, which ends in .toml: docs/boards.md.
    """
    from ranvier.tools.verbs.targets import targets as verb

    result = verb()
    show(result, text.targets(result), json)


@main.command()
@json_option
@click.pass_context
def doctor(ctx: click.Context, json: bool) -> None:
    """List the tools Ranvier uses, and how to get those that are missing; exit 1 if any is."""
    from ranvier.tools.verbs.doctor import doctor as verb

    result = verb()
    show(result, text.checkup(result), json)
    ctx.exit(0 if result.well else 1)
