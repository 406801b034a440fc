# SPDX-License-Identifier: Apache-2.0
"""Commands that a signal ends: the exit code that shells expect, nothing half-written."""

import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.commands import listing
from tests.unit.nets import counts


def heed_hangups() -> None:
    """Undo what `nohup make test` hands down."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_signal_while_compiling_leaves_nothing(
    copy: Path, number: signal.Signals, code: int
) -> None:
    fake = copy / "bin" / "gcc"
    fake.parent.mkdir()
    fake.write_text(
        '#!/bin/sh\n[ "$1" = --version ] && echo gcc 0 && exit 0\n: >started\nsleep 60\n'
    )
    fake.chmod(0o755)
    before = listing(copy)
    argv = [sys.executable, "-m", "ranvier", "compile", str(copy / "n.rvn")]
    argv += ["--target", "host", "-o", str(copy / "new")]
    path = f"{fake.parent}{os.pathsep}{os.environ['PATH']}"
    process = subprocess.Popen(
        argv, cwd=copy, env={**os.environ, "PATH": path}, stderr=subprocess.PIPE, text=True,
        start_new_session=True, preexec_fn=heed_hangups,
    )  # fmt: skip
    while not list(copy.glob(".new.*/src/started")):
        assert process.poll() is None
    os.killpg(process.pid, number)
    assert process.stderr is not None
    said = process.stderr.read()
    assert process.wait(20) == code
    assert "Traceback" not in said
    assert listing(copy) == before


def on_a_terminal(*arguments: object) -> tuple[subprocess.Popen[bytes], int]:
    """Start a command on a terminal of its own; return both."""
    terminal, ours = pty.openpty()
    name = os.ttyname(ours)

    def begin() -> None:
        heed_hangups()
        os.close(os.open(name, os.O_RDWR))  # the first one opened is the session's own terminal

    process = subprocess.Popen(
        [sys.executable, "-m", "ranvier", *map(str, arguments)], stdin=ours, stdout=ours,
        stderr=ours, start_new_session=True, preexec_fn=begin,
        env={**os.environ, "TERM": "xterm"},
    )  # fmt: skip
    os.close(ours)
    return process, terminal


def long_data(path: Path) -> Path:
    """Write recordings that take a few seconds."""
    np.savez(path, x=np.concatenate([counts(samples=200, steps=100)] * 20))
    return path


def test_a_terminal_that_goes_away_leaves_no_half_trace(copy: Path) -> None:
    """As when an SSH session ends."""
    data = long_data(copy / "long.npz")
    before = listing(copy)
    process, terminal = on_a_terminal(
        "simulate", copy / "n.rvn", "--data", data, "-o", copy / "t.npz"
    )
    while not any(copy.glob(".t.npz.*/0")):
        assert process.poll() is None
    os.close(terminal)
    assert process.wait(20) == 129
    assert listing(copy) == before


def test_a_bar_on_a_terminal_that_goes_away_is_no_error(copy: Path) -> None:
    data = long_data(copy / "long.npz")
    process, terminal = on_a_terminal("verify", copy / "build", "--data", data)
    said = b""
    while b"comparing" not in said:
        said += os.read(terminal, 65536)
    os.close(terminal)
    assert process.wait(20) == 129


def test_nohup_outlives_its_terminal(copy: Path) -> None:
    argv = ["simulate", copy / "n.rvn", "--data", long_data(copy / "long.npz")]
    process = subprocess.Popen(
        ["nohup", sys.executable, "-m", "ranvier", *map(str, argv), "-o", str(copy / "t.npz")],
        stdout=subprocess.DEVNULL,
    )
    while not any(copy.glob(".t.npz.*/0")):
        assert process.poll() is None
    process.send_signal(signal.SIGHUP)
    assert process.wait(60) == 0
    assert (copy / "t.npz").is_file()


def test_ctrl_c_during_the_imports_is_no_traceback(copy: Path) -> None:
    """The program answers Ctrl-C from its first line on, while NumPy and the rest load."""
    slow = copy / "slow"
    slow.mkdir()
    (slow / "click.py").write_text("import os, time\nos.mkdir('started')\ntime.sleep(60)\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "ranvier", "targets"], cwd=copy, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(slow)},
    )  # fmt: skip
    while not (copy / "started").exists():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert said == "interrupted; nothing is left running or half-written\n"
