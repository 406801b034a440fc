# SPDX-License-Identifier: Apache-2.0
"""What a host may do wrong, at the pins of a running core: nothing of it changes what comes out."""

import json
import random
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pytest
from tests.hdl import benches, coverage
from tests.hdl.boards import SIGNATURE, board, compare, load
from tests.hdl.cores import need_verilator
from tests.hdl.hand_made import above, dense, leak, network
from tests.hdl.random_networks import KINDS
from tests.unit.nets import population

from ranvier import reference
from ranvier.ir import INPUT, IntArray, Network
from ranvier.targets.fpga import pins, register_text, spi_map
from ranvier.targets.fpga.driver import ERRORS, Core, LinkError, read_frame, write_frame
from ranvier.targets.fpga.lower import lower
from ranvier.targets.fpga.pins import Pins, step_events
from ranvier.targets.fpga.plan import Plan

NEURONS, SOURCES, STEPS = 40, 30, 24
PARAMETERS = KINDS["8 lanes"].parameters()


@dataclass(frozen=True)
class Bench:
    """A core that holds a network, which spikes, and a recording."""

    pin: Pins
    core: Core
    network: Network
    plan: Plan
    raw: IntArray


def recurrent(neurons: int = NEURONS, sources: int = SOURCES) -> Network:
    """Return a leaky layer with a loop of one step."""
    rng = np.random.default_rng(8)
    p = population("p", neurons, decay=leak(), fire=above(np.arange(neurons) + 5 * neurons))
    forward = rng.integers(-60, 127, (neurons, sources), np.int64)
    loop = rng.integers(-90, 60, (neurons, neurons), np.int64)
    return network(sources, [p], [
        dense(INPUT, "p", forward, shift=-2), dense("p", "p", loop, delay=1),
    ])  # fmt: skip


def test_a_memory_of_more_than_65536_words_is_reached_page_by_page() -> None:
    """A frame addresses 16 bits; words that meet at a page's end go to both sides of it."""
    need_verilator()
    pin = board(PARAMETERS)
    known = pins.layout(PARAMETERS, SIGNATURE)
    assert known.weight_rows * known.weight_words == 1 << 17
    core = Core(pin.transfer, known)
    with pytest.raises(LinkError, match="which page"):
        core.read(spi_map.SPACE_WEIGHTS, 0, 1)
    core.control(0)
    rng = np.random.default_rng(4)
    here, there, across = (rng.integers(0, 1 << 16, n).tolist() for n in (5, 5, 100))
    core.write(spi_map.SPACE_WEIGHTS, 0x00105, here)
    core.write(spi_map.SPACE_WEIGHTS, 0x10105, there)
    core.write(spi_map.SPACE_WEIGHTS, 0xFFD0, across)
    for at, words in ((0x00105, here), (0x10105, there), (0xFFD0, across)):
        assert core.read(spi_map.SPACE_WEIGHTS, at, len(words)) == words
    with pytest.raises(LinkError, match="have no address"):
        core.write(spi_map.SPACE_EVENTS, 0xFFFF, [1, 2])
    pin.close()


def test_a_core_of_another_network_is_not_written_to() -> None:
    """It is asked who it is before anything: no frame that writes is sent to it."""
    sent: list[bytes] = []
    need_verilator()
    pin = board(PARAMETERS)

    def transfer(frame: bytes) -> bytes:
        sent.append(frame)
        return pin.transfer(frame)

    other = Core(transfer, pins.layout(PARAMETERS, SIGNATURE + 1))
    with pytest.raises(LinkError, match="made for network"):
        other.load([0] * 64)
    pin.close()
    assert sent and not any(frame[0] & 0x80 for frame in sent)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    need_verilator()
    made = recurrent()
    plan = lower(made)
    raw = (np.random.default_rng(3).random((1, STEPS, SOURCES)) < 0.5).astype(np.int64)
    counts = tmp_path / "pins.dat" if coverage.COUNTS else None
    pin = board(PARAMETERS, counts)
    yield Bench(pin, load(pin, plan, PARAMETERS), made, plan, raw)
    pin.close()
    if counts is not None:
        coverage.keep(counts)


def whole(b: Bench) -> None:
    """The recording runs, from a restart, as in the golden model."""
    assert compare(b.network, b.plan, b.core, b.raw)["spikes"] > 50


def expected(b: Bench, t: int) -> list[int]:
    """Return the words of the spike queue after step t."""
    (fired,) = np.nonzero(reference.simulate(b.network, b.raw).spikes["p"][0, t])
    return [*fired.tolist(), 1 << b.core.layout.address_bits]


def set_errors(c: Core) -> int:
    """Return what errors are set, and clear them."""
    found = c.clear_errors()
    assert not c.status() & ERRORS
    return found


