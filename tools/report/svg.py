# SPDX-License-Identifier: Apache-2.0
"""Draws small plots as inline SVG: axes with ticks and units, lines, ticks, points."""

from collections.abc import Iterable, Sequence
from html import escape

import numpy as np

# Okabe and Ito's palette, told apart with any kind of colour vision; darkened to 4.5:1 on white.
FLOAT = "#0067a5"
FIXED = "#c04a00"
BOTH = "#3d3d3d"
GRID = "#e4e7eb"
INK = "#3b4252"
LEFT, RIGHT, TOP, BOTTOM = 64, 14, 12, 46


class Plot:
    """A plot being drawn; `text` is the whole SVG.

    Parameters
    ----------
    x, y
        Ranges of the axes.
    title
        What a screen reader says.
    """

    def __init__(
        self,
        width: int,
        height: int,
        x: tuple[float, float],
        y: tuple[float, float],
        title: str,
    ) -> None:
        self._width, self._height, self._title = width, height, title
        self._x, self._y = _wide(x), _wide(y)
        self._parts: list[str] = []

    def axes(
        self, x_label: str, y_label: str, rows: Sequence[str] | None = None, whole: bool = True
    ) -> None:
        """Draw both axes; `rows` names 0, 1, .. of the y axis, `whole` asks for whole x ticks."""
        bottom, right = self._height - BOTTOM, self._width - RIGHT
        for v in ticks(*self._x, whole):
            self._line(self.x(v), TOP, self.x(v), bottom, GRID)
            self._text(self.x(v), bottom + 16, number(v), "middle")
        named = [(float(k), name) for k, name in enumerate(rows)] if rows is not None else [
            (v, number(v)) for v in ticks(*self._y)
        ]  # fmt: skip
        for v, name in named:
            if rows is None:
                self._line(LEFT, self.y(v), right, self.y(v), GRID)
            self._text(LEFT - 8, self.y(v) + 4, name, "end")
        self._line(LEFT, bottom, right, bottom, INK)
        self._line(LEFT, TOP, LEFT, bottom, INK)
        self._text((LEFT + right) / 2, self._height - 10, x_label, "middle")
        middle = (TOP + bottom) / 2
        self._parts.append(
            f'<text transform="translate(14 {middle:.1f}) rotate(-90)" text-anchor="middle">'
            f"{escape(y_label)}</text>"
        )

    def curve(
        self,
        xs: Iterable[float],
        ys: Iterable[float],
        colour: str,
        dash: str = "",
        width: float = 2,
    ) -> None:
        """Draw a line through points."""
        points = " ".join(f"{self.x(a):.1f},{self.y(b):.1f}" for a, b in zip(xs, ys, strict=True))
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self._parts.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" '
            f'stroke-width="{width:g}"{dashed}/>'
        )

    def level(self, y: float, name: str, colour: str = INK, above: bool = True) -> None:
        """Draw a named horizontal line."""
        right = self._width - RIGHT
        self._line(LEFT, self.y(y), right, self.y(y), colour, "2 3")
        self._text(right - 4, self.y(y) + (-5 if above else 13), name, "end", colour)

    def moment(self, x: float, name: str) -> None:
        """Draw a named vertical band, one unit wide."""
        half = abs(self.x(x + 0.5) - self.x(x))
        self._parts.append(
            f'<rect x="{self.x(x) - half:.1f}" y="{TOP}" width="{2 * half:.1f}" '
            f'height="{self._height - TOP - BOTTOM}" fill="#fff3bf"><title>{escape(name)}</title>'
            "</rect>"
        )

    def bar(self, x: float, y: float, low: float, high: float, colour: str) -> None:
        """Draw a vertical tick at x from y + low to y + high."""
        self._line(self.x(x), self.y(y + low), self.x(x), self.y(y + high), colour, width=3)

    def point(self, x: float, y: float, colour: str, cross: bool = False) -> None:
        """Draw a point, or a cross."""
        a, b = self.x(x), self.y(y)
        if cross:
            self._line(a - 4, b - 4, a + 4, b + 4, colour, width=2)
            self._line(a - 4, b + 4, a + 4, b - 4, colour, width=2)
            return
        self._parts.append(
            f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3.6" fill="{colour}" fill-opacity="0.55"/>'
        )

    def x(self, v: float) -> float:
        """Return the place of a value of the x axis."""
        low, high = self._x
        return LEFT + (v - low) / (high - low) * (self._width - LEFT - RIGHT)

    def y(self, v: float) -> float:
        """Return the place of a value of the y axis."""
        low, high = self._y
        return TOP + (high - v) / (high - low) * (self._height - TOP - BOTTOM)

    @property
    def text(self) -> str:
        """The drawing."""
        return (
            f'<svg viewBox="0 0 {self._width} {self._height}" role="img" '
            f'aria-label="{escape(self._title)}">{"".join(self._parts)}</svg>'
        )

    def _line(
        self, x: float, y: float, to_x: float, to_y: float, colour: str, dash: str = "",
        width: float = 1,
    ) -> None:  # fmt: skip
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self._parts.append(
            f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}" '
            f'stroke="{colour}" stroke-width="{width:g}"{dashed}/>'
        )

    def _text(self, x: float, y: float, text: str, anchor: str, colour: str = INK) -> None:
        self._parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">'
            f"{escape(text)}</text>"
        )


def ticks(low: float, high: float, whole: bool = False) -> list[float]:
    """Return three to eight round numbers within a range."""
    step = 10.0 ** np.floor(np.log10((high - low) / 3))
    for factor in (5, 2, 1):
        if (high - low) / (step * factor) >= 3:
            step *= factor
            break
    if whole:
        step = max(1.0, step)
    first, last = int(np.ceil(low / step - 1e-9)), int(np.floor(high / step + 1e-9))
    return [float(k * step) for k in range(first, last + 1)]


def number(v: float) -> str:
    """Return a number as short as it may be."""
    return f"{v:.6g}".replace("-", "\N{MINUS SIGN}")


def _wide(ends: tuple[float, float]) -> tuple[float, float]:
    low, high = float(ends[0]), float(ends[1])
    if not high > low:
        return low - 0.5, low + 0.5
    return low, high
