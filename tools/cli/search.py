# SPDX-License-Identifier: Apache-2.0
"""``quantize --limit``: the search, and its picture."""

from pathlib import Path

from ranvier.frontends.options import ModelOptions
from ranvier.quantize.formats import Formats
from ranvier.tools.files import write_file
from ranvier.tools.report.pareto import pareto_picture, plot_path
from ranvier.tools.verbs.search import Found, parse_limits, search


def find_bits(
    model: str,
    calib: str,
    limits: tuple[str, ...],
    plot: Path | None,
    *,
    formats: Formats,
    options: ModelOptions,
) -> Found:
    """Search the bits of each layer and write the picture, if one is wanted."""
    wanted = parse_limits(limits)
    path = None if plot is None else plot_path(plot)
    found = search(model, calib, wanted, formats=formats, options=options)
    if path is not None:
        write_file(path, pareto_picture(found, path.suffix))
    return found
