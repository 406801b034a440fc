# SPDX-License-Identifier: Apache-2.0
"""cocotb bench of rv_datapath: sums, thresholds and sweeps of all kinds, against whole numbers."""

import random
from typing import Any

import cocotb
import numpy as np
from numpy.typing import NDArray
from tests.hdl.clocked import begin, parameter, reset, settle, signed, tick

DRAIN = 8  # cycles after which all is written
FLAGS = ("clear", "add", "fire", "read", "strict", "subtract", "bare", "round")
INPUTS = ("sum_valid_i", "sweep_valid_i", "sweep_first_i", "sweep_last_i", "sweep_write_i",
          "group_i", "to_i", "weights_i", "x_i", *(f"{name}_i" for name in FLAGS), "factor_i",
          "threshold_we_i", "load_addr_i", "load_i")  # fmt: skip
Ints = NDArray[np.int64]


class Bench:
    """Drives beats, keeps the sums that they should leave, and compares what comes in stage 3."""

    def __init__(self, dut: Any, rng: random.Random) -> None:
        self.dut, self.rng = dut, rng
        self.all, self.fold, self.shifts = (parameter(n) for n in ("Lanes", "Fold", "Shifts"))
        self.lanes, self.groups = self.all // self.fold, parameter("Groups")
        self.adds = self.fold > 1 or self.shifts > 0
        self.weight, self.state = parameter("WeightW"), parameter("StateW")
        self.frac, self.reach = parameter("Frac"), 1 << (parameter("SumW") - 1)
        self.sums = np.zeros((self.groups, self.lanes), np.int64)
        self.threshold = np.zeros_like(self.sums)
        self.due: list[tuple[int, str, Any]] = []  # cycle, output, value
        self.now, self.later = 0, 0  # weights come a cycle after their event
        self.counts = dict.fromkeys(("spikes", "read", "saturated"), 0)

    def put(self, **values: int) -> None:
        for name, value in values.items():
            port = getattr(self.dut, f"{name}_i")
            port.value = value & ((1 << len(port)) - 1)

    async def cycle(self, weights: int = 0) -> None:
        """Compare what is due in this cycle, and let it pass."""
        self.put(weights=self.later)
        self.later = weights
        await settle()
        seen = {name: value for at, name, value in self.due if at == self.now}
        for name in ("spikes_valid", "read_valid", "after_valid"):
            assert int(getattr(self.dut, f"{name}_o").value) == (name in seen), (name, seen)
        if "spikes_valid" in seen:
            got = int(self.dut.spikes_o.value), int(self.dut.spikes_last_o.value)
            assert got == seen["spikes_valid"]
        for name in ("read_valid", "after_valid"):
            if name in seen:
                word, bits = int(self.dut.after_o.value), self.state
                assert [signed(word >> k * bits & (1 << bits) - 1, bits)
                        for k in range(self.lanes)] == seen[name].tolist(), name  # fmt: skip
        self.due = [d for d in self.due if d[0] > self.now]
        self.now += 1
        await tick(self.dut)
        self.put(sum_valid=0, sweep_valid=0, threshold_we=0)

    async def drain(self) -> None:
        for _ in range(DRAIN):
            await self.cycle()
        assert not self.due

    async def load(self) -> None:
        """Write all thresholds, in words of 16 bits."""
        high = 1 << (self.state - 1)
        for g in range(self.groups):
            row = [self.rng.choice((0, -300, 300, self.rng.randrange(-high, high)))
                   for _ in range(self.lanes)]  # fmt: skip
            self.threshold[g] = row
            word = sum((v & 2 * high - 1) << k * self.state for k, v in enumerate(row))
            for part in range(len(self.dut.threshold_we_i)):
                self.put(threshold_we=1 << part, load_addr=g, load=word >> 16 * part & 0xFFFF)
                await self.cycle()

    async def event(self, base: int, groups: int) -> None:
        """An event that reaches rows of as many sums as there are lanes, a beat each."""
        high = 1 << (self.weight - 1)
        x = self.rng.choice((1, 1, -3, self.rng.randrange(-2000, 2000)))
        if self.adds:
            x = 1 << self.rng.choice([k for k in range(self.state) if parameter("Lefts") >> k & 1])
        w = np.array([[self.rng.randrange(-high, high) for _ in range(self.all)]
                      for _ in range(groups)])  # fmt: skip
        rows = self.sums.reshape(-1, self.all)[base : base + groups]
        if np.abs(rows + x * w).max() >= self.reach:
            return
        rows += x * w
        for k, row in enumerate(w.tolist()):
            self.put(sum_valid=1, group=base + k, to=base + k, x=x)
            await self.cycle(sum((v & 2 * high - 1) << j * self.weight for j, v in enumerate(row)))
        for _ in range(4 - groups):  # its sums are read again after they were written
            await self.cycle()

    def factor(self, low: int, high: int) -> int:
        """Return any factor of a range, or one that is a shift."""
        if not self.shifts:
            return self.rng.randrange(low, high)
        powers = [1 << k for k in range(16) if self.shifts >> k & 1]
        return self.rng.choice([f for p in powers for f in (-p, 0, p) if low <= f < high])

    async def sweep(self, base: int, to: int, groups: int, factor: int, **flags: int) -> None:
        """A sweep: of several beats a group where states are read, by twos where they are added."""
        f = dict.fromkeys(FLAGS, 0) | flags
        beats = self.lanes if f["read"] else 1
        self.put(**f, factor=factor)
        held = self.sums.copy()
        for k in range(groups):
            v = self.limited(held[base + k]) * (not f["clear"])
            threshold = self.threshold[to + k]
            fired = ((v > threshold) if f["strict"] else (v >= threshold)) & (f["fire"] > 0)
            reset_to = v - threshold if f["subtract"] else parameter("ResetValue")
            after = np.where(fired, reset_to, v)
            self.counts["spikes"] += int(fired.sum())
            if f["add"]:
                self.sums[to + k] += after * factor
            else:
                whole = 0 if f["bare"] else after << 16
                self.sums[to + k] = (
                    (whole + after * factor + 0xFFFF * f["round"]) >> 16 << (self.frac)
                )
            for beat in range(beats):
                last = beat == beats - 1
                while f["read"] and self.rng.random() < 0.3:
                    await self.cycle()
                self.put(sweep_valid=1, sweep_first=k == beat == 0, sweep_last=k == groups - 1,
                         sweep_write=last, group=base + k, to=to + k)  # fmt: skip
                at = self.now + 3
                if f["fire"] and last:
                    word = sum(int(s) << j for j, s in enumerate(fired))
                    self.due.append((at, "spikes_valid", (word, int(k == groups - 1))))
                if f["read"]:
                    self.due.append((at, "read_valid", after))
                    self.counts["read"] += 1
                if last and not f["add"] and not f["clear"]:
                    self.due.append((at, "after_valid", after))
                await self.cycle()
            if f["add"] and k % 2:
                await self.cycle()
                await self.cycle()
        await self.drain()

    def limited(self, row: Ints) -> Ints:
        """Return membranes of sums."""
        top = 1 << (self.state - 1)
        units = row >> self.frac
        self.counts["saturated"] += int((np.abs(units) > top).sum())
        return np.asarray(np.clip(units, -top, top - 1), np.int64)


