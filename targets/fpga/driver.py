# SPDX-License-Identifier: Apache-2.0
"""Drives the core over SPI. Needs nothing but Python and something that transfers bytes.

A transport is a function that lowers chip select, sends bytes in SPI mode 0, raises chip select and
returns as many bytes as it sent: ``lambda sent: bytes(spidev.xfer2(list(sent)))``.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ranvier.targets.fpga import spi_map as rv_map

Transfer = Callable[[bytes], bytes]
ATTEMPTS = 4  # at a frame whose answer, or whose effect, didn't come
POLLS = 10_000  # of a status that should change
PAGE = 1 << 16  # words of a space that a frame can address
PAGES = 1 << 8  # of the memories' spaces
MEMORIES = (rv_map.SPACE_WEIGHTS, rv_map.SPACE_THRESHOLDS, rv_map.SPACE_TABLE)
ERRORS = 0x1F << rv_map.STATUS_COMMAND  # bits of STATUS that stay until they are cleared


class LinkError(RuntimeError):
    """What the core refused, or what didn't arrive."""


@dataclass(frozen=True)
class Layout:
    """What a host must know of the core that it talks to.

    Attributes
    ----------
    signature
        First 32 bits of the SHA-256 of the network's ``.rvn`` file.
    address_bits, value_bits
        Of an event; 0 bits of value where each counts one.
    state_bits
        Of a readout.
    lanes
        Weights in a row; readouts of a population come in multiples of it.
    weight_rows, weight_words
        Rows of the weight memory, and words of 16 bits in a row, a power of two.
    fold
        Beats in which so many neurons are updated: a row of thresholds is of lanes / fold of them.
    """

    signature: int
    address_bits: int
    value_bits: int
    state_bits: int
    lanes: int
    weight_rows: int
    weight_words: int
    fold: int = 1

    @property
    def event_words(self) -> int:
        """Words of an event: 1 or 2."""
        return 1 + (self.address_bits + self.value_bits >= 16)

    @property
    def spike_words(self) -> int:
        """Words of a spike: 1 or 2."""
        return 1 + (self.address_bits >= 16)

    @property
    def readout_words(self) -> int:
        """Words of a readout: 1 or 2."""
        return 1 + (self.state_bits > 16)

    @property
    def pages(self) -> bool:
        """Whether the weight memory has more words than 16 bits address."""
        return self.weight_rows * self.weight_words > PAGE

    @property
    def end(self) -> int:
        """The event that ends a step."""
        return 1 << (self.address_bits + self.value_bits)


@dataclass(frozen=True)
class Counters:
    """What the core has done since they were cleared.

    Attributes
    ----------
    steps
        Modulo 256.
    cycles
        In which it wasn't halted, modulo 2**32.
    operations
        Synaptic, of lanes that hold no neuron too; modulo 2**32 times the lanes.
    overflows
        Frames of events that were refused, modulo 16.
    """

    steps: int
    cycles: int
    operations: int
    overflows: int


def crc(data: bytes) -> int:
    """Return the CRC-16 of a frame: polynomial 0x1021, starts from ones, inverted."""
    value = rv_map.CRC_START
    for byte in data:
        value ^= byte << 8
        for _ in range(8):
            value = (value << 1) ^ (rv_map.CRC_POLYNOMIAL if value & 0x8000 else 0)
            value &= 0xFFFF
    return value ^ 0xFFFF


def write_frame(space: int, address: int, words: Sequence[int]) -> bytes:
    """Return the frame that writes 1 to 64 words from `address` on."""
    head = bytes((rv_map.FRAME_WRITE | space, len(words) - 1)) + address.to_bytes(2, "big")
    body = head + b"".join(word.to_bytes(2, "big") for word in words)
    return body + crc(body).to_bytes(2, "big")


def read_frame(space: int, address: int, count: int) -> bytes:
    """Return the frame that reads 1 to 64 words: its question, a pause, and room for the answer."""
    head = bytes((space, count - 1)) + address.to_bytes(2, "big")
    return head + crc(head).to_bytes(2, "big") + bytes(2 + 2 * count + 2)


def joined(words: Sequence[int], each: int) -> list[int]:
    """Return numbers of `each` words, the high one first."""
    if each == 1:
        return list(words)
    return [high << 16 | low for high, low in zip(words[::2], words[1::2], strict=True)]


