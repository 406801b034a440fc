# SPDX-License-Identifier: Apache-2.0
"""cocotb benches of what moves events: random gaps, back-pressure, resets at any time."""

from typing import Any

import cocotb
from tests.hdl.clocked import begin, parameter, reset, settle, tick

CYCLES = 3000


@cocotb.test()
async def rv_fifo_keeps_order(dut: Any) -> None:
    """Nothing is lost, doubled or changed: full, empty, and reset at any time."""
    rng = await begin(dut, valid_i=0, ready_i=0)
    waiting: list[int] = []
    full = passed = 0
    for cycle in range(CYCLES):
        eager = (cycle // 200) % 3  # fill, drain, both
        offered = rng.random() < (0.9, 0.2, 0.6)[eager]
        word = rng.getrandbits(len(dut.data_i))
        dut.valid_i.value, dut.data_i.value = int(offered), word
        dut.ready_i.value = int(rng.random() < (0.2, 0.9, 0.6)[eager])
        if rng.random() < 0.005:
            await reset(dut)
            waiting.clear()
            continue
        await settle()
        assert int(dut.level_o.value) == len(waiting) - int(dut.valid_o.value)
        assert int(dut.empty_o.value) == (int(dut.level_o.value) == 0)
        if int(dut.valid_o.value):
            assert waiting and int(dut.data_o.value) == waiting[0]
            if int(dut.ready_i.value):
                waiting.pop(0)
                passed += 1
        if offered and int(dut.ready_o.value):
            waiting.append(word)
        full += not int(dut.ready_o.value)
        await tick(dut)
    assert full > 100
    assert passed > 500


@cocotb.test()
async def rv_serialiser_makes_events_of_spikes(dut: Any) -> None:
    """Each spike of each group once, in order, then the token; crowded where no sweep fits."""
    rng = await begin(dut, valid_i=0, last_i=0, spikes_i=0, ready_i=0)
    lanes, most = len(dut.spikes_i), (1 << len(dut.address_o)) // len(dut.spikes_i)
    due: list[tuple[int, int]] = []
    group, groups, passed, crowded = 0, 0, 0, 0
    for cycle in range(2 * CYCLES):
        if groups == 0 and rng.random() < 0.3 and not int(dut.crowded_o.value):
            groups, group = rng.randint(1, most), 0
        beat = groups > 0 and rng.random() < 0.8
        spikes = rng.getrandbits(lanes) & rng.getrandbits(lanes)
        dut.valid_i.value, dut.spikes_i.value = int(beat), spikes
        dut.last_i.value = int(groups == 1)
        dut.ready_i.value = int(rng.random() < (0.05, 0.9)[cycle // 300 % 2])
        if rng.random() < 0.002:
            await reset(dut)
            due.clear()
            groups = 0
            continue
        await settle()
        if int(dut.valid_o.value) and int(dut.ready_i.value):
            event = int(dut.step_o.value), int(dut.address_o.value)
            assert due and event == due.pop(0)
            passed += 1
        if beat:
            due += [(0, group * lanes + k) for k in range(lanes) if spikes >> k & 1]
            group, groups = group + 1, groups - 1
            due += [(1, 0)] * (groups == 0)
        crowded += int(dut.crowded_o.value)
        await tick(dut)
    assert passed > 1000
    assert crowded > 100


@cocotb.test()
async def rv_readout_hands_on_lane_after_lane(dut: Any) -> None:
    """Each group comes a time for each lane, with pauses; a value a cycle later."""
    rng = await begin(dut, valid_i=0, v_i=0)
    bits = len(dut.value_o)
    lanes = len(dut.v_i) // bits
    lane, came = 0, None
    for _ in range(CYCLES):
        beat, v = rng.random() < 0.7, rng.getrandbits(len(dut.v_i))
        dut.valid_i.value, dut.v_i.value = int(beat), v
        if rng.random() < 0.005:
            await reset(dut)
            lane, came = 0, None
            continue
        await settle()
        assert int(dut.valid_o.value) == (came is not None)
        assert came is None or int(dut.value_o.value) == came
        came = (v >> (lane * bits)) & ((1 << bits) - 1) if beat else None
        lane = (lane + beat) % lanes
        await tick(dut)


@cocotb.test()
async def rv_writer_puts_a_list_into_memory(dut: Any) -> None:
    """Events lie from where the list begins, the token last; what comes after it is ignored."""
    rng = await begin(dut, start_i=0, at_i=0, event_i=0, valid_i=0)
    bits, words = len(dut.event_i), 1 << len(dut.at_i)
    writes, at, written = False, 0, 0
    for _ in range(CYCLES):
        start = not writes and rng.random() < 0.2
        place, valid = rng.randrange(words), rng.random() < 0.6
        event = rng.getrandbits(bits - 1) | (rng.random() < 0.2) << (bits - 1)
        dut.start_i.value, dut.at_i.value = int(start), place
        dut.event_i.value, dut.valid_i.value = event, int(valid)
        if rng.random() < 0.005:
            await reset(dut)
            writes = False
            continue
        await settle()
        assert int(dut.writing_o.value) == writes
        assert int(dut.we_o.value) == (writes and valid)
        if writes and valid:
            assert (int(dut.waddr_o.value), int(dut.wdata_o.value)) == (at, event)
            at, writes = (at + 1) % words, event >> (bits - 1) == 0
            written += 1
        if start:
            writes, at = True, place
        await tick(dut)
    assert written > 500


@cocotb.test()
async def rv_reader_reads_what_was_asked_for(dut: Any) -> None:
    """The input, a list that may still grow, a token alone, or a one and a token, with waits."""
    rng = await begin(
        dut, start_i=0, input_i=0, nothing_i=0, one_i=0, at_i=0, input_event_i=0,
        input_valid_i=0, writing_i=0, writes_at_i=0, ready_i=0, rdata_i=0,
    )  # fmt: skip
    bits, words = len(dut.event_o), 1 << len(dut.at_i)
    value = bits - 1 > parameter("AddressW")
    token = 1 << (bits - 1)
    read = dict.fromkeys(("input", "list", "nothing", "one"), 0)
    for _ in range(400):
        kind, place, length = rng.choice(list(read)), rng.randrange(words), rng.randrange(6)
        memory = [rng.getrandbits(bits) for _ in range(words)]
        given = [rng.getrandbits(bits - 1) for _ in range(length)] + [token]
        for k, event in enumerate(given):
            memory[(place + k) % words] = event
        one = 1 << parameter("AddressW") if value else 0
        due = {"input": given, "list": given, "nothing": [token], "one": [one, token]}[kind][:]
        dut.start_i.value, dut.at_i.value = 1, place
        dut.input_i.value, dut.one_i.value = int(kind == "input"), int(kind == "one")
        dut.nothing_i.value, dut.ready_i.value = int(kind == "nothing"), 0
        dut.input_valid_i.value, dut.writing_i.value = 0, 0
        await tick(dut)
        dut.start_i.value = 0
        written, offered = rng.randrange(length + 2), False
        give_up = rng.random() < 0.05
        while due:
            growing = written < len(given)
            dut.writing_i.value, dut.writes_at_i.value = int(growing), (place + written) % words
            offered = kind == "input" and (offered or rng.random() < 0.6)
            dut.input_valid_i.value, dut.input_event_i.value = int(offered), due[0]
            dut.ready_i.value = int(rng.random() < 0.6)
            await settle()
            taken = int(dut.valid_o.value) and int(dut.ready_i.value)
            if taken:
                event, wanted = int(dut.event_o.value), due.pop(0)
                # Of a token nothing else counts.
                assert event == wanted or event & wanted == token
                read[kind] += 1
                offered = False
            assert kind != "input" or int(dut.input_ready_o.value) == int(dut.ready_i.value)
            raddr, reads = int(dut.raddr_o.value), int(dut.re_o.value)
            assert not reads or (raddr - place) % words < written
            await tick(dut)
            if reads:
                dut.rdata_i.value = memory[raddr]
            written += growing and rng.random() < 0.4
            if give_up and rng.random() < 0.2:
                await reset(dut)
                break
        dut.ready_i.value = 1
        await settle()
        assert not int(dut.valid_o.value)
        await tick(dut)
    assert min(read.values()) > 50, read
