# SPDX-License-Identifier: Apache-2.0
"""Whether a path leads anywhere, for paths of any text: too long, or with a zero byte in it."""

from pathlib import Path


def is_file(path: Path) -> bool:
    """Tell whether `path` is a file."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def is_dir(path: Path) -> bool:
    """Tell whether `path` is a folder."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def exists(path: Path) -> bool:
    """Tell whether there is something at `path`."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False
