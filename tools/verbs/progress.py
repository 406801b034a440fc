# SPDX-License-Identifier: Apache-2.0
"""How long work tells how far it is: (done, total), in samples."""

from ranvier.frontends.sources import Progress

__all__ = ["Progress", "silent"]


def silent(done: int, total: int) -> None:
    """Report no progress."""
