# SPDX-License-Identifier: Apache-2.0
"""A build that runs somewhere: in this process, in an emulator, or behind a port."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from fractions import Fraction

from ranvier.errors import RanvierError
from ranvier.tools.build import Build
from ranvier.tools.flash import qemu
from ranvier.tools.link.client import Device
from ranvier.tools.link.host import HostLibrary
from ranvier.tools.link.log import LinkLog, LoggedStream
from ranvier.tools.link.streams import HostStream, SerialStream, Stream


@contextmanager
def open_device(
    build: Build,
    port: str | None = None,
    log: LinkLog | None = None,
    *,
    in_time: bool = False,
) -> Iterator[Device]:
    """Run the build and give the device, after it has named the build's network.

    Parameters
    ----------
    port
        Where a device that runs already answers: any address that pyserial opens. None: start the
        build's own emulator, or load its library.
    log
        Where to keep the bytes that go over the link.
    in_time
        Whether an emulator sleeps as long as its board would.

    Raises
    ------
    RanvierError
        L001.. where the port, the network or the answers are not what they should be; B008 for a
        real board without a port.
    """
    with ExitStack() as stack:
        stream: Stream
        if port is not None:
            stream = SerialStream(port)
        elif build.board.emulator:
            emulator = stack.enter_context(qemu.Emulator(build.image, build.board, in_time=in_time))
            stream = SerialStream(emulator.url)
        elif build.board.kind == "board":
            raise RanvierError(
                "B008",
                f"{build.board.name} is a real board: its serial port must be named",
                loc=str(build.path),
                hint="flash it, then give --port /dev/ttyACM0 or the like",
            )
        else:
            stream = HostStream(HostLibrary(build.image))
        if log is not None:
            stream = LoggedStream(stream, log)
        device = stack.enter_context(Device(stream))
        info = device.hello(build.signature)
        if info.build_hash.hex() != build.manifest["build_hash"]:
            raise RanvierError(
                "B005",
                f"the device runs build {info.build_hash.hex()[:8]} of this network, the directory"
                f" holds build {str(build.manifest['build_hash'])[:8]}",
                loc=stream.name,
                hint="flash this build",
            )
        yield device


def instructions_per_tick(build: Build, port: str | None) -> Fraction | None:
    """Return how many instructions one tick of the device's counter is, where that is known."""
    emulated = build.board.emulator and port is None
    return qemu.instructions_per_tick(build.board) if emulated else None
