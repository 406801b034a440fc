# SPDX-License-Identifier: Apache-2.0
"""What a benchmark found, against its budget."""

from collections.abc import Iterable
from dataclasses import dataclass

from ranvier.tools.report.columns import columns


@dataclass(frozen=True, slots=True)
class Figure:
    """Something measured `of` a core or a design, and what it may be at most, or at `least`."""

    of: str
    what: str
    how: str
    value: float
    budget: float | None = None
    least: bool = False

    @property
    def row(self) -> list[object]:
        """The figure as cells."""
        sign = ">=" if self.least else "<="
        limit = "" if self.budget is None else f"{sign} {self.budget:g}"
        fate = "" if self.budget is None else ("ok" if self.kept else "PAST BUDGET")
        shown = f"{self.value:.0f}" if self.value >= 100 else f"{self.value:.2f}"
        return [self.of, self.what, self.how, shown, limit, fate]

    @property
    def kept(self) -> bool:
        """Whether it is within its budget."""
        if self.budget is None:
            return True
        return self.value >= self.budget if self.least else self.value <= self.budget


def table(found: Iterable[Figure], *heads: str) -> str:
    """Return figures as lines, below the heads of their first four columns."""
    rows: list[list[object]] = [[*heads, "budget", ""], *(f.row for f in found)]
    return columns(rows, indent="") + "\n"