@pytest.mark.parametrize("seed", range(3))
def test_broken_frames_leave_a_running_core_as_it_is(bench: Bench, seed: int) -> None:
    rng, clean = random.Random(seed), bench.pin.transfer

    def noisy(sent: bytes) -> bytes:
        if rng.random() < 0.3:
            clean(sent, rng.randrange(1, 8 * len(sent)))
        if rng.random() < 0.3:
            wrong = int.from_bytes(sent, "big") ^ 1 << rng.randrange(8 * len(sent))
            clean(wrong.to_bytes(len(sent), "big"))
        if rng.random() < 0.3:
            clean(rng.randbytes(rng.randrange(1, 40)))
        got = bytearray(clean(sent))
        if rng.random() < 0.1:
            got[rng.randrange(len(got))] ^= 1 << rng.randrange(8)
        return bytes(got)

    bench.core._transfer = noisy
    assert compare(bench.network, bench.plan, bench.core, bench.raw)["spikes"] > 50
    bench.core._transfer = bench.pin.transfer
    seen = set_errors(bench.core)
    assert seen & 1 << spi_map.STATUS_FRAME and seen & 1 << spi_map.STATUS_CRC
    whole(bench)


def test_memories_are_locked_while_a_step_is_under_way(bench: Bench) -> None:
    c = bench.core
    c.restart()
    row = bench.raw[0, 0]
    words = [a for a, _ in step_events(row)]
    c.write(spi_map.SPACE_EVENTS, 0, words)
    assert not c.status() >> spi_map.STATUS_HALTED & 1
    for space in (spi_map.SPACE_WEIGHTS, spi_map.SPACE_THRESHOLDS, spi_map.SPACE_TABLE):
        bench.pin.transfer(write_frame(space, 0, [0x5555] * 8))
        assert set_errors(c) == 1 << spi_map.STATUS_LOCKED
    with pytest.raises(LinkError):
        c.read(spi_map.SPACE_WEIGHTS, 0, 4)
    assert set_errors(c) == 1 << spi_map.STATUS_LOCKED
    assert c.step([])[0] == expected(bench, 0)
    whole(bench)


def test_events_that_do_not_fit_are_refused_whole(bench: Bench) -> None:
    c = bench.core
    c.restart()
    c.control(1 << spi_map.CONTROL_LOADED | 1 << spi_map.CONTROL_CLEAR)
    for held in range(STEPS):
        step = [*(a for a, _ in step_events(bench.raw[0, held])), c.layout.end]
        if c.register(spi_map.REG_EVENTS_ROOM) < len(step):
            break
        c.write(spi_map.SPACE_EVENTS, 0, step)
    bench.pin.transfer(write_frame(spi_map.SPACE_EVENTS, 0, step))
    assert set_errors(c) == 1 << spi_map.STATUS_ROOM
    assert c.counters().overflows == 1
    c.control(1 << spi_map.CONTROL_LOADED | 1 << spi_map.CONTROL_STEP)
    assert c.outputs(spi_map.STATUS_HALTED)[0] == expected(bench, 0), "one step of all"
    assert c.counters().steps == 1
    c.control(1 << spi_map.CONTROL_LOADED | 1 << spi_map.CONTROL_RUN)
    spikes = c.outputs()[0]
    assert spikes == [word for t in range(1, held) for word in expected(bench, t)]
    assert c.counters().steps == held
    for t in range(held, STEPS):
        assert c.step(step_events(bench.raw[0, t]))[0] == expected(bench, t)


def test_a_frame_of_events_may_fill_the_queue_but_not_more(bench: Bench) -> None:
    c = bench.core
    c.restart()
    c.control(1 << spi_map.CONTROL_LOADED)
    while (room := c.register(spi_map.REG_EVENTS_ROOM)) > 40:
        c.write(spi_map.SPACE_EVENTS, 0, [0] * 31)
    bench.pin.transfer(write_frame(spi_map.SPACE_EVENTS, 0, [0] * (room + 1)))
    assert set_errors(c) == 1 << spi_map.STATUS_ROOM
    c.write(spi_map.SPACE_EVENTS, 0, [0] * room)
    assert c.register(spi_map.REG_EVENTS_ROOM) <= 1  # one may have moved on
    assert not set_errors(c)
    whole(bench)


