# SPDX-License-Identifier: Apache-2.0
"""An emulated board: QEMU with an image, for as long as a ``with`` block lasts."""

import ctypes
import os
import re
import signal
import socket
import subprocess
import tempfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

from ranvier.errors import RanvierError
from ranvier.targets.mcu.board import Board
from ranvier.targets.mcu.board import board as find_board
from ranvier.targets.process import find_program, last_lines

# One instruction is 2^10 ns of virtual time: a board's timer counts instructions, repeatably.
ICOUNT_SHIFT = 10
AT_ONCE = f"shift={ICOUNT_SHIFT},sleep=off"
IN_TIME = "shift=5,sleep=on"  # 32 ns an instruction: about what these cores take
EXIT_NO_LINK = 98
EXIT_FAULT = 99
FAULT_REPORT = "ranvier fault:"
END_TIMEOUT_S = 5.0
PR_SET_PDEATHSIG = 1


def instructions_per_tick(board: Board | str) -> Fraction:
    """Return how many instructions one tick of an emulated board's timer is."""
    found = find_board(board) if isinstance(board, str) else board
    return Fraction(10**9, 2**ICOUNT_SHIFT * found.timer_hz)


class Emulator:
    """QEMU running one image; ends with the block, with an exception, and with Python itself.

    It ends with Python even by -9 on Linux only, where the kernel ties it to the thread that
    started it: start it in one that outlives it.

    Parameters
    ----------
    elf
        The image.
    board
        The board it was built for, one that QEMU emulates, or its name.
    options
        Further arguments of QEMU.
    in_time
        Whether a sleep lasts as long as it would on the board; else it ends at once, and time is
        what instructions take.

    Raises
    ------
    RanvierError
        T001 if QEMU is not installed, T003 if the program in the image faulted or ended by
        itself, T004 if QEMU cannot run it at all.
    """

    def __init__(
        self,
        elf: Path,
        board: Board | str = "qemu-mps2-an386",
        options: tuple[str, ...] = (),
        *,
        in_time: bool = False,
    ) -> None:
        self.elf = elf
        self._options = options
        self._icount = IN_TIME if in_time else AT_ONCE
        self._board = find_board(board) if isinstance(board, str) else board
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0
        self._output = ""

    @property
    def url(self) -> str:
        """Where the link answers, for ``SerialStream``."""
        return f"socket://127.0.0.1:{self._port}"

    @property
    def output(self) -> str:
        """What QEMU and the program in it wrote; complete once it has ended."""
        return self._output

    @property
    def returncode(self) -> int | None:
        """The program's exit code, or ``None`` while it runs; negative for a signal."""
        return None if self._process is None else self._process.poll()

    def __enter__(self) -> Self:
        program = find_program(self._board.emulator, self._board.emulator_package)
        if not self.elf.is_file():
            raise RanvierError("T004", "there is no such image", loc=str(self.elf),
                               hint="compile and build the network first")  # fmt: skip
        self._log = tempfile.TemporaryFile()  # closed in _end
        # QEMU inherits a socket that listens already: no other program can take the port in
        # between, and whoever connects early waits in the kernel's queue.
        with socket.create_server(("127.0.0.1", 0)) as server:
            self._port = server.getsockname()[1]
            self._process = subprocess.Popen(
                self._command(program, server.fileno()),
                stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log,
                pass_fds=(server.fileno(),), start_new_session=True,
                preexec_fn=_die_with_parent(),
            )  # fmt: skip
        return self

    def _command(self, program: str, server: int) -> list[str]:
        return [
            program, *self._board.machine, "-kernel", str(self.elf),
            "-display", "none", "-monitor", "none",
            "-icount", self._icount,
            "-semihosting-config", "enable=on,target=native",
            "-chardev", f"socket,id=link,fd={server},server=on,wait=on,nodelay=on",
            "-serial", "chardev:link", *self._options,
        ]  # fmt: skip

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # A link that broke means the program ended: let it say why before it is stopped.
        broke = isinstance(error, RanvierError) and error.code == "L009"
        ended_itself = self._wait_quietly(END_TIMEOUT_S if broke else 0.0)
        self._end()
        if FAULT_REPORT in self._output or (ended_itself and isinstance(error, RanvierError)):
            raise self._early_end() from error

    def wait(self, timeout: float = END_TIMEOUT_S) -> int:
        """Wait for the program to end and return its exit code.

        Raises
        ------
        RanvierError
            T003 if it faulted, T004 if it has not ended after `timeout` seconds.
        """
        if not self._wait_quietly(timeout):
            raise RanvierError("T004", f"the program did not end within {timeout:g} s",
                               loc=str(self.elf), hint="send EXIT first")  # fmt: skip
        self._end()
        if FAULT_REPORT in self._output:
            raise self._early_end()
        code = self.returncode
        return -1 if code is None else code

    def _wait_quietly(self, timeout: float) -> bool:
        if self._process is None:
            return False
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _end(self) -> None:
        """Stop QEMU if it still runs, and keep what it wrote. May be called twice."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        if not self._log.closed:
            self._log.seek(0)
            self._output = self._log.read().decode(errors="replace")
            self._log.close()

    def _early_end(self) -> RanvierError:
        code = self.returncode
        report = [line for line in self._output.splitlines() if FAULT_REPORT in line]
        if report:
            pc = re.search(r" pc=(\w+)", report[-1])
            prefix = self._board.compiler.removesuffix("gcc")
            return RanvierError(
                "T003", report[-1][report[-1].index(FAULT_REPORT) :], loc=str(self.elf),
                hint=f"{prefix}addr2line -f -e {self.elf} {pc[1]}" if pc
                else "build with a larger rv_stack_size",
            )  # fmt: skip
        if code == EXIT_NO_LINK:
            return RanvierError(
                "T003", "the link refused the network: it does not fit a frame",
                loc=str(self.elf),
                hint="build with a larger RV_LINK_MAX_FRAME or RV_LINK_RAW_BYTES",
            )  # fmt: skip
        return RanvierError(
            "T004", f"QEMU ended with code {code}\n{last_lines(self._output)}", loc=str(self.elf),
            hint="was the image built for this board?",
        )  # fmt: skip


def _die_with_parent() -> Callable[[], None]:
    """Return what the child runs first: ask the kernel to kill it when Python dies, even by -9."""
    prctl = getattr(ctypes.CDLL(None), "prctl", None)  # Linux has it
    parent = os.getpid()

    def tie() -> None:
        if prctl is not None:
            prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died in between
            os._exit(1)

    return tie
