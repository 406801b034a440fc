# SPDX-License-Identifier: Apache-2.0
"""cocotb bench of rv_control: registers against a model of what docs/spi.md says of them."""

import random
from typing import Any

import cocotb
from tests.hdl.clocked import begin, parameter, settle, tick

INPUTS = ("space_i", "address_i", "more_i", "write_i", "valid_i", "data_i", "done_i", "command_i",
          "frame_i", "crc_i", "refused_i", "events_valid_i", "events_level_i", "spikes_level_i",
          "spikes_crowded_i", "values_level_i", "values_crowded_i", "between_i", "busy_i",
          "step_i", "sum_i")  # fmt: skip
REGISTERS, EVENTS, MEMORIES = 0, 4, (1, 5, 6)
STATUS, CONTROL, WAITING = range(3)
COMMAND, FRAME, CRC, LOCKED, ROOM = (1 << k for k in range(5, 10))
PULSES = {COMMAND: "command_i", FRAME: "frame_i", CRC: "crc_i"}
SIGNATURE = 0xC0DE1234


class Model:
    """What a host has done to the registers, and what they have seen, a cycle at a time."""

    def __init__(self, dut: Any, rng: random.Random) -> None:
        self.dut, self.rng = dut, rng
        self.errors = self.frames = self.overflows = self.quiet = 0
        self.steps = self.cycles = self.sums = self.page = 0
        self.running = False  # a cycle ago
        self.settled = False
        self.run = self.step = self.loaded = self.trace = self.go = self.freed = self.irq = False

    def __getitem__(self, name: str) -> int:
        return int(getattr(self.dut, name).value)

    @property
    def waiting(self) -> bool:
        return self["events_valid_i"] + self["events_level_i"] > 0

    @property
    def goes(self) -> bool:
        return (self.run or self.step) and self.waiting

    @property
    def halted(self) -> bool:
        return not self.loaded or bool(self["between_i"] and not self.go and not self.goes)

    @property
    def room(self) -> int:
        return (1 << parameter("EventsW")) - 1 - self["events_level_i"]

    def refusal(self) -> int:
        """Return the errors of the frame that is addressed."""
        space, address, more = self["space_i"], self["address_i"], self["more_i"]
        if space == REGISTERS:
            past = address > 15 or (self["write_i"] and address + more > WAITING)
            return COMMAND if past else 0
        locked = (space in MEMORIES and not self.halted) or (space == EVENTS and not self.loaded)
        return locked * LOCKED | (space == EVENTS and more + 1 > self.room) * ROOM

    async def look(self) -> None:
        """Wait until what is to be seen is, once a cycle."""
        if not self.settled:
            await settle()
        self.settled = True

    async def cycle(self, errors: int = 0) -> None:
        """Compare what is to be seen, and let a cycle pass in which there are `errors`."""
        await self.look()
        for name, value in (("run_o", self.go), ("trace_o", self.trace), ("irq_o", self.irq),
                            ("halted_o", self.halted), ("core_rst_no", self.freed),
                            ("page_o", self.page)):  # fmt: skip
            assert self[name] == value, name
        written = self["address_i"] if self["valid_i"] and self["space_i"] == REGISTERS else None
        data, step, halted = self["data_i"], self["step_i"], self.halted
        for name, bit in (("take_spikes_o", 1), ("take_values_o", 1 << 8)):
            assert self[name] == (written == WAITING and data & bit > 0), name
        self.irq = self.quiet == 15 or self.errors > 0 or self["spikes_crowded_i"] > 0 or (
            self["values_crowded_i"] > 0
        )  # fmt: skip
        self.freed = self.loaded and not (written == CONTROL and data & 4)
        self.quiet = 0 if not halted or self.waiting or self["busy_i"] else min(15, self.quiet + 1)
        self.go, self.step = self.goes and not step, self.step and not step
        self.steps, self.cycles = (self.steps + step) % 256, self.cycles + self.running
        self.running = not halted
        self.sums += self["sum_i"]
        if written == CONTROL:
            self.run, self.step, self.loaded, self.trace = (data >> k & 1 > 0 for k in (0, 1, 4, 5))
            self.page = data >> 8
            if data & 8:
                self.steps = self.cycles = self.sums = 0
        if self["valid_i"] and self["space_i"] in MEMORIES:
            self.loaded = False
        self.errors = self.errors & ~(data if written == STATUS else 0) | errors
        self.overflows = (self.overflows + (errors & ROOM > 0)) % 16
        self.frames = (self.frames + self["done_i"]) % 16
        await tick(self.dut)
        self.settled = False

    async def read(self, address: int, then: tuple[int, int]) -> None:
        """Read a register and the next; `then` counters were when the first was addressed."""
        for k, at in enumerate((address, (address + 1) % 16)):
            self.dut.address_i.value = at
            then = (self.cycles, self.sums) if k and at % 2 == 0 else then
            for _ in range(self.rng.randrange(1, 6)):
                counts = self.steps << 8 | self.overflows
                await self.cycle()
            await self.look()
            expected = {
                2: self["values_level_i"] << 8 | self["spikes_level_i"], 3: self.room, 4: 0x5201,
                5: SIGNATURE >> 16, 6: SIGNATURE & 0xFFFF, 7: counts,
                8: then[0] >> 16, 9: then[0] & 0xFFFF, 10: then[1] >> 16, 11: then[1] & 0xFFFF,
            }  # fmt: skip
            assert self["data_o"] == expected.get(at, self["data_o"] * (at == STATUS)), at
            await self.cycle()


