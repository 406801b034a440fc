# SPDX-License-Identifier: Apache-2.0
"""Requests and answers over a line that stalls and corrupts: sent until answered, run once.

A request is sent again when its answer is late or damaged. The device knows it by its number and
checksum and gives the answer it gave before, so that nothing is executed twice.
"""

import time
from collections import deque

from ranvier.errors import RanvierError
from ranvier.tools.link.frames import (
    DELIMITER,
    EVENT,
    UNREADABLE,
    Command,
    Reply,
    Status,
    parse_reply,
    request,
)
from ranvier.tools.link.streams import Stream

MOST_RESENDS = 64  # of one request; at 1 % damaged bytes, 100 bytes pass in 2.7 tries
PATIENCE = 0.2  # of the timeout: after so much silence a request is sent again
LONGEST_FRAME = 1 << 17  # more bytes than any frame has, without an end: not ours
# Of a long frame bytes are left to gather: to be woken for each takes the processor that an
# emulator on the same computer needs.
LONG_FRAME = 256
GATHER_S = 0.002

HINTS = {
    int(Status.NOT_READY): "call hello() with this network's signature",
    int(Status.UNKNOWN): "this board's image does not know the command",
    int(Status.CORRUPT): "check the cable and the baud rate",
    int(Status.TOO_LONG): "build with a larger RV_LINK_MAX_FRAME",
    int(Status.RUNNING): "it runs free: stop() first",
    int(Status.NO_SOURCE): "let the host send the samples, or write rv_board_sample for the board",
    int(Status.REPEATED): "an answer was lost for good; call hello() and start again",
}
CAUSES = {
    1: "its code or constants are not those that were built",
    2: "a step never ended, and its watchdog or somebody reset it",
}


