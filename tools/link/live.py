# SPDX-License-Identifier: Apache-2.0
"""What a network that runs free sends: an answer at each tick, and its counts at the end."""

import struct
from dataclasses import dataclass
from enum import IntEnum, IntFlag

NO_DECISION = 0xFFFF
START_REQUEST = struct.Struct("<BII")
ANSWER = struct.Struct("<IIHB")
SAMPLES_REPLY = struct.Struct("<HH")
COUNTS = struct.Struct("<6I")


class Source(IntEnum):
    """Who brings the samples: ``rv_source_t``."""

    LINK = 0
    BOARD = 1


class Flag(IntFlag):
    """What was particular about a tick."""

    LATE = 1
    MISSED = 2
    LOST = 4
    LAST = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was decided at one tick.

    Attributes
    ----------
    tick
        Ticks that were due since the start, this one counted.
    step
        Steps executed since then, this one counted.
    decoded
        The class, or None: no decision.
    flags
        LATE: the next tick was due already. MISSED: there was no sample, and no step. LOST: ticks
        before this one went by unserved. LAST: it has ended by itself.
    """

    tick: int
    step: int
    decoded: int | None
    flags: Flag

    @classmethod
    def parse(cls, payload: bytes) -> "Answer":
        """Read an event; raises ``ValueError`` if it is not one."""
        if len(payload) != ANSWER.size:
            raise ValueError(f"{len(payload)} bytes, not {ANSWER.size}")
        tick, step, decoded, flags = ANSWER.unpack(payload)
        return cls(
            tick=tick,
            step=step,
            decoded=None if decoded == NO_DECISION else decoded,
            flags=Flag(flags),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What a device counted while it ran free; ticks = steps + missed + lost.

    Attributes
    ----------
    ticks
        How often a step was due.
    steps, missed, lost
        How often it was executed, had no sample, or went by because the one before took too long.
    late
        How often an answer was not ready before the next tick.
    sleeps
        How often the core was sent to sleep (WFI).
    """

    ticks: int
    steps: int
    late: int
    missed: int
    lost: int
    sleeps: int

    @classmethod
    def parse(cls, payload: bytes) -> "Counts":
        """Read the answer to STOP; raises ``ValueError`` if it is not one."""
        if len(payload) != COUNTS.size:
            raise ValueError(f"{len(payload)} bytes, not {COUNTS.size}")
        ticks, steps, late, missed, lost, sleeps = COUNTS.unpack(payload)
        return cls(ticks=ticks, steps=steps, late=late, missed=missed, lost=lost, sleeps=sleeps)
