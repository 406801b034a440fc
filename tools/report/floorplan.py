# SPDX-License-Identifier: Apache-2.0
"""Draws what a design uses of an FPGA, tile by tile, as inline SVG."""

from collections.abc import Mapping, Sequence
from html import escape

from ranvier.targets.fpga.part import Cells
from ranvier.targets.fpga.place import WORDS, Site

# Okabe and Ito's palette, told apart with any kind of colour vision
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#56b4e9", "#b8a800")
OTHERS = "#8a93a3"
_TILE, _LC = 20, 8  # units a tile, logic cells in one
_FREE, _EDGE = "#eef1f5", "#d8dde5"


def palette(modules: Sequence[str]) -> dict[str, str]:
    """Return a colour for each of the first modules; the others share `OTHERS`."""
    return dict(zip(modules, COLOURS, strict=False))


def floorplan(
    sites: Sequence[Site], cells: Cells, shape: Mapping[str, tuple[int, int]],
    colours: Mapping[str, str], title: str,
) -> str:  # fmt: skip
    """Return the chip seen from above, its first row at the bottom.

    Parameters
    ----------
    shape
        Columns and rows of tiles that a block takes.
    """
    width, height = cells.columns * _TILE, cells.rows * _TILE
    parts = [
        f'<rect x="{x * _TILE}" y="{y * _TILE}" width="{_TILE}" height="{_TILE}" fill="{_FREE}"'
        f' stroke="{_EDGE}" stroke-width="0.6"/>'
        for x in range(1, cells.columns - 1)
        for y in range(1, cells.rows - 1)
    ]
    # Blocks first: a logic cell beside one is small
    ordered = sorted(sites, key=lambda s: (s.kind == "lc", s.x, s.y, s.z))
    parts += [_site(s, cells.rows, shape, colours.get(s.module, OTHERS)) for s in ordered]
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(title)}">'
        f"{''.join(parts)}</svg>"
    )


def _site(s: Site, rows: int, shape: Mapping[str, tuple[int, int]], colour: str) -> str:
    x, y = float(s.x * _TILE), float((rows - 1 - s.y) * _TILE)
    if s.kind == "lc":
        half, quarter = _TILE / 2, _TILE / 4
        column, row = divmod(s.z, _LC // 2)
        box = x + column * half + 0.8, y + (3 - row) * quarter + 0.6, half - 1.6, quarter - 1.2
    else:
        wide, high = (n * _TILE for n in shape[s.kind])
        part = 0.0
        if s.kind == "spram":  # two in a corner
            wide, part = wide // 2, s.z % 2 * wide / 2
        box = x + part + 1, y + _TILE - high + 1, wide - 2, float(high - 2)
    at = " ".join(f'{k}="{v:g}"' for k, v in zip(("x", "y", "width", "height"), box, strict=True))
    return (
        f'<rect {at} rx="0.8" fill="{colour}"><title>{escape(s.module)}:'
        f" {WORDS[s.kind].removesuffix('s')} at {s.x}, {s.y}</title></rect>"
    )
