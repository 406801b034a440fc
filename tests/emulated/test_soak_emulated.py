# SPDX-License-Identifier: Apache-2.0
"""A long run over a bad line: no step lost or run twice, no wrong answer, the right state.

The seed is printed; RANVIER_SEED replays one.
"""

import json
import random
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from tests.emulated.bad_line import BadLine, Reopened
from tests.needs import need_program
from tests.soak import soak_input, soak_network, soak_seed

from ranvier import reference
from ranvier.errors import RanvierError
from ranvier.ir import Network
from ranvier.tools.build import Build
from ranvier.tools.flash.qemu import Emulator
from ranvier.tools.link.client import Device
from ranvier.tools.link.layout import State
from ranvier.tools.link.streams import SerialStream
from ranvier.tools.verbs.compile import compile

BOARD = "qemu-mps2-an386"
STEPS = 100_000
EPISODE = (300, 900)  # steps between two RESETs
PER_FRAME = (1, 12)
RESTARTS = 5


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    need_program("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    need_program("qemu-system-arm", "qemu-system-arm")
    return compile(soak_network(), BOARD, tmp_path_factory.mktemp("soak") / "soak").build


@contextmanager
def monitor(path: Path) -> Iterator[Callable[[str], None]]:
    """Give a function that has QEMU execute a command."""
    deadline = time.monotonic() + 10
    while not path.exists() and time.monotonic() < deadline:
        time.sleep(0.02)  # QEMU makes it once it has started
    with socket.socket(socket.AF_UNIX) as link:
        link.connect(str(path))
        lines = link.makefile("rw")

        def execute(command: str) -> None:
            lines.write(json.dumps({"execute": command}) + "\n")
            lines.flush()
            while "return" not in json.loads(lines.readline()):
                pass

        lines.readline()
        execute("qmp_capabilities")
        yield execute
        lines.close()


@dataclass(frozen=True)
class Course:
    """What is sent, and what must come back: episodes from RESET on, `length` steps of each."""

    raw: np.ndarray  # (episodes, steps, inputs)
    length: list[int]
    golden: reference.Trace


def course(draw: random.Random, network: Network) -> Course:
    length: list[int] = []
    while sum(length) < STEPS:
        length.append(draw.randint(*EPISODE))
    noise = np.random.default_rng(draw.randrange(2**32))
    raw = soak_input(noise, len(length), max(length))
    return Course(raw, length, reference.simulate(network, raw, keep=("v", "synapses")))


def run_episode(
    device: Device, draw: random.Random, plan: Course, k: int, restart: Callable[[], None] | None
) -> None:
    """RESET, then every step of one episode, in frames of few steps; compare all that is said.

    `restart` is called halfway.
    """
    n, golden = plan.length[k], plan.golden
    sums = golden.out[k].cumsum(axis=0)
    device.reset()
    at = 0
    while at < n:
        if restart is not None and at > n // 2:
            restart()
        end = min(n, at + draw.randint(*PER_FRAME))
        wants_outputs = draw.random() < 0.3
        reply = device.step(plan.raw[k, at:end], outputs=wants_outputs)
        if wants_outputs:
            np.testing.assert_array_equal(reply.outputs, golden.out[k, at:end])
        assert reply.decoded == sums[end - 1].argmax()
        at = end
    np.testing.assert_array_equal(device.read_state("hid"), golden.v["hid"][k, n - 1])
    np.testing.assert_array_equal(device.read_state("out"), golden.v["out"][k, n - 1])
    np.testing.assert_array_equal(
        device.read_state("hid", State.SYNAPSE), golden.synapses["hid"][k, n - 1, 0]
    )
    assert device.stats().steps == n


def test_a_bad_line_loses_no_step_and_changes_no_answer(build: Build, tmp_path: Path) -> None:
    """1 % of the bytes damaged, silences, broken connections, and a board that restarts."""
    draw = random.Random(soak_seed())
    plan = course(draw, build.network)
    restarts = set(draw.sample(range(len(plan.length)), RESTARTS))
    restarted = 0
    qmp = tmp_path / "qmp"
    options = ("-qmp", f"unix:{qmp},server=on,wait=off")
    with (
        Emulator(build.image, BOARD, options) as emulator,
        BadLine(emulator.url, draw.randrange(2**32), corrupt=0.01, stall=2e-4, cut=5e-4) as line,
        monitor(qmp) as execute,
        Device(Reopened(line.url), timeout=10.0, patience=0.03) as device,
    ):
        device.hello(build.signature)
        for k in range(len(plan.length)):
            if k in restarts:
                with pytest.raises(RanvierError) as lost:
                    run_episode(device, draw, plan, k, lambda: execute("system_reset"))
                assert lost.value.code == "L010"
                restarted += 1
                device.hello(build.signature)
            run_episode(device, draw, plan, k, None)
        resent, did = device.resent, dict(line.did)
    print(f"{sum(plan.length)} steps in {len(plan.length)} episodes, {resent} resends, {did}")
    assert restarted == RESTARTS
    assert resent > 0 and did["stalled"] > 0 and did["cut"] > 0
    assert 0.008 < did["corrupted"] / did["bytes"] < 0.012


def test_silence_beyond_the_timeout_is_one_error(build: Build) -> None:
    with (
        Emulator(build.image, BOARD) as emulator,
        BadLine(emulator.url, 1, stall=1.0, silence=(2.0, 2.0)) as line,
        Device(SerialStream(line.url), timeout=0.5) as device,
        pytest.raises(RanvierError) as silent,
    ):
        device.hello(build.signature)
    assert silent.value.code == "L003"
