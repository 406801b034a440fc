# SPDX-License-Identifier: Apache-2.0
"""A device on the other end of a link, as an object with one method a command."""

from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt

from ranvier.errors import RanvierError
from ranvier.tools.link.exchange import Exchange
from ranvier.tools.link.frames import (
    CLASS_BYTES,
    PROTOCOL,
    REPLY_OVERHEAD,
    REQUEST_OVERHEAD,
    STEP_CLASS_ONLY,
    STEP_EVENTS,
    Command,
    Reply,
    Status,
)
from ranvier.tools.link.layout import (
    ASK_ONLY,
    EVENT,
    READ_REQUEST,
    SIGNATURE_BYTES,
    DeviceInfo,
    State,
    Stats,
    StepReply,
    hello_request,
)
from ranvier.tools.link.live import SAMPLES_REPLY, START_REQUEST, Answer, Counts, Source
from ranvier.tools.link.streams import Stream


class Device:
    """One compiled network, wherever it runs.

    Call `hello` first; nothing here waits longer than `timeout` for an answer. What the line
    damages is sent again: a step is executed once, and its answer is the device's (`Exchange`).

    Parameters
    ----------
    stream
        Bytes to and from the device.
    timeout
        Longest wait for one answer, seconds.
    patience
        Silence after which a request is sent again, seconds; a fifth of the timeout if None.
    """

    def __init__(self, stream: Stream, timeout: float = 5.0, patience: float | None = None) -> None:
        self._stream = stream
        self._exchange = Exchange(stream, timeout, patience)
        self._info: DeviceInfo | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the port back."""
        self._stream.close()

    @property
    def name(self) -> str:
        """Where it is, for error messages."""
        return self._stream.name

    @property
    def resent(self) -> int:
        """How often a request had to be sent again; 0 on a sound line."""
        return self._exchange.resent

    @property
    def info(self) -> DeviceInfo:
        """What `hello` learnt; raises L008 before."""
        if self._info is None:
            raise RanvierError(
                "L008", "nothing is known of the device yet", loc=self._stream.name,
                hint="call hello() first",
            )  # fmt: skip
        return self._info

    def hello(self, expected_signature: bytes | None = None) -> DeviceInfo:
        """Open a session, whatever was left of the last one.

        Parameters
        ----------
        expected_signature
            The 32 bytes that the network must have. ``None`` only asks: the device then refuses
            to step until a hello names its network.

        Raises
        ------
        RanvierError
            L003 no answer, L004 corrupt answer, L005 another network, L006 another protocol.
        """
        signature = ASK_ONLY if expected_signature is None else expected_signature
        if len(signature) != SIGNATURE_BYTES:
            raise self._bad_argument(f"a signature has 32 bytes, not {len(signature)}")
        reply = self._exchange.hello(
            hello_request(signature), names_network=expected_signature is not None
        )
        if reply.status == Status.WRONG_PROTOCOL:
            theirs = int.from_bytes(reply.payload[:2], "little")
            raise RanvierError(
                "L006", f"the device speaks link protocol {theirs}, this ranvier {PROTOCOL}",
                loc=self._stream.name, hint="build and flash the network again",
            )  # fmt: skip
        if reply.status not in (Status.OK, Status.WRONG_NETWORK):
            raise self._exchange.refused(Command.HELLO, reply)
        info = self._parsed_info(reply)
        if reply.status == Status.WRONG_NETWORK:
            raise RanvierError(
                "L005", f"the device runs network {info.signature.hex()[:8]} ({info.name}), "
                f"not {signature.hex()[:8]}",
                loc=self._stream.name, hint="flash the build that belongs to this network",
            )  # fmt: skip
        self._info = info
        return info

    def reset(self) -> None:
        """Put the network back to step 0 and clear the cost counters."""
        self._ask(Command.RESET, b"")

    def step(self, raw: npt.NDArray[np.integer], *, outputs: bool = True) -> StepReply:
        """Run one step for each row of `raw`, in as few frames as they fit.

        Parameters
        ----------
        raw
            Integers ``(k, n_inputs)`` with k >= 1, each in the range of the input type.
        outputs
            False fetches the class alone: more steps then fit a frame.

        Raises
        ------
        RanvierError
            L008 for samples that the network cannot take, L003, L004, L007, L009.
        """
        rows = self._samples(raw)
        per_frame = self.info.steps_per_frame(outputs)
        if per_frame < 1:
            raise self._bad_argument(f"a frame of {self.info.max_frame} bytes holds no step")
        flags = bytes((0 if outputs else STEP_CLASS_ONLY,))
        parts = []
        for at in range(0, len(rows), per_frame):
            part = rows[at : at + per_frame]
            reply = self._ask(Command.STEP, flags + part.tobytes())
            parts.append(self._step_reply(reply, len(part) if outputs else 0))
        return StepReply(
            decoded=parts[-1].decoded, outputs=np.concatenate([part.outputs for part in parts])
        )

    def step_events(
        self,
        addresses: npt.NDArray[np.integer],
        values: npt.NDArray[np.integer],
        *,
        outputs: bool = True,
    ) -> StepReply:
        """Run one step on the listed inputs; all others are 0.

        Parameters
        ----------
        addresses
            Different inputs ``(n,)``, in any order.
        values
            Their samples ``(n,)``, in the range of int16 and of the input type.
        outputs
            False fetches the class alone.

        Raises
        ------
        RanvierError
            L008 for values that a frame cannot hold; L007 where the device refuses them.
        """
        where, what = np.asarray(addresses), np.asarray(values)
        if where.ndim != 1 or where.shape != what.shape:
            raise self._bad_argument(f"addresses {where.shape} and values {what.shape} differ")
        order = np.argsort(where, kind="stable")
        events = np.empty(len(where), EVENT)
        events["address"] = self._cast(where[order], np.dtype("<u2"), "address")
        events["value"] = self._cast(what[order], np.dtype("<i2"), "event value")
        room = self.info.max_frame - REQUEST_OVERHEAD - 1
        if events.nbytes > room:
            raise self._bad_argument(
                f"{len(events)} events need {events.nbytes} bytes, a frame holds {room}"
            )
        flags = STEP_EVENTS | (0 if outputs else STEP_CLASS_ONLY)
        reply = self._ask(Command.STEP, bytes((flags,)) + events.tobytes())
        return self._step_reply(reply, 1 if outputs else 0)

    def read_state(
        self, population: int | str, what: int = State.MEMBRANE
    ) -> npt.NDArray[np.int32] | npt.NDArray[np.int16]:
        """Read one array out of the network, without disturbing it.

        Parameters
        ----------
        population
            Its number or name.
        what
            A ``State``; ``State.SYNAPSE + k`` for synaptic state k.

        Returns
        -------
        ndarray
            ``(size,)``: raw integers of ``state_bytes`` each, or int16 spike counts.
        """
        names = [entry.name for entry in self.info.populations]
        if isinstance(population, str) and population not in names:
            raise self._bad_argument(f"no population {population!r}, there are {names}")
        number = names.index(population) if isinstance(population, str) else population
        if not 0 <= number < len(names):
            raise self._bad_argument(f"no population {number}, there are {len(names)}")
        entry = self.info.populations[number]
        kind = entry.value_type(what)
        per_frame = (self.info.max_frame - REPLY_OVERHEAD) // kind.itemsize
        parts = []
        for first in range(0, entry.size, per_frame):
            count = min(per_frame, entry.size - first)
            payload = READ_REQUEST.pack(number, what, first, count)
            values = self._ask(Command.READ_STATE, payload).payload
            if len(values) != count * kind.itemsize:
                raise self._exchange.corrupt(
                    f"{len(values)} bytes of state, not {count * kind.itemsize}"
                )
            parts.append(np.frombuffer(values, kind))
        return np.concatenate(parts)

    def stats(self) -> Stats:
        """Fetch what the device counted since it started and since the last reset."""
        reply = self._ask(Command.STATS, b"")
        try:
            return Stats.parse(reply.payload)
        except ValueError as error:
            raise self._exchange.corrupt(f"STATS: {error}") from error

    def start(self, period: int = 0, count: int = 0, *, source: Source = Source.LINK) -> int:
        """Let the network run free: a step at each tick, from samples that are there or not.

        Parameters
        ----------
        period
            Ticks of `DeviceInfo.tick_hz` from step to step, at most 2^29; 0: the network's own dt.
        count
            How many steps are due before it ends by itself; 0: until `stop`.
        source
            Who brings the samples.

        Returns
        -------
        int
            The period.

        Raises
        ------
        RanvierError
            L007 where the board cannot, or has no such source; L008 for what no frame can say.
        """
        if not (0 <= period < 1 << 32 and 0 <= count < 1 << 32):
            raise self._bad_argument(f"period {period} or count {count} is outside 32 bits")
        reply = self._ask(Command.START, START_REQUEST.pack(source, period, count))
        return int.from_bytes(reply.payload, "little")

    def supply(self, raw: npt.NDArray[np.integer]) -> tuple[int, int]:
        """Send samples ahead, before `start` or while it runs.

        Parameters
        ----------
        raw
            Integers ``(k, n_inputs)`` with k >= 1.

        Returns
        -------
        taken, room
            How many of the k steps were taken, the first ones, and for how many there is room.
        """
        rows = self._samples(raw)[: max(1, self.info.steps_per_frame(outputs=False))]
        reply = self._ask(Command.SAMPLES, rows.tobytes())
        if len(reply.payload) != SAMPLES_REPLY.size:
            raise self._exchange.corrupt(f"SAMPLES answered {len(reply.payload)} bytes")
        taken, room = SAMPLES_REPLY.unpack(reply.payload)
        return taken, room

    def answer(self, timeout: float = 0.0) -> Answer | None:
        """Return the oldest answer of a network that runs free; None if none comes in time."""
        payload = self._exchange.event(timeout)
        try:
            return None if payload is None else Answer.parse(payload)
        except ValueError as error:
            raise self._exchange.corrupt(f"event: {error}") from error

    def stop(self) -> Counts:
        """End running free, drop the samples left, and return what was counted since `start`."""
        reply = self._ask(Command.STOP, b"")
        try:
            return Counts.parse(reply.payload)
        except ValueError as error:
            raise self._exchange.corrupt(f"STOP: {error}") from error

    def exit(self, code: int = 0) -> None:
        """End the program on the device, 0..255; only emulators can (L007 elsewhere)."""
        self._ask(Command.EXIT, bytes((code,)))

    def _samples(self, raw: npt.NDArray[np.integer]) -> npt.NDArray[np.integer]:
        rows = np.asarray(raw)
        if rows.ndim != 2 or rows.shape[1] != self.info.n_inputs or len(rows) == 0:
            raise self._bad_argument(
                f"samples {rows.shape} are not (steps, {self.info.n_inputs}) with steps >= 1"
            )
        return self._cast(rows, self.info.input_type, "sample")

    def _cast(
        self, values: npt.NDArray[np.integer], kind: np.dtype[np.integer], what: str
    ) -> npt.NDArray[np.integer]:
        if values.size and not np.issubdtype(values.dtype, np.integer):
            raise self._bad_argument(f"{what}s are {values.dtype}, not integers")
        limits = np.iinfo(kind)
        if values.size and (values.min() < limits.min or values.max() > limits.max):
            raise self._bad_argument(
                f"{what} {values.min()}..{values.max()} is outside {limits.min}..{limits.max}"
            )
        return values.astype(kind)

    def _step_reply(self, reply: Reply, n_steps: int) -> StepReply:
        expected = CLASS_BYTES + 4 * n_steps * self.info.n_outputs
        if len(reply.payload) != expected:
            raise self._exchange.corrupt(
                f"STEP answered {len(reply.payload)} bytes, not {expected}"
            )
        outputs = np.frombuffer(reply.payload, "<i4", offset=CLASS_BYTES)
        return StepReply(
            decoded=int.from_bytes(reply.payload[:CLASS_BYTES], "little"),
            outputs=outputs.reshape(n_steps, self.info.n_outputs),
        )

    def _parsed_info(self, reply: Reply) -> DeviceInfo:
        try:
            return DeviceInfo.parse(reply.payload)
        except ValueError as error:
            raise self._exchange.corrupt(f"HELLO: {error}") from error

    def _ask(self, command: Command, payload: bytes) -> Reply:
        if self._info is None:
            raise RanvierError(
                "L008", f"{command.name} before HELLO", loc=self._stream.name,
                hint="call hello() first",
            )  # fmt: skip
        return self._exchange.ask(command, payload)

    def _bad_argument(self, what: str) -> RanvierError:
        return RanvierError(
            "L008", what, loc=self._stream.name,
            hint="compare with what hello() says of the network",
        )  # fmt: skip
