# SPDX-License-Identifier: Apache-2.0
"""cocotb bench of rv_sequencer: the beats of random tables in order, and never too early."""

import random
from collections.abc import Iterator
from typing import Any

import cocotb
from tests.hdl.clocked import begin, parameter, reset, settle, tick

from ranvier.targets.fpga import images
from ranvier.targets.fpga.plan import Row

SUM, TAKE, SWEEP = range(3)
STEPS = 25
INPUTS = ("run_i", "row_i", "event_i", "event_valid_i", "writing_i", "spikes_busy_i",
          "spikes_crowded_i", "hold_i", "trace_i")  # fmt: skip
FLAGS = ("clear", "add", "fire", "read", "strict", "subtract", "bare", "round")


def fields(row: Row, last: bool) -> dict[str, int]:
    """Return a row's fields by name."""
    at = row.list - row.delay * parameter("ListWords")
    return {
        "op": ("sum", "take", "sweep").index(row.op), "end": int(last), "more": row.groups - 1,
        "base": row.base, "to": row.to, "list": at % (1 << parameter("ListW")), "delay": row.delay,
        "weight": row.weight, "stride": row.stride, "left": row.left, "factor": row.factor & 0xFFFF,
        **{name: int(getattr(row, name))
           for name in ("input", "one", "store", "emit", *FLAGS)},
    }  # fmt: skip


def packed(row: Row, last: bool) -> int:
    """Return the word of the layer table."""
    word, at = 0, 0
    for name, width in images._fields({n: parameter(n) for n in (
        "GroupW", "ListW", "DelayW", "WeightAW", "AddressW", "StateW", "FactorW",
    )}):  # fmt: skip
        word, at = word | fields(row, last)[name] << at, at + width
    return word


def table(rng: random.Random) -> list[Row]:
    """Return rows of two populations, of one group and of several, and of what is added up."""
    words = parameter("ListWords")
    blocks = [(0, 1), (1, rng.randrange(2, 4)), (4, rng.randrange(1, 4))]
    rows = [Row(op="sweep", clear=True, bare=True, groups=8)]
    for _ in range(rng.randrange(2, 7)):
        base, groups = rng.choice(blocks)
        common: dict[str, Any] = {
            "base": base,
            "to": base,
            "groups": groups,
            "list": rng.randrange(words),
        }
        match rng.choice((0, 1, 2, 3, 3, 3, 4)):
            case 0:
                rows.append(Row(op="take", list=rng.randrange(words)))
            case 1 | 2:
                kind = rng.choice(("input", "one", "list"))
                rows.append(Row(op="sum", **common, delay=rng.randrange(4), left=rng.randrange(4),
                                weight=rng.randrange(64), stride=rng.randrange(1, 16),
                                input=kind == "input", one=kind == "one"))  # fmt: skip
            case 3:
                fire = rng.random() < 0.7
                flags: dict[str, Any] = {
                    n: rng.random() < 0.5 for n in ("strict", "subtract", "bare", "round")
                }
                rows.append(Row(op="sweep", **common, fire=fire, read=not fire, **flags,
                                store=fire and rng.random() < 0.5, emit=rng.random() < 0.5,
                                factor=rng.randrange(-32768, 32768)))  # fmt: skip
            case _:
                to, groups = rng.choice([(4, blocks[2][1]), (1, min(3, blocks[1][1]))])
                rows.append(Row(op="sweep", add=True, base=to, to=8 + to, groups=groups, factor=4))
    return rows