class Core:
    """A core behind SPI.

    Raises
    ------
    LinkError
        From every method, where an answer keeps being wrong or the core refuses.
    """

    def __init__(self, transfer: Transfer, layout: Layout) -> None:
        self._transfer, self.layout = transfer, layout
        self._control: int | None = None  # what CONTROL was last told that stays

    def read(self, space: int, address: int, count: int) -> list[int]:
        """Read words of 16 bits; reading changes nothing, so what arrives wrong is read again."""
        found: list[int] = []
        while len(found) < count:
            at = address + len(found)
            self._turn(space, at)
            most = min(rv_map.FRAME_WORDS, PAGE - at % PAGE)
            found += self._read(space, at % PAGE, min(most, count - len(found)))
        return found

    def write(self, space: int, address: int, words: Sequence[int]) -> None:
        """Write words of 16 bits; a frame that wasn't carried out is sent again."""
        most = PAGE * (PAGES if space in MEMORIES and self.layout.pages else 1)
        if address + len(words) > most:
            raise LinkError(f"{len(words)} words from address {address:#x} on have no address")
        if space in MEMORIES and self._control is not None:
            self._control &= ~(1 << rv_map.CONTROL_LOADED)  # as the core itself does
        start = 0
        while start < len(words):
            at = address + start
            self._turn(space, at)
            part = words[start : start + min(rv_map.FRAME_WORDS, PAGE - at % PAGE)]
            self._write(write_frame(space, at % PAGE, part))
            start += len(part)

    def _turn(self, space: int, address: int) -> None:
        """Make the page of a memory's address the one that frames address, where there are some."""
        if space not in MEMORIES or not self.layout.pages:
            return
        if self._control is None:
            raise LinkError("load or restart the core first: which page it stands at isn't known")
        page = address // PAGE
        if self._control >> rv_map.CONTROL_PAGE != page:
            rest = self._control & ((1 << rv_map.CONTROL_PAGE) - 1)
            self.control(rest | page << rv_map.CONTROL_PAGE)

    def status(self) -> int:
        """Return register STATUS."""
        return self.register(rv_map.REG_STATUS)

    def register(self, address: int) -> int:
        """Return a register."""
        return self.read(rv_map.SPACE_REGISTERS, address, 1)[0]

    def identify(self) -> None:
        """Fail unless it is a core of this map's version that was made for this network."""
        identity = self.register(rv_map.REG_IDENTITY)
        if identity != rv_map.MAP_IDENTITY:
            raise LinkError(f"no core of this version answers: {identity:#06x}")
        high, low = self.read(rv_map.SPACE_REGISTERS, rv_map.REG_SIGNATURE_HIGH, 2)
        if (high << 16 | low) != self.layout.signature:
            raise LinkError(
                f"the core was made for network {high << 16 | low:08x},"
                f" not {self.layout.signature:08x}"
            )

    def load(
        self,
        weights: Sequence[int],
        thresholds: Sequence[int] | None = None,
        table: Sequence[int] | None = None,
    ) -> None:
        """Fill the memories of a core that was made for this network, and let steps begin.

        The weights are read back first.

        Parameters
        ----------
        weights, thresholds, table
            Words of 16 bits, rows padded to a power of two of them. Thresholds and the table are
            in a bitstream already; a core may refuse them.
        """
        self.identify()
        self.control(0)  # without LOADED: halted
        for space, words in (
            (rv_map.SPACE_TABLE, table),
            (rv_map.SPACE_THRESHOLDS, thresholds),
            (rv_map.SPACE_WEIGHTS, weights),
        ):
            if words is not None:
                self.write(space, 0, words)
        if self.read(rv_map.SPACE_WEIGHTS, 0, len(weights)) != list(weights):
            raise LinkError("the weight memory doesn't hold what was written to it")
        self.restart()

    def restart(self, trace: bool = False) -> None:
        """Make all states zero and empty the queues; steps then begin as events come.

        Parameters
        ----------
        trace
            Whether all states go out as readouts.
        """
        bits = (rv_map.CONTROL_RESTART, rv_map.CONTROL_LOADED, rv_map.CONTROL_RUN)
        self.control(sum(1 << bit for bit in bits) | trace << rv_map.CONTROL_TRACE)

    def control(self, word: int) -> None:
        """Write register CONTROL."""
        self.write(rv_map.SPACE_REGISTERS, rv_map.REG_CONTROL, [word])
        once = (rv_map.CONTROL_STEP, rv_map.CONTROL_RESTART, rv_map.CONTROL_CLEAR)
        self._control = word & ~sum(1 << bit for bit in once)

    def clear_errors(self) -> int:
        """Return the bits of STATUS that say what went wrong, and clear them."""
        errors = self.status() & ERRORS
        if errors:
            self.write(rv_map.SPACE_REGISTERS, rv_map.REG_STATUS, [errors])
        return errors

    def counters(self) -> Counters:
        """Return the counters, each as it was at one moment; a word's time lies between two."""
        counts, *words = self.read(rv_map.SPACE_REGISTERS, rv_map.REG_COUNTS, 5)
        cycles, operations = (words[k] << 16 | words[k + 1] for k in (0, 2))
        return Counters(
            steps=counts >> rv_map.COUNTS_STEPS & 0xFF,
            cycles=cycles,
            operations=operations * self.layout.lanes,
            overflows=counts >> rv_map.COUNTS_OVERFLOWS & 0xF,
        )

    def step(self, events: Sequence[tuple[int, int]]) -> tuple[list[int], list[int]]:
        """Run a step.

        Parameters
        ----------
        events
            (address, value) of each input that is not zero; the value is signed, and 1 where
            events carry none.

        Returns
        -------
        The words of the spike queue, addresses and after each population's the end of its step;
        and the readouts, signed.
        """
        mask = (1 << self.layout.value_bits) - 1
        words = [(v & mask) << self.layout.address_bits | a for a, v in events]
        pending = [*words, self.layout.end]
        polls = 0
        while pending:
            room = self.register(rv_map.REG_EVENTS_ROOM)
            count = min(room, len(pending), rv_map.FRAME_WORDS // self.layout.event_words)
            polls = 0 if count else polls + 1
            if polls == POLLS:
                raise LinkError(f"the core takes no events: status {self.status():#x}")
            if count:
                self.write(rv_map.SPACE_EVENTS, 0, list(self._words(pending[:count])))
                pending = pending[count:]
        return self.outputs()

    def outputs(self, until: int = rv_map.STATUS_DONE) -> tuple[list[int], list[int]]:
        """Return, as `step` does, what comes until a bit of STATUS is set: no more events wait."""
        spikes: list[int] = []
        values: list[int] = []
        for _ in range(POLLS):
            done = self.status() >> until & 1
            each = self.layout.spike_words
            spikes += self._take(rv_map.SPACE_SPIKES, rv_map.WAITING_SPIKES, each)
            each = self.layout.readout_words
            values += self._take(rv_map.SPACE_VALUES, rv_map.WAITING_VALUES, each)
            if done:
                top = 1 << (self.layout.state_bits - 1)
                return spikes, [(v ^ top) - top for v in values]
        raise LinkError("the core doesn't end the step")

    def _take(self, space: int, bit: int, each: int) -> list[int]:
        """Take out what waits in a queue: numbers of `each` words."""
        found: list[int] = []
        while waiting := self.register(rv_map.REG_WAITING) >> bit & 0xFF:
            most = rv_map.FRAME_WORDS // each
            found += self._read(space, 0, each * min(waiting, most))
            self.write(rv_map.SPACE_REGISTERS, rv_map.REG_WAITING, [1 << bit])
        return joined(found, each)

    def _words(self, events: Sequence[int]) -> Iterator[int]:
        for event in events:
            if self.layout.event_words == 2:
                yield event >> 16
            yield event & 0xFFFF

    def _read(self, space: int, address: int, count: int) -> list[int]:
        for _ in range(ATTEMPTS):
            answer = self._transfer(read_frame(space, address & 0xFFFF, count))[8:]
            if crc(answer[:-2]) == int.from_bytes(answer[-2:], "big"):
                return [int.from_bytes(answer[k : k + 2], "big") for k in range(0, 2 * count, 2)]
        raise LinkError(f"no answer from space {space}, address {address:#x}")

    def _write(self, frame: bytes) -> None:
        before = self._frames()
        for _ in range(ATTEMPTS):
            self._transfer(frame)
            if self._frames() != before:
                return
        raise LinkError(f"the core doesn't carry out a frame: status {self.status():#x}")

    def _frames(self) -> int:
        return self.status() >> rv_map.STATUS_FRAMES & 0xF