def test_a_reset_at_any_time_starts_anew(bench: Bench) -> None:
    rng, c = random.Random(1), bench.core
    for k in range(6):
        c.restart()
        words = [a for a, _ in step_events(bench.raw[0, 0])]
        bench.pin.transfer(write_frame(spi_map.SPACE_EVENTS, 0, [*words, c.layout.end]))
        bench.pin.wait(rng.randrange(150))
        if k % 2:
            bench.pin.reset()
            assert c.status() == 0b11  # halted, done, nothing loaded
            with pytest.raises(LinkError):
                c.write(spi_map.SPACE_EVENTS, 0, [0])
            assert set_errors(c) == 1 << spi_map.STATUS_LOCKED
        whole(bench)


def test_done_waits_for_the_last_spike(bench: Bench) -> None:
    """More neurons fire than the queue of spikes holds: not done before the host took some."""
    n = 160
    p = population("p", n, decay=leak(), fire=above(np.full(n, -1, np.int64)))
    quiet = dense(INPUT, "p", np.zeros((n, SOURCES), np.int64), shift=-2)
    many = network(SOURCES, [p], [quiet])
    c = load(bench.pin, lower(many), PARAMETERS)
    c.restart()
    c.write(spi_map.SPACE_EVENTS, 0, [c.layout.end])
    for _ in range(20):
        status = c.status()
    assert status >> spi_map.STATUS_HALTED & 1 and not status >> spi_map.STATUS_DONE & 1
    assert bench.pin.irq  # the queue is full
    spikes, _ = c.outputs()
    assert spikes == [*range(n), 1 << c.layout.address_bits]
    assert c.status() >> spi_map.STATUS_DONE & 1


def test_counters_irq_and_what_is_not_there(bench: Bench) -> None:
    c = bench.core
    c.restart()
    c.control(1 << spi_map.CONTROL_LOADED | 1 << spi_map.CONTROL_RUN | 1 << spi_map.CONTROL_CLEAR)
    assert bench.pin.irq  # done
    for row in bench.raw[0]:
        c.step(step_events(row))
    found, trace = c.counters(), reference.simulate(bench.network, bench.raw)
    events = int(bench.raw.sum() + trace.spikes["p"][0, :-1].sum())
    assert (found.steps, found.operations) == (STEPS, events * NEURONS)
    assert found.cycles > events * NEURONS // 8
    c.write(spi_map.SPACE_EVENTS, 0, [0])
    bench.pin.wait(100)
    assert not bench.pin.irq  # in the middle of a step
    bench.pin.transfer(write_frame(spi_map.SPACE_REGISTERS, spi_map.REG_COUNTS, [7]))
    bench.pin.wait(10)
    assert bench.pin.irq  # an error
    assert set_errors(c) == 1 << spi_map.STATUS_COMMAND
    bench.pin.transfer(read_frame(spi_map.SPACE_REGISTERS, 0x10, 1))
    assert set_errors(c) == 1 << spi_map.STATUS_COMMAND
    whole(bench)


def test_counters_do_not_tear_while_the_core_runs(bench: Bench) -> None:
    """Its lower half passes through zero just before, while and after it is read."""
    c = bench.core
    c.restart()
    run = 1 << spi_map.CONTROL_LOADED | 1 << spi_map.CONTROL_RUN
    c.control(run | 1 << spi_map.CONTROL_CLEAR)
    c.write(spi_map.SPACE_EVENTS, 0, [0])  # a step that goes on
    first, last, word = c.counters().cycles, c.counters().cycles, 16 * 4
    takes = last - first
    assert 2 * word < takes < 20 * word
    for before in range(-word, 3 * word, 7):
        wait = (-last - takes - before) % 65536
        bench.pin.wait(wait)
        now = c.counters().cycles
        assert now - last == takes + wait, (before, last, now)
        last = now
    bench.pin.wait(1000)
    (alone,) = c.read(spi_map.SPACE_REGISTERS, spi_map.REG_CYCLES_LOW, 1)
    assert 1000 < (alone - last) % 65536 < 1000 + 2 * takes, "no half of an earlier reading"
    c.write(spi_map.SPACE_EVENTS, 0, [c.layout.end])
    whole(bench)


def test_a_frame_over_registers_is_carried_out_whole_or_not_at_all(bench: Bench) -> None:
    """CONTROL would begin a restart: a wrong CRC, or a register past the last, lets none pass."""
    c = bench.core
    c.restart()
    c.step(step_events(bench.raw[0, 0]))
    before, frames = c.status() & 0x1F, c.status() >> spi_map.STATUS_FRAMES
    halts = [ERRORS, 0, 1]  # STATUS, CONTROL without LOADED, WAITING
    bad = bytearray(write_frame(spi_map.SPACE_REGISTERS, 0, halts))
    bad[-1] ^= 1
    bench.pin.transfer(bytes(bad))
    assert c.status() == before | 1 << spi_map.STATUS_CRC | frames << spi_map.STATUS_FRAMES
    assert set_errors(c) == 1 << spi_map.STATUS_CRC
    for first, words in ((0, [*halts, 0]), (1, [0] * 64), (2, [0, 0]), (3, [0]), (15, [0, 0, 0])):
        bench.pin.transfer(write_frame(spi_map.SPACE_REGISTERS, first, words))
        assert c.status() & 0x1F == before, "neither restarted nor halted"
        assert set_errors(c) == 1 << spi_map.STATUS_COMMAND
    assert c.step(step_events(bench.raw[0, 1]))[0] == expected(bench, 1)
    c.write(spi_map.SPACE_REGISTERS, 0, halts)
    assert not c.status() >> spi_map.STATUS_LOADED & 1
    whole(bench)


