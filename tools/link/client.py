# SPDX-License-Identifier: Apache-2.0
"""A device on the other end of a link, as an object with one method a command."""

import time
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt

from ranvier.errors import RanvierError
from ranvier.tools.link.frames import (
    CLASS_BYTES,
    CRC_BYTES,
    DELIMITER,
    HEAD_BYTES,
    PROTOCOL,
    STEP_CLASS_ONLY,
    STEP_EVENTS,
    UNREADABLE,
    Command,
    Reply,
    Status,
    parse_reply,
    request,
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
from ranvier.tools.link.streams import Stream

_CAUSES = {
    1: "its code or constants are not those that were built",
    2: "a step never ended, and its watchdog or somebody reset it",
}
REQUEST_OVERHEAD = 2 + CRC_BYTES
REPLY_OVERHEAD = HEAD_BYTES + CRC_BYTES


class Device:
    """One compiled network, wherever it runs.

    Call `hello` first; nothing here waits longer than `timeout` for an answer.

    Parameters
    ----------
    stream
        Bytes to and from the device.
    timeout
        Longest wait for one answer, seconds.
    """

    def __init__(self, stream: Stream, timeout: float = 5.0) -> None:
        self._stream = stream
        self._timeout = timeout
        self._sequence = 0
        self._received = bytearray()
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
        self._received.clear()
        enough = time.monotonic() + self._timeout  # some ports never stop talking
        while self._stream.read(0.0) and time.monotonic() < enough:
            pass  # what an earlier session did not fetch
        self._sequence = 0
        # The delimiter ends whatever the device took for the beginning of a frame.
        self._stream.write(DELIMITER + request(Command.HELLO, 0, hello_request(signature)))
        reply = self._await(Command.HELLO, skips_others=True)
        if reply.status == Status.WRONG_PROTOCOL:
            theirs = int.from_bytes(reply.payload[:2], "little")
            raise RanvierError(
                "L006", f"the device speaks link protocol {theirs}, this ranvier {PROTOCOL}",
                loc=self._stream.name, hint="build and flash the network again",
            )  # fmt: skip
        if reply.status not in (Status.OK, Status.WRONG_NETWORK):
            raise self._refused(Command.HELLO, reply)
        info = self._parsed_info(reply)
        if reply.status == Status.WRONG_NETWORK:
            raise RanvierError(
                "L005", f"the device runs network {info.signature.hex()[:8]} ({info.name}), "
                f"not {signature.hex()[:8]}",
                loc=self._stream.name, hint="flash the build that belongs to this network",
            )  # fmt: skip
        self._sequence = 1
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
        per_frame = self._steps_per_frame(outputs)
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
                raise self._corrupt(f"{len(values)} bytes of state, not {count * kind.itemsize}")
            parts.append(np.frombuffer(values, kind))
        return np.concatenate(parts)

    def stats(self) -> Stats:
        """Fetch what the device counted since it started and since the last reset."""
        reply = self._ask(Command.STATS, b"")
        try:
            return Stats.parse(reply.payload)
        except ValueError as error:
            raise self._corrupt(f"STATS: {error}") from error

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

    def _steps_per_frame(self, outputs: bool) -> int:
        info = self.info
        step_bytes = info.n_inputs * info.input_type.itemsize
        steps = (info.max_frame - REQUEST_OVERHEAD - 1) // step_bytes
        if outputs and info.n_outputs:
            room = info.max_frame - REPLY_OVERHEAD - CLASS_BYTES
            steps = min(steps, room // (4 * info.n_outputs))
        if steps < 1:
            raise self._bad_argument(
                f"one step needs {step_bytes} bytes, a frame of this build has {info.max_frame}"
            )
        return steps

    def _step_reply(self, reply: Reply, n_steps: int) -> StepReply:
        expected = CLASS_BYTES + 4 * n_steps * self.info.n_outputs
        if len(reply.payload) != expected:
            raise self._corrupt(f"STEP answered {len(reply.payload)} bytes, not {expected}")
        outputs = np.frombuffer(reply.payload, "<i4", offset=CLASS_BYTES)
        return StepReply(
            decoded=int.from_bytes(reply.payload[:CLASS_BYTES], "little"),
            outputs=outputs.reshape(n_steps, self.info.n_outputs),
        )

    def _parsed_info(self, reply: Reply) -> DeviceInfo:
        try:
            return DeviceInfo.parse(reply.payload)
        except ValueError as error:
            raise self._corrupt(f"HELLO: {error}") from error

    def _ask(self, command: Command, payload: bytes) -> Reply:
        """Send one request in sequence and return its answer, which is OK."""
        if self._info is None:
            raise RanvierError(
                "L008", f"{command.name} before HELLO", loc=self._stream.name,
                hint="call hello() first",
            )  # fmt: skip
        self._stream.write(request(command, self._sequence, payload))
        reply = self._await(command)
        if reply.status != Status.OK:
            raise self._refused(command, reply)
        self._sequence = (self._sequence + 1) % 256
        return reply

    def _await(self, command: Command, *, skips_others: bool = False) -> Reply:
        """Wait for the answer to `command`; `skips_others` ignores what else comes before it."""
        deadline = time.monotonic() + self._timeout
        last: Reply | None = None
        while (encoded := self._next_frame(deadline)) is not None:
            late = time.monotonic() > deadline + self._timeout  # frames, but never the answer
            reply = parse_reply(encoded)
            if reply is None and not skips_others:
                raise self._corrupt(f"{len(encoded)} bytes that fail their checksum")
            if late:
                break
            if reply is None:
                continue
            if reply.command == command and reply.sequence == self._sequence:
                return reply
            if reply.command == UNREADABLE and not skips_others:
                return reply
            if not skips_others:
                raise self._corrupt(
                    f"an answer to command {reply.command:#04x}, frame {reply.sequence}, "
                    f"where {command.name}, frame {self._sequence}, was asked"
                )
            last = reply
        if last is not None:
            raise self._refused(command, last)
        raise RanvierError(
            "L003", f"no answer to {command.name} within {self._timeout:g} s",
            loc=self._stream.name,
            hint="is it the right port, and free? does the board run a ranvier image?",
        )  # fmt: skip

    def _next_frame(self, deadline: float) -> bytes | None:
        """Return the bytes up to the next delimiter, or ``None`` once the deadline has passed."""
        while True:
            end = self._received.find(DELIMITER)
            if end > 0:
                frame = bytes(self._received[:end])
                del self._received[: end + 1]
                return frame
            if end == 0:
                del self._received[0]
                continue
            data = self._stream.read(max(0.0, deadline - time.monotonic()))
            if time.monotonic() >= deadline and DELIMITER not in data:
                return None
            self._received += data

    def _refused(self, command: Command, reply: Reply) -> RanvierError:
        hints = {
            int(Status.NOT_READY): "call hello() with this network's signature",
            int(Status.UNKNOWN): "this board's image does not know the command",
            int(Status.CORRUPT): "check the cable and the baud rate",
            int(Status.TOO_LONG): "build with a larger RV_LINK_MAX_FRAME",
        }
        if reply.status == Status.UNSAFE:
            why = _CAUSES.get(reply.payload[0] if reply.payload else 0, "it does not say why")
            return RanvierError(
                "L010", f"the device gives no answers: {why}", loc=self._stream.name,
                hint="flash the build again; if it comes back, do not use this device",
            )  # fmt: skip
        return RanvierError(
            "L007", f"the device refused {command.name}: {reply.status_name}",
            loc=self._stream.name, hint=hints.get(reply.status, "call hello() and start again"),
        )  # fmt: skip

    def _corrupt(self, what: str) -> RanvierError:
        return RanvierError(
            "L004", f"corrupt answer: {what}", loc=self._stream.name,
            hint="check the cable and the baud rate, and that nothing else prints on this port",
        )  # fmt: skip

    def _bad_argument(self, what: str) -> RanvierError:
        return RanvierError(
            "L008", what, loc=self._stream.name,
            hint="compare with what hello() says of the network",
        )  # fmt: skip
