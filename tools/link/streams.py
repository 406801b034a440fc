# SPDX-License-Identifier: Apache-2.0
"""Byte streams to a device: a serial port, an emulator's socket, or the host library."""

import errno
import select
import time
from typing import Any, Protocol

import serial

from ranvier.errors import RanvierError
from ranvier.tools.link.host import HostLibrary
from ranvier.tools.link.sockets import SCHEME, SocketPort

READ_BYTES = 4096
WRITE_TIMEOUT_S = 10.0
# Most answers come within a millisecond; falling asleep and being woken costs as much again. Awake
# longer than this it would take the processor from an emulator where both share few of them.
SPIN_S = 0.0005


class Stream(Protocol):
    """Bytes to and from one device. Closed, lost or full: raises ``RanvierError``."""

    @property
    def name(self) -> str:
        """Where it leads, for error messages."""

    def write(self, data: bytes) -> None:
        """Send all of `data`."""

    def read(self, timeout: float) -> bytes:
        """Return what has arrived; wait at most `timeout` seconds, then return ``b""``."""

    def close(self) -> None:
        """Give the port back. May be called twice."""


class SerialStream:
    """A port that pyserial can open, or a socket.

    Parameters
    ----------
    url
        ``/dev/ttyACM0``, ``COM3``, a pseudo-terminal's path, ``socket://host:port``, ...
    baud
        Symbols a second; without meaning for sockets and most USB ports.

    Raises
    ------
    RanvierError
        L001 if the port does not exist or does not answer, L002 if another program holds it.
    """

    def __init__(self, url: str, baud: int = 115_200) -> None:
        self._name = url
        try:
            self._port: Any = _open(url, baud)
        except (OSError, ValueError) as error:  # SerialException is an OSError
            raise _open_error(url, error) from error

    @property
    def name(self) -> str:
        """The url it was opened with."""
        return self._name

    def write(self, data: bytes) -> None:
        """Send all of `data`; raises L009 if the device has gone."""
        try:
            self._port.write(data)
        except OSError as error:
            raise _lost(self._name, error) from error

    def read(self, timeout: float) -> bytes:
        """Return what has arrived within `timeout` seconds; raises L009 if the device has gone."""
        try:
            self._wait(timeout)
            return bytes(self._port.read(READ_BYTES))
        except OSError as error:
            raise _lost(self._name, error) from error

    def _wait(self, timeout: float) -> None:
        """Sleep until a byte is there. Windows cannot select() on a serial port, so it polls."""
        try:
            fileno = self._port.fileno()
        except OSError:  # io.UnsupportedOperation
            deadline = time.monotonic() + timeout
            while not self._port.in_waiting and time.monotonic() < deadline:
                time.sleep(0.0005)
        else:
            soon = time.monotonic() + min(timeout, SPIN_S)
            while time.monotonic() < soon:
                if select.select([fileno], [], [], 0)[0]:
                    return
            select.select([fileno], [], [], timeout)

    def close(self) -> None:
        """Give the port back."""
        self._port.close()


def _open(url: str, baud: int) -> Any:
    if url.startswith(SCHEME):
        return SocketPort(url, WRITE_TIMEOUT_S)
    return serial.serial_for_url(
        url, baudrate=baud, timeout=0, write_timeout=WRITE_TIMEOUT_S, exclusive=True
    )


class HostStream:
    """The same link code as on a device, compiled into a shared library, in this process.

    Parameters
    ----------
    library
        The network's host library.
    """

    def __init__(self, library: HostLibrary) -> None:
        self._link = library.open_link()
        self._name = str(library.path)
        self._pending = b""

    @property
    def name(self) -> str:
        """The library's path."""
        return self._name

    def write(self, data: bytes) -> None:
        """Let the link execute `data` at once."""
        self._pending += self._link.feed(data)

    def read(self, timeout: float) -> bytes:
        """Return the answers so far; `timeout` has no meaning, nothing comes later."""
        del timeout
        data, self._pending = self._pending, b""
        return data

    def close(self) -> None:
        """Nothing to give back."""


def _open_error(url: str, error: Exception) -> RanvierError:
    text = str(error)
    if "lock" in text or getattr(error, "errno", None) in (errno.EBUSY, errno.EAGAIN):
        return RanvierError(
            "L002", "the port is held by another program", loc=url,
            hint="close the serial monitor or the other ranvier that uses it",
        )  # fmt: skip
    return RanvierError(
        "L001", f"the port cannot be opened: {text}", loc=url,
        hint="is the board plugged in? `python -m serial.tools.list_ports` lists the ports",
    )  # fmt: skip


def _lost(url: str, error: Exception) -> RanvierError:
    return RanvierError(
        "L009", f"the device closed the connection: {error}", loc=url,
        hint="it was unplugged, reset or has ended; flash it again and reconnect",
    )  # fmt: skip
