# SPDX-License-Identifier: Apache-2.0
"""A port behind TCP: an emulator, or a computer that shares its serial port."""

import select
import socket
from urllib.parse import urlsplit

SCHEME = "socket://"


class SocketPort:
    """What ``SerialStream`` needs of a port. pyserial's own sleeps 0.3 s whenever it is closed.

    Parameters
    ----------
    url
        ``socket://host:port``.
    timeout
        Seconds that connecting or writing may take.

    Raises
    ------
    OSError
        If nobody answers there.
    ValueError
        If the url has no host or no port.
    """

    def __init__(self, url: str, timeout: float) -> None:
        parts = urlsplit(url)
        if not parts.hostname or parts.port is None:
            raise ValueError(f"expected {SCHEME}host:port")
        self._socket = socket.create_connection((parts.hostname, parts.port), timeout)
        # A request is one write, and the next waits for its answer: nothing is gained by waiting.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def fileno(self) -> int:
        """Return what select() takes."""
        return self._socket.fileno()

    def read(self, size: int) -> bytes:
        """Return at most `size` bytes of those that are there; raises OSError once it is closed."""
        if not select.select([self._socket], [], [], 0)[0]:
            return b""
        data = self._socket.recv(size)
        if not data:
            raise ConnectionError("socket disconnected")
        return data

    def write(self, data: bytes) -> None:
        """Send all of `data`."""
        self._socket.sendall(data)

    def close(self) -> None:
        """End the connection. May be called twice."""
        self._socket.close()