def test_an_answer_that_got_lost_is_read_again_from_its_beginning(bench: Bench) -> None:
    c = bench.core
    c.restart(trace=True)
    words = [a for a, _ in step_events(bench.raw[0, 0])]
    c.write(spi_map.SPACE_EVENTS, 0, [*words, c.layout.end])
    bench.pin.wait(5000)
    for space, bit, count in (
        (spi_map.SPACE_SPIKES, spi_map.WAITING_SPIKES, 3),
        (spi_map.SPACE_VALUES, spi_map.WAITING_VALUES, 7),
    ):
        waiting = c.register(spi_map.REG_WAITING) >> bit & 0xFF
        all_of_them = c.read(space, 0, waiting)
        assert len(set(all_of_them)) > 2, all_of_them
        bench.pin.transfer(read_frame(space, 0, waiting), 8 * 15)  # lost in its middle
        for _ in range(2):
            assert c.read(space, 0, count) == all_of_them[:count]
        c.write(spi_map.SPACE_REGISTERS, spi_map.REG_WAITING, [1 << bit])
        assert c.register(spi_map.REG_WAITING) >> bit & 0xFF == waiting - count
        assert c.read(space, 0, waiting - count) == all_of_them[count:]
    whole(bench)


def test_nothing_beyond_a_memory_is_written(bench: Bench) -> None:
    c, held = bench.core, pins.memories(bench.plan, PARAMETERS)
    c.control(0)
    beyond = 4 * PARAMETERS["WeightRows"]
    c.write(spi_map.SPACE_WEIGHTS, beyond, [0x1234] * 64)
    c.write(spi_map.SPACE_THRESHOLDS, 8 * PARAMETERS["Groups"], [0] * 64)
    assert c.read(spi_map.SPACE_WEIGHTS, 0, len(held.weights)) == held.weights
    whole(bench)


def test_a_host_refuses_another_network(bench: Bench) -> None:
    other = Core(bench.pin.transfer, pins.layout(PARAMETERS, SIGNATURE ^ 1))
    with pytest.raises(LinkError, match="made for network 1234abcd"):
        other.identify()


def test_the_driver_runs_without_ranvier(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in register_text.driver().items():
        assert "ranvier.targets" not in text
        (tmp_path / name).write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    import rv_driver  # type: ignore[import-not-found]

    layout = rv_driver.Layout(**{
        name: getattr(bench.core.layout, name) for name in rv_driver.Layout.__dataclass_fields__
    })  # fmt: skip
    c = rv_driver.Core(bench.pin.transfer, layout)
    c.identify()
    c.load(pins.memories(bench.plan, PARAMETERS).weights)
    assert c.step(step_events(bench.raw[0, 0]))[0] == expected(bench, 0)


@pytest.mark.parametrize("simulator", benches.SIMULATORS)
def test_two_simulators_agree(simulator: str, tmp_path: Path) -> None:
    """On a network that is soon loaded: cocotb moves bit after bit."""
    made, c = recurrent(10, 12), pins.layout(PARAMETERS, SIGNATURE)
    plan = lower(made)
    raw = (np.random.default_rng(3).random((1, 2, 12)) < 0.7).astype(np.int64)
    fired = [np.flatnonzero(row).tolist() for row in reference.simulate(made, raw).spikes["p"][0]]
    assert all(0 < len(row) < 10 for row in fired) and fired[0] != fired[1]
    steps = [
        (step_events(row), [*spikes, 1 << c.address_bits])
        for row, spikes in zip(raw[0], fired, strict=True)
    ]
    case = {
        "layout": asdict(c),
        "memories": asdict(pins.memories(plan, PARAMETERS)),
        "steps": steps,
    }
    (tmp_path / "case.json").write_text(json.dumps(case))
    settings = {"RANVIER_HDL_CASE": str(tmp_path / "case.json")}
    parameters = {**PARAMETERS.values, "Signature": SIGNATURE}
    benches.run(simulator, "rv_top", "top_tb", tmp_path, parameters, settings=settings)