class Walk:
    """What the rows ask for, in order; and when memories are read and written."""

    def __init__(self, dut: Any, rng: random.Random, rows: list[Row], trace: int) -> None:
        self.dut, self.rng, self.rows, self.trace = dut, rng, rows, trace
        self.counts = dict.fromkeys(("events", "adds", "reads", "fires"), 0)
        self.restart()

    def restart(self) -> None:
        self.at = self.step = self.now = 0
        self.written: dict[int, int] = {}  # by group, the cycle of the last beat that writes it
        self.second: set[int] = set()  # cycles in which a beat reads the sums in its stage 2
        self.open = False  # events are read
        self.busy = self.writing = 0  # cycles that spikes are on their way
        self.emits: int | None = None
        self.allowed = False  # a sweep that fires may begin
        self.beats = list(self.sweep()) if self.row.op == "sweep" else []

    @property
    def row(self) -> Row:
        return self.rows[self.at]

    def out(self, name: str) -> int:
        return int(getattr(self.dut, f"{name}_o").value)

    def next_row(self) -> None:
        ends = self.at == len(self.rows) - 1
        assert self.out("step") == ends
        self.step += ends
        self.at = 1 if ends else self.at + 1
        self.beats = list(self.sweep()) if self.row.op == "sweep" else []
        self.open = self.allowed = False

    def sweep(self) -> Iterator[dict[str, int]]:
        """Yield the beats of a sweep."""
        f = fields(self.row, False)
        read = f["read"] or (self.trace and not f["add"] and not f["clear"])
        same = {name: f[name] for name in FLAGS} | {"read": int(read), "factor": f["factor"]}
        for k in range(self.row.groups):
            for lane in range(parameter("Units") if read else 1):
                last_lane = not read or lane == parameter("Units") - 1
                yield {"group": self.row.base + k, "to": self.row.to + k,
                       "sweep_first": int(k == lane == 0),
                       "sweep_last": int(k == self.row.groups - 1),
                       "sweep_write": int(last_lane), **same}  # fmt: skip

    def event(self, address: int, value: int) -> None:
        """Add the beats of an event that was taken."""
        self.counts["events"] += 1
        x = value << self.row.left & (1 << parameter("StateW")) - 1
        for k in range(self.row.groups):
            group, weight = self.row.base + k, self.row.weight + address + k * self.row.stride
            self.beats.append({"group": group, "to": group, "x": x, "weight_addr": weight})

    def starts(self, writing: int) -> None:
        """What is asked of the reader and of the writer, as a row begins."""
        f, words, ring = fields(self.row, False), parameter("ListWords"), 1 << parameter("ListW")
        if self.out("read_start"):
            assert self.row.op != "sweep" and not self.open and not self.beats
            assert self.out("read_input") == (self.row.op == "take" or self.row.input)
            if self.row.op == "sum":
                assert self.out("read_one") == self.row.one
                assert self.out("read_nothing") == (self.row.delay > self.step)
                then = (self.step - self.row.delay) * words
                assert self.out("read_at") == (then + self.row.list) % ring
            else:
                assert not writing, "a list is still being written"
            self.open = True
        stores = self.row.op == "take" or (self.row.op == "sweep" and f["store"])
        if self.out("write_start"):
            assert stores
            assert self.out("write_at") == (self.step * words + self.row.list) % ring
            self.writing = self.rng.choice((1, 20, 60))

    def beat(self) -> None:
        """Compare a beat, and hold it to what those before it still write."""
        is_sum, is_sweep = self.out("sum_valid"), self.out("sweep_valid")
        if not (is_sum or is_sweep):
            return
        assert not (is_sum and is_sweep) and self.beats, "a beat that nothing asks for"
        assert is_sum == (self.row.op == "sum")
        due = self.beats.pop(0)
        for name, value in due.items():
            assert self.out(name) == value, (name, self.out(name), value, self.row)
        reads_late = is_sum or due["add"]
        if is_sweep:
            assert self.now - self.written.get(due["group"], -9) >= 6, "before it was written"
            assert self.now not in self.second, "two read the sums at once"
            assert not (due["read"] and int(self.dut.hold_i.value))
            if due["sweep_first"] and self.row.fire:
                assert self.allowed, "spikes of before are still on their way"
                self.emits, self.busy = int(self.row.emit), self.rng.choice((1, 60))
                assert self.out("emit") == self.row.emit
                self.counts["fires"] += 1
            self.counts["reads"] += due["read"]
            self.counts["adds"] += due["add"]
        if reads_late:
            assert self.now - self.written.get(due["to"], -9) >= 4, "before it was written"
            self.second.add(self.now + 2)
        if is_sum or due["sweep_write"]:
            self.written[due["to"]] = self.now

    async def run(self, cycles: int | None) -> None:
        """Walk until all steps are done, or for some cycles."""
        dut, rng, given = self.dut, self.rng, None
        address_bits, value_bits = parameter("AddressW"), parameter("ValueW")
        left = 0  # events of this row
        word = 0
        for _ in range(cycles or 60_000):
            dut.run_i.value, dut.hold_i.value = int(rng.random() < 0.5), int(rng.random() < 0.3)
            dut.spikes_crowded_i.value = int(rng.random() < 0.3)
            dut.writing_i.value = int(self.writing > 0)
            dut.spikes_busy_i.value = int(self.busy > 0)
            if self.open and given is None and rng.random() < 0.7:
                given = rng.getrandbits(address_bits), rng.randrange(-8, 8)
                mask = (1 << value_bits) - 1
                word = (given[1] & mask) << address_bits | given[0]
                if left == 0:
                    word |= 1 << address_bits + value_bits
            dut.event_valid_i.value, dut.event_i.value = int(given is not None), word
            await settle()
            writing, busy, crowded = (
                int(getattr(dut, f"{name}_i").value)
                for name in ("writing", "spikes_busy", "spikes_crowded")
            )
            opens = self.open
            self.starts(writing)
            if self.open and not opens:
                left = rng.choice((0, 1, 7))
            self.beat()
            follows = self.emits == self.row.emit and not self.row.store and not crowded
            self.allowed = self.allowed or (not writing and (not busy or follows))
            taken = given is not None and self.out("event_ready")
            assert self.out("event_ready") <= opens
            ends = self.row.op == "sweep" and not self.beats
            if taken and given is not None:
                assert self.out("take") == (self.row.op == "take")
                if left == 0:
                    assert not self.beats or self.row.op == "sum"
                    ends = True
                elif self.row.op == "sum":
                    self.event(*given)
                left, given = left - 1, None
            between = self.out("between")
            self.busy, self.writing = max(0, self.busy - 1), max(0, self.writing - 1)
            if ends:
                self.next_row()
            else:
                assert not self.out("step")
            address = int(dut.row_addr_o.value) if self.out("row_next") else None
            assert not between or (self.at == 1 and not opens)
            await tick(dut)
            self.now += 1
            if address is not None:
                dut.row_i.value = packed(self.rows[address], address == len(self.rows) - 1)
            if self.step == STEPS:
                return
        assert cycles, f"stuck in row {self.at}: {self.row}"


@cocotb.test()
async def tables_are_walked_beat_by_beat(dut: Any) -> None:
    """Random tables, traced or not, with resets in the middle of steps."""
    rng = await begin(dut, **dict.fromkeys(INPUTS, 0))
    counts = dict.fromkeys(("events", "adds", "reads", "fires"), 0)
    for _ in range(12):
        trace = rng.randrange(2)
        walk = Walk(dut, rng, table(rng), trace)
        for cycles in (rng.randrange(5, 300), None):
            dut.trace_i.value, dut.event_valid_i.value = trace, 0
            await reset(dut)
            walk.restart()
            await walk.run(cycles)
        counts = {name: counts[name] + n for name, n in walk.counts.items()}
    assert min(counts.values()) > 100, counts
