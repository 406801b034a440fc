# SPDX-License-Identifier: Apache-2.0
"""What a host sees of the core over SPI: the one description of spaces, registers and errors.

`ranvier.targets.fpga.register_text` writes it as Verilog, C, Python and Markdown. All words have
16 bits. ``hdl/rtl/rv_spi.v`` says how frames carry them.
"""

from dataclasses import dataclass
from typing import Literal

VERSION = 1  # of this map and of the frames
IDENTITY = 0x5200 | VERSION  # "R"
WORDS = 64  # the most in a frame
WRITE = 0x80  # bit of a frame's command; the space is in its lowest bits
CRC_POLYNOMIAL = 0x1021
CRC_START = 0xFFFF
CRC_RESIDUE = 0x1D0F  # of a frame and its own, inverted, CRC


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """What a frame addresses.

    Attributes
    ----------
    access
        ``r``, ``w`` or both.
    halted
        Whether it may be reached between steps only.
    """

    name: str
    number: int
    access: Literal["r", "w", "rw"]
    meaning: str
    halted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """Bits of a register.

    Attributes
    ----------
    bit, width
        The lowest, and how many.
    """

    name: str
    bit: int
    meaning: str
    width: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """A word of space REGISTERS.

    Attributes
    ----------
    access
        ``ro``; ``wo``; ``w1c``: writing ones clears errors; ``take``: writing takes out of a queue
        what the last frame read of it.
    reset
        After a reset; None where it depends on what happens.
    """

    name: str
    address: int
    access: Literal["ro", "wo", "w1c", "take"]
    meaning: str
    reset: int | None = 0
    fields: tuple[Field, ...] = ()


# What can be read is told by the two lowest bits of its number.
SPACES = (
    Space(name="REGISTERS", number=0, access="rw", meaning="the registers below"),
    Space(name="WEIGHTS", number=1, access="rw", halted=True,
          meaning="weights: a row of a weight a lane, lane 0 lowest, in words, lowest first"),
    Space(name="SPIKES", number=2, access="r",
          meaning="spikes that wait, the oldest first; of two words each where they have more"
          " than 16 bits, the high one first; from address 0; reading takes none"),
    Space(name="VALUES", number=3, access="r",
          meaning="readouts that wait, the oldest first; of two words each where they have more"
          " than 16 bits, the high one first; from address 0; reading takes none"),
    Space(name="EVENTS", number=4, access="w",
          meaning="events in, all of a frame or none; of two words each where they have more than"
          " 16 bits, the high one first; from address 0"),
    Space(name="THRESHOLDS", number=5, access="w", halted=True,
          meaning="thresholds: a row of those of all neurons that are updated at a time, laid out"
          " in the same way"),
    Space(name="TABLE", number=6, access="w", halted=True,
          meaning="the layer table's rows, laid out in the same way; they count after a RESTART"),
)  # fmt: skip

ERRORS = (
    Field(name="COMMAND", bit=5, meaning="a command, a space or a register that isn't there, or"
          " isn't to be read or written, be it one of several; too many words; half an event"),
    Field(name="FRAME", bit=6, meaning="chip select rose before a frame's end, or past it, or a"
          " frame began while the last one was carried out"),
    Field(name="CRC", bit=7, meaning="a frame's CRC was wrong"),
    Field(name="LOCKED", bit=8, meaning="a memory was addressed while a step was under way, or"
          " events came before LOADED"),
    Field(name="ROOM", bit=9, meaning="events didn't fit the queue"),
)  # fmt: skip

STATUS = (
    Field(name="HALTED", bit=0, meaning="stands between two steps, and begins none by itself"),
    Field(name="DONE", bit=1, meaning="halted, no events wait, and all that came is in the queues"),
    Field(name="SPIKES", bit=2, meaning="spikes wait"),
    Field(name="VALUES", bit=3, meaning="readouts wait"),
    Field(name="LOADED", bit=4, meaning="CONTROL says so"),
    *ERRORS,
    Field(name="FRAMES", bit=12, width=4, meaning="frames carried out that wrote, modulo 16"),
)  # fmt: skip

CONTROL = (
    Field(name="RUN", bit=0, meaning="steps begin as soon as events wait"),
    Field(name="STEP", bit=1, meaning="one step may begin"),
    Field(name="RESTART", bit=2, meaning="states become zero, all queues empty"),
    Field(name="CLEAR", bit=3, meaning="counters become zero"),
    Field(
        name="LOADED",
        bit=4,
        meaning="the memories hold a network; zero again as soon as one is"
        " written, and without it the core and its queues are reset",
    ),
    Field(
        name="TRACE",
        bit=5,
        meaning="all states go out as readouts, in the order of the table's"
        " sweeps; to be changed between steps",
    ),
    Field(
        name="PAGE",
        bit=8,
        width=8,
        meaning="upper 8 bits of addresses in memories of more than 65536 words",
    ),
)

WAITING = (
    Field(name="SPIKES", bit=0, width=8, meaning="spikes that wait, ends of steps among them;"
          " writing its lowest bit takes out what the last frame read of them"),
    Field(name="VALUES", bit=8, width=8, meaning="readouts that wait; in the same way"),
)  # fmt: skip

# Of a queue of 2 to this many words a field counts from none to all.
QUEUE_BITS = {f.name: f.width - 1 for f in WAITING}

COUNTS = (
    Field(name="OVERFLOWS", bit=0, width=4, meaning="frames of events that were refused because"
          " they didn't fit, modulo 16"),
    Field(name="STEPS", bit=8, width=8, meaning="steps that ended, modulo 256"),
)  # fmt: skip

REGISTERS = (
    Register(name="STATUS", address=0x0, access="w1c", reset=None, fields=STATUS,
             meaning="what is the case, and bits 5 to 9 what went wrong, which stays until it is"
             " cleared; also sent with the first word of every frame"),
    Register(name="CONTROL", address=0x1, access="wo", fields=CONTROL, meaning="what to do"),
    Register(name="WAITING", address=0x2, access="take", fields=WAITING,
             meaning="what is to be read"),
    Register(name="EVENTS_ROOM", address=0x3, access="ro", reset=None,
             meaning="events that fit the queue"),
    Register(name="IDENTITY", address=0x4, access="ro", reset=IDENTITY,
             meaning='"R", and the version of this map and of the frames'),
    Register(name="SIGNATURE_HIGH", address=0x5, access="ro", reset=None,
             meaning="the network that the core was made for: the first 32 bits of the .rvn file's"
             " SHA-256"),
    Register(name="SIGNATURE_LOW", address=0x6, access="ro", reset=None, meaning="its lower half"),
    Register(name="COUNTS", address=0x7, access="ro", fields=COUNTS, meaning="short counters"),
    Register(name="CYCLES_HIGH", address=0x8, access="ro",
             meaning="clock cycles in which the core wasn't halted; the lower half, in the same"
             " frame, is of the same moment"),
    Register(name="CYCLES_LOW", address=0x9, access="ro", meaning="its lower half"),
    Register(name="SOP_HIGH", address=0xA, access="ro",
             meaning="times a row of weights was added: synaptic operations of all lanes at once;"
             " in the same way"),
    Register(name="SOP_LOW", address=0xB, access="ro", meaning="its lower half"),
)  # fmt: skip
