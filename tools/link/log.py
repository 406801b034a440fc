# SPDX-License-Identifier: Apache-2.0
"""What went over a link, kept for the case that something fails."""

import time
from collections import deque

from ranvier.tools.link.streams import Stream

MOST_ENTRIES = 20_000  # the last ones


class LinkLog:
    """The last reads and writes of a session, with the seconds since its first."""

    def __init__(self) -> None:
        self._entries: deque[tuple[float, str, bytes]] = deque(maxlen=MOST_ENTRIES)
        self._begin: float | None = None

    def add(self, direction: str, data: bytes) -> None:
        """Keep bytes that went ``>`` to the device or ``<`` came from it."""
        now = time.monotonic()
        self._begin = now if self._begin is None else self._begin
        if self._entries and self._entries[-1][1] == direction:
            at, _, before = self._entries.pop()
            self._entries.append((at, direction, before + data))
        else:
            self._entries.append((now - self._begin, direction, data))

    def text(self) -> str:
        """Return a line for each turn: seconds, direction, bytes in hexadecimal."""
        return "".join(f"{at:12.6f} {way} {data.hex(' ')}\n" for at, way, data in self._entries)


class LoggedStream:
    """A stream whose bytes are kept in a log."""

    def __init__(self, stream: Stream, log: LinkLog) -> None:
        self._stream = stream
        self._log = log

    @property
    def name(self) -> str:
        """Where the stream leads."""
        return self._stream.name

    def write(self, data: bytes) -> None:
        """Send all of `data`."""
        self._log.add(">", data)
        self._stream.write(data)

    def read(self, timeout: float) -> bytes:
        """Return what has arrived."""
        data = self._stream.read(timeout)
        if data:
            self._log.add("<", data)
        return data

    def close(self) -> None:
        """Give the port back."""
        self._stream.close()