@cocotb.test()
async def registers_do_what_the_map_says(dut: Any) -> None:
    """Frames and errors of all kinds, beside a core and queues that do anything."""
    rng = await begin(dut, **dict.fromkeys(INPUTS, 0))
    m, seen = Model(dut, rng), dict.fromkeys(("refused", "written", "read", "done"), 0)

    def put(**values: float) -> None:
        for name, value in values.items():
            getattr(dut, f"{name}_i").value = int(value)

    for _ in range(600):
        idle = rng.random() < 0.2
        put(events_valid=rng.random() < 0.5 and not idle, between=idle or rng.random() < 0.7,
            busy=rng.random() < 0.2 and not idle, step=rng.random() < 0.2,
            sum=rng.random() < 0.5, spikes_crowded=rng.random() < 0.1,
            values_crowded=rng.random() < 0.1, spikes_level=rng.randrange(129),
            events_level=0 if idle else rng.choice((0, rng.randrange(1 << parameter("EventsW")))),
            values_level=rng.randrange(129))  # fmt: skip
        space, more = rng.choice((0, 0, 0, *range(7))), rng.choice((0, 1, 2, 40, 63))
        write = rng.random() < 0.6
        address = rng.choice((0, 1, 2, 8, 10, rng.randrange(16), rng.getrandbits(16)))
        then = m.cycles, m.sums
        put(space=space, address=address, more=more, write=write)
        await m.cycle()
        put(step=0)
        for _ in range(20 * idle):
            await m.cycle()
        await m.look()
        errors = m.refusal()
        await m.cycle()
        await m.look()
        assert m["refuse_o"] == (errors > 0), (space, address, more, write)
        errors = m.refusal()
        await m.cycle()
        if errors:
            put(refused=1)
            await m.cycle(errors)
            put(refused=0)
            seen["refused"] += 1
        elif write:
            for k in range(more + 1):
                word = rng.getrandbits(16) | (rng.random() < 0.7) * 0x11  # it runs, mostly
                put(valid=1, done=k == more, address=(address + k) & 0xFFFF, data=word)
                await m.cycle()
            put(valid=0, done=0)
            seen["written"] += 1
        elif space == REGISTERS:
            await m.read(address, then)
            seen["read"] += 1
        put(space=0, address=0)
        if rng.random() < 0.3:
            error = rng.choice(list(PULSES))
            getattr(dut, PULSES[error]).value = 1
            await m.cycle(error)
            getattr(dut, PULSES[error]).value = 0
        await m.cycle()
        await m.look()
        status = m.halted | (m.quiet == 15) << 1, m.errors | m.loaded << 4 | m.frames << 12
        waits = (m["spikes_level_i"] > 0) << 2 | (m["values_level_i"] > 0) << 3
        shown = status[0], status[1] | waits
        await m.cycle()
        await m.look()
        assert (m["data_o"] & 3, m["data_o"] & ~3) == shown
        seen["done"] += m["data_o"] >> 1 & 1
        await m.cycle()
    assert min(seen.values()) > 20, seen
