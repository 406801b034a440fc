# SPDX-License-Identifier: Apache-2.0
"""Loops of a kernel, and what decides how often they are passed."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Loop:
    """A loop of the source: its passes in one call, and the loops in its body."""

    times: int
    inner: tuple["Loop", ...] = ()

    @property
    def height(self) -> int:
        """How many loops are within each other, this one included."""
        return 1 + max((x.height for x in self.inner), default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """What decides how often a kernel's loops are passed.

    Attributes
    ----------
    n
        Elements, neurons or bytes that it goes through.
    events
        The longest list of events it can be given.
    targets, sources
        Columns' lengths and their number.
    synapses, quotients
        Synaptic states of a neuron; bits of the divisions by its threshold.
    entries
        Weights that a sparse connection has, or passes that add several of them.
    channels, height
        Of an image.
    rows, cols, adds
        Over all sources of an image: rows of outputs they reach, outputs of one channel, and
        of all.
    bands, sections
        Of a filterbank: bands of a channel, sections of a band.
    """

    n: int = 0
    events: int = 0
    targets: int = 0
    sources: int = 0
    synapses: int = 0
    quotients: int = 0
    entries: int = 0
    channels: int = 0
    height: int = 0
    rows: int = 0
    cols: int = 0
    adds: int = 0
    bands: int = 0
    sections: int = 0