class Exchange:
    """The numbered requests of one session, each answered once.

    Parameters
    ----------
    stream
        Bytes to and from the device.
    timeout
        Longest wait for one answer, resends included, seconds.
    patience
        Silence after which a request is sent again, seconds; a fifth of the timeout if None.

    Attributes
    ----------
    resent
        How often a request was sent again: 0 on a sound line.
    events
        Payloads of what the device sent unasked, oldest first.
    """

    def __init__(self, stream: Stream, timeout: float, patience: float | None = None) -> None:
        self.resent = 0
        self.events: deque[bytes] = deque()
        self._patience = PATIENCE * timeout if patience is None else patience
        self._stream = stream
        self._timeout = timeout
        self._is_lost = False
        self._sequence = 0
        self._received = bytearray()
        self._is_named = False

    def hello(self, payload: bytes, *, names_network: bool) -> Reply:
        """Open a session, whatever was left of the last one; any status of a HELLO is returned."""
        self._received.clear()
        self.events.clear()
        enough = time.monotonic() + self._timeout  # some ports never stop talking
        while self._stream.read(0.0) and time.monotonic() < enough:
            pass  # what an earlier session did not fetch
        self._sequence = 0
        self._is_named = False
        # The delimiter ends whatever the device took for the beginning of a frame.
        wire = DELIMITER + request(Command.HELLO, 0, payload)
        reply = self._answered(wire, Command.HELLO, is_first=True)
        if reply.status == Status.OK:
            self._sequence = 1
            self._is_named = names_network
        return reply

    def ask(self, command: Command, payload: bytes) -> Reply:
        """Send one request in sequence and return its answer, which is OK.

        Raises
        ------
        RanvierError
            L003 no answer, L004 only damaged or foreign ones, L007 refused, L009 the stream broke
            off, L010 the device has restarted, L012 an earlier request was never answered.
        """
        if self._is_lost:
            raise RanvierError(
                "L012", f"{command.name} was not sent: nobody knows whether the request before it,"
                " which was never answered, was executed", loc=self._stream.name,
                hint="begin again with hello() and reset()",
            )  # fmt: skip
        reply = self._answered(request(command, self._sequence, payload), command)
        if reply.status == Status.NOT_READY and self._is_named:
            raise RanvierError(
                "L010", f"the device restarted before {command.name}: its state is lost",
                loc=self._stream.name, hint="find out why (supply, watchdog, fault), then begin "
                "again with hello() and reset()",
            )  # fmt: skip
        if reply.status != Status.OK:
            raise self.refused(command, reply)
        self._sequence = (self._sequence + 1) % 256
        return reply

    def event(self, timeout: float) -> bytes | None:
        """Return the oldest event; wait at most `timeout` seconds for it, then return None."""
        until = time.monotonic() + timeout
        while not self.events and (encoded := self._next_frame(until)) is not None:
            self._keep(parse_reply(encoded))
        return self.events.popleft() if self.events else None

    def _keep(self, reply: Reply | None) -> bool:
        """Put an event aside; whether it was one."""
        is_event = reply is not None and reply.command == EVENT
        if reply is not None and is_event:
            self.events.append(reply.payload)
        return is_event

    def refused(self, command: Command, reply: Reply) -> RanvierError:
        """Return the error for an answer that is not OK."""
        if reply.status == Status.UNSAFE:
            why = CAUSES.get(reply.payload[0] if reply.payload else 0, "it does not say why")
            return RanvierError(
                "L011", f"the device gives no answers: {why}", loc=self._stream.name,
                hint="flash the build again; if it comes back, do not use this device",
            )  # fmt: skip
        return RanvierError(
            "L007", f"the device refused {command.name}: {reply.status_name}",
            loc=self._stream.name, hint=HINTS.get(reply.status, "call hello() and start again"),
        )  # fmt: skip

    def corrupt(self, what: str) -> RanvierError:
        """Return the error for an answer that makes no sense."""
        return RanvierError(
            "L004", f"corrupt answer: {what}", loc=self._stream.name,
            hint="check the cable and the baud rate, and that nothing else prints on this port",
        )  # fmt: skip

    def _answered(self, wire: bytes, command: Command, *, is_first: bool = False) -> Reply:
        """Send `wire` until an answer to it arrives; `is_first` bears with what came before it."""
        deadline = time.monotonic() + self._timeout
        complaint: RanvierError | None = None
        self._is_lost = True  # until it is answered, whatever ends the wait
        for tries in range(1 + MOST_RESENDS):
            self.resent += tries > 0
            self._stream.write(wire)
            until = min(deadline, time.monotonic() + self._patience)
            reply, wrong = self._await(command, until, is_first)
            if reply is not None:
                self._is_lost = False
                return reply
            complaint = wrong or complaint
            if time.monotonic() >= deadline:
                break
        raise complaint or RanvierError(
            "L003", f"no answer to {command.name} within {self._timeout:g} s",
            loc=self._stream.name,
            hint="is it the right port, and free? does the board run a ranvier image?",
        )  # fmt: skip

    def _await(
        self, command: Command, until: float, is_first: bool
    ) -> tuple[Reply | None, RanvierError | None]:
        """Return the answer, or what came instead; neither where there was silence."""
        wrong: RanvierError | None = None
        while (encoded := self._next_frame(until)) is not None:
            reply = parse_reply(encoded)
            if self._keep(reply):
                continue
            if reply is not None and reply.command == command and reply.sequence == self._sequence:
                return reply, None
            if reply is None:
                wrong = self.corrupt(f"{len(encoded)} bytes that fail their checksum")
            elif reply.command == UNREADABLE:
                wrong = self.refused(command, reply)
            else:  # to a request that was sent twice: its answer is known
                wrong = self.corrupt(
                    f"an answer to command {reply.command:#04x}, frame {reply.sequence}, "
                    f"where {command.name}, frame {self._sequence}, was asked"
                )
            if is_first:
                wrong = None if reply is None else self.refused(command, reply)
            elif reply is None or reply.command == UNREADABLE:
                return None, wrong  # the request or its answer was damaged: at once again
            if time.monotonic() > until:
                break  # frames without end, but never the answer
        return None, wrong

    def _next_frame(self, until: float) -> bytes | None:
        """Return the bytes up to the next delimiter, or ``None`` once the time is up."""
        while True:
            end = self._received.find(DELIMITER)
            if end > 0:
                frame = bytes(self._received[:end])
                del self._received[: end + 1]
                return frame
            if end == 0:
                del self._received[0]
                continue
            if len(self._received) > LONGEST_FRAME:
                self._received.clear()
            elif len(self._received) > LONG_FRAME:
                time.sleep(GATHER_S)
            data = self._stream.read(max(0.0, until - time.monotonic()))
            self._received += data
            if time.monotonic() >= until and DELIMITER not in data:
                return None
