# SPDX-License-Identifier: Apache-2.0
"""The trade between bytes and what they lose, as a picture."""

import io
from pathlib import Path

from ranvier.errors import RanvierError
from ranvier.tools.verbs.search import Found

FORMATS = (".svg", ".png", ".pdf")


def plot_path(path: Path) -> Path:
    """Return `path` if a picture may be written there: W005 unless its ending is known."""
    if path.suffix not in FORMATS:
        raise RanvierError(
            "W005", f"pictures end in {', '.join(FORMATS)}", loc=str(path),
            hint="give --plot such a name",
        )  # fmt: skip
    return path


def pareto_picture(found: Found, suffix: str) -> bytes:
    """Return the Pareto front as a picture; the same search gives the same bytes.

    Raises
    ------
    RanvierError
        T005 where matplotlib is not installed.
    """
    try:
        import matplotlib
        from matplotlib.figure import Figure
    except ImportError as e:
        raise RanvierError(
            "T005", "the Python package matplotlib is not installed", loc="--plot",
            hint="pip install 'ranvier[plot]'",
        ) from e  # fmt: skip
    matplotlib.rcParams["svg.hashsalt"] = "ranvier"
    figure = Figure(figsize=(7.5, 4.5), layout="constrained")
    axes = figure.subplots()
    sizes = [m.size / 1024 for m in found.mixes]
    scores = [m.score for m in found.mixes]
    axes.plot(sizes, scores, color="#4477aa", marker="o", lw=1.5, label="best mix for its size")
    chosen = found.chosen
    axes.plot(
        [chosen.size / 1024], [chosen.score], "D", color="#cc3311", ms=9,
        label="chosen: " + ", ".join(f"{name} {bits}" for name, bits in chosen.bits) + " bits",
    )  # fmt: skip
    if found.scored in ("accuracy", "r2"):
        axes.axhline(found.float_score, color="#777777", ls="--", lw=1, label="float model")
    axes.set_xlabel(f"{found.counted} of all layers (KiB)")
    axes.set_ylabel(f"{found.scored} on the calibration data")
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
    data = io.BytesIO()
    none = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(suffix[1:], {})
    figure.savefig(data, format=suffix[1:], dpi=120, metadata=none)
    return data.getvalue()
