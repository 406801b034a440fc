# SPDX-License-Identifier: Apache-2.0
"""Rows as columns of plain text."""

from collections.abc import Sequence


def columns(rows: Sequence[Sequence[object]], indent: str = "  ") -> str:
    """Return rows as aligned columns; numbers to the right."""
    texts = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[k]) for row in texts) for k in range(len(texts[0]))]
    right = [
        all(isinstance(row[k], (int, float)) for row in rows[1:]) and len(rows) > 1
        for k in range(len(widths))
    ]
    lines = (
        "  ".join(
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(row, widths, right, strict=True)
        )
        for row in texts
    )
    return "\n".join(indent + line.rstrip() for line in lines)
