# SPDX-License-Identifier: Apache-2.0
"""A line that stalls, breaks and corrupts, between a host and an emulated board."""

import random
import select
import socket
import struct
import threading
import time
from collections import Counter
from types import TracebackType
from typing import Self

from ranvier.errors import RanvierError
from ranvier.tools.link.streams import SerialStream

RESET = struct.pack("ii", 1, 0)  # close with RST, whatever is still under way


class BadLine:
    """A proxy in front of ``socket://host:port``; all it does is drawn from `seed`.

    Parameters
    ----------
    url
        The board's own address.
    corrupt
        Part of the bytes, in each direction, that arrive changed, twice or not at all.
    stall, cut
        Part of the transfers after which the line is silent for `silence` seconds, or breaks.
    silence
        Shortest and longest.
    """

    def __init__(
        self, url: str, seed: int, *, corrupt: float = 0.0, stall: float = 0.0, cut: float = 0.0,
        silence: tuple[float, float] = (0.1, 0.4),
    ) -> None:  # fmt: skip
        self.did: Counter[str] = Counter()
        self._random = random.Random(seed)
        self._corrupt, self._stall, self._cut, self._silence = corrupt, stall, cut, silence
        host, port = url.removeprefix("socket://").split(":")
        self._board = socket.create_connection((host, int(port)))
        self._board.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._server = socket.create_server(("127.0.0.1", 0))
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._serve)

    @property
    def url(self) -> str:
        return f"socket://127.0.0.1:{self._server.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._done.set()
        self._thread.join()
        self._server.close()
        self._board.close()

    def _serve(self) -> None:
        self._server.settimeout(0.05)
        while not self._done.is_set():
            try:
                host, _ = self._server.accept()
            except TimeoutError:
                continue
            with host:
                host.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._pump(host)

    def _pump(self, host: socket.socket) -> None:
        """Carry bytes both ways until one side ends or the line is cut."""
        to = {host: self._board, self._board: host}
        while not self._done.is_set():
            for ready in select.select(list(to), [], [], 0.05)[0]:
                try:
                    data = ready.recv(4096)
                    if not data:
                        return
                    if self._random.random() < self._stall:
                        self.did["stalled"] += 1
                        time.sleep(self._random.uniform(*self._silence))
                    if self._random.random() < self._cut:
                        self.did["cut"] += 1
                        to[ready].sendall(data[: self._random.randrange(len(data) + 1)])
                        host.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                        return
                    to[ready].sendall(self._damaged(data))
                except OSError:
                    return

    def _damaged(self, data: bytes) -> bytes:
        out = bytearray()
        for byte in data:
            self.did["bytes"] += 1
            if self._random.random() >= self._corrupt:
                out.append(byte)
                continue
            self.did["corrupted"] += 1
            kind = self._random.random()
            if kind < 0.8:
                out.append(byte ^ self._random.randrange(1, 256))
            elif kind < 0.9:
                out += bytes((byte, byte))
            # else it is lost
        return bytes(out)


class Reopened:
    """A stream that opens its port again where it breaks: what was under way is lost."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._stream = SerialStream(url)
        self.reopened = 0

    @property
    def name(self) -> str:
        return self._url

    def write(self, data: bytes) -> None:
        try:
            self._stream.write(data)
        except RanvierError:
            self._reopen()

    def read(self, timeout: float) -> bytes:
        try:
            return self._stream.read(timeout)
        except RanvierError:
            self._reopen()
            return b""

    def close(self) -> None:
        self._stream.close()

    def _reopen(self) -> None:
        self._stream.close()
        self._stream = SerialStream(self._url)
        self.reopened += 1