@cocotb.test()
async def sums_and_states_are_those_of_whole_numbers(dut: Any) -> None:
    """Events, sweeps that fire, hand on, decay, scale and add up; resets in the middle of any."""
    rng = await begin(dut, **dict.fromkeys(INPUTS, 0))
    b = Bench(dut, rng)
    await b.load()
    for k in range(220):
        if k % 40 == 0:
            dut.sum_valid_i.value = 1  # on its way when the reset comes
            await tick(dut)
            dut.sum_valid_i.value = 0
            await reset(dut)
            b.due, b.sums = [], b.sums * 0
            await b.sweep(0, 0, b.groups, 0, clear=1, bare=1)
        groups = rng.randrange(1, b.groups // 2 + 1)
        base, to = rng.randrange(b.groups // 2), b.groups // 2
        rows = base // b.fold, max(1, groups // b.fold)
        for _ in range(rng.choice((0, 1, 5, 40))):
            await b.event(rows[0], min(rows[1], b.groups // b.fold - rows[0]))
        await b.drain()
        groups, kind = min(groups, b.groups // 2 - base or 1), rng.randrange(4)
        if kind == 0:
            where = rng.choice((base, to))
            await b.sweep(base, where, groups, b.factor(-32768, 32768),
                          bare=1, round=rng.randrange(2))  # fmt: skip
        elif kind == 1 and np.abs(b.sums).max() < b.reach // 4:
            times = rng.choice((1, 2) if b.shifts else (1, 3))
            await b.sweep(base, to, groups, times << b.frac, add=1)
        else:
            fire, strict = rng.randrange(2), rng.randrange(2) * parameter("Strict")
            # what is subtracted isn't negative, and so stays a state
            whole = (b.threshold[base : base + groups] >= 0).all()
            await b.sweep(base, base, groups, b.factor(-32768, 1), round=rng.randrange(2),
                          fire=fire, read=1 - fire, strict=strict,
                          subtract=int(whole) * rng.randrange(2))  # fmt: skip
    assert min(b.counts.values()) > 50, b.counts
