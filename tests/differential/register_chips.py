# SPDX-License-Identifier: Apache-2.0
"""The registers that boards use, played for their C: time, a serial line, an alarm, NVIC and WFI.

Addresses and bits are restated from the documents that docs/boards.md names, not read from the C.
"""

import ctypes
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.link_build import FIRMWARE, HOST_C, UNDEFINED, compile_c

from ranvier.targets.mcu.board import board

HERE = Path(__file__).parent / "registers"
ONES = 0xFFFFFFFF
MASK, UNMASK, SLEEP, SYNC = range(4)
READ = ctypes.CFUNCTYPE(ctypes.c_uint32, ctypes.c_uint32)
WRITE = ctypes.CFUNCTYPE(None, ctypes.c_uint32, ctypes.c_uint32)
CORE = ctypes.CFUNCTYPE(None, ctypes.c_int32)
OF_THE_CORE = {
    "rv_fault.c", "rv_startup.c", "rv_seal.c", "rv_deadline.c", "rv_vectors.c", "rv_mem.c",
    "rv_main.c", "rv_boot2.c", "rv_image_def.c",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Map:
    """Where one chip has what; `hz` of the counter, `each` ticks of the board are one of it."""

    serial_irq: int
    wake_irq: int
    counter: int  # address that reads as the counter
    alarm: int
    alarm_flag: int  # address of the alarm's flag
    received: int  # address that says whether a byte waits
    data: int
    sent: int  # address of what is sent
    pin_high: tuple[int, int]  # address and value that set the safe pin
    pin_low: tuple[int, int]
    pin_output: int  # address that makes it an output
    is_safe_high: bool
    watchdog: range
    watchdog_start: tuple[tuple[int, int], ...]  # for a second; None: see the test
    watchdog_kick: tuple[int, int]
    reset_reason: tuple[tuple[int, int], ...]  # what reads so after the watchdog has bitten
    ones_clear: int = 0  # address whose bits go when ones are written to them
    clears_by_ones: bool = False  # the alarm's flag, which the C never reads
    each: int = 1
    selected: tuple[int, ...] = ()  # tell by a bit which source the word two before them chose
    ready: dict[int, Callable[[int], int]] = field(default_factory=dict)


def _always(value: int) -> Callable[[int], int]:
    return lambda _: value


def _with(bits: int) -> Callable[[int], int]:
    return lambda written: written | bits


def _nrf_dog(base: int) -> dict[str, Any]:
    # CONFIG SLEEP; CRV of 1 s and 32 periods more; RREN RR0; TASKS_START; RR[0].
    start = ((base + 0x50C, 1), (base + 0x504, 32799), (base + 0x508, 1), (base, 1),
             (base + 0x600, 0x6E524635))  # fmt: skip
    return {"watchdog": range(base, base + 0x700), "watchdog_start": start,
            "watchdog_kick": (base + 0x600, 0x6E524635)}  # fmt: skip


def _stm_dog() -> dict[str, Any]:
    at = 0x40003000
    # KR starts and unlocks, PR /16, RLR of 17/16 s at 32 kHz, KR reloads.
    start = ((at, 0xCCCC), (at, 0x5555), (at + 4, 2), (at + 8, 2126), (at, 0xAAAA))
    return {"watchdog": range(at, at + 0x14), "watchdog_start": start,
            "watchdog_kick": (at, 0xAAAA)}  # fmt: skip


def _rp_dog(base: int, psm: int, blocks: int, load: int) -> dict[str, Any]:
    # CTRL off, SCRATCH0, PSM WDSEL, LOAD, CTRL ENABLE with its three PAUSE bits.
    start = ((base, 0x07000000), (base + 0xC, 0x57A7C4D6), (psm + 8, blocks), (base + 4, load),
             (base, 0x47000000))  # fmt: skip
    return {"watchdog": range(base, base + 0x2C), "watchdog_start": start,
            "watchdog_kick": (base + 4, load),
            "reset_reason": ((base + 8, 1), (base + 0xC, 0x57A7C4D6))}  # fmt: skip


def _rp_ready(resets: int, xosc: int, pll: int) -> dict[int, Callable[[int], int]]:
    return {resets + 8: _always(ONES), xosc + 4: _always(1 << 31), pll: _with(1 << 31)}


MAPS: dict[str, Map] = {
    "nrf52840dk": Map(
        serial_irq=2, wake_irq=8, counter=0x40008540, alarm=0x40008544, alarm_flag=0x40008144,
        received=0x40002108, data=0x40002518, sent=0x4000251C,
        pin_high=(0x50000508, 1 << 13), pin_low=(0x5000050C, 1 << 13), pin_output=0x50000518,
        is_safe_high=True, reset_reason=((0x40000400, 2),), ones_clear=0x40000400,
        ready={0x40000100: _always(1), 0x4000211C: _always(1)}, **_nrf_dog(0x40010000),
    ),
    "nrf54l15dk": Map(
        serial_irq=198, wake_irq=202, counter=0x500CA540, alarm=0x500CA544, alarm_flag=0x500CA144,
        received=0x500C614C, data=0, sent=0,
        pin_high=(0x500D8204, 1 << 10), pin_low=(0x500D8208, 1 << 10), pin_output=0x500D8214,
        is_safe_high=False, reset_reason=((0x5010E600, 4),), ones_clear=0x5010E600,
        ready={0x5010E100: _always(1), 0x50120804: _always(1), 0x00FFC400: _always(ONES),
               0x500C6168: _always(1)}, **_nrf_dog(0x50109000),
    ),
    "nucleo-l432kc": Map(
        serial_irq=38, wake_irq=28, counter=0x40000024, alarm=0x40000034, alarm_flag=0x40000010,
        received=0x4000441C, data=0x40004424, sent=0x40004428,
        pin_high=(0x48000418, 1 << 3), pin_low=(0x48000418, 1 << 19), pin_output=0x48000400,
        is_safe_high=False, reset_reason=((0x40021094, 1 << 29),),
        ready={0x40021000: _with(1 << 10 | 1 << 25), 0x40021008: lambda w: w | (w & 3) << 2},
        **_stm_dog(),
    ),
    "nucleo-u575zi": Map(
        serial_irq=61, wake_irq=45, counter=0x40000024, alarm=0x40000034, alarm_flag=0x40000010,
        received=0x4001381C, data=0x40013824, sent=0x40013828,
        pin_high=(0x42020818, 1 << 7), pin_low=(0x42020818, 1 << 23), pin_output=0x42020800,
        is_safe_high=False, reset_reason=((0x46020CF4, 1 << 29),),
        ready={0x46020C00: _with(1 << 10 | 1 << 25), 0x46020C1C: lambda w: w | (w & 3) << 2,
               0x4602080C: _with(1 << 14 | 1 << 15)}, **_stm_dog(),
    ),
    "pico": Map(
        serial_irq=20, wake_irq=0, counter=0x40054028, alarm=0x40054010, alarm_flag=0x40054034,
        received=0x40034018, data=0x40034000, sent=0x40034000, each=125,
        pin_high=(0xD0000014, 1 << 25), pin_low=(0xD0000018, 1 << 25), pin_output=0xD0000024,
        is_safe_high=False, clears_by_ones=True,
        ready=_rp_ready(0x4000C000, 0x40024000, 0x40028000),
        selected=(0x40008038, 0x40008044),
        **_rp_dog(0x40058000, 0x40010000, 0x1FFFC, 2000002),
    ),
    "pico2": Map(
        serial_irq=33, wake_irq=0, counter=0x400B0028, alarm=0x400B0010, alarm_flag=0x400B003C,
        received=0x40070018, data=0x40070000, sent=0x40070000,
        pin_high=(0xD0000018, 1 << 25), pin_low=(0xD0000020, 1 << 25), pin_output=0xD0000038,
        is_safe_high=False, clears_by_ones=True,
        ready=_rp_ready(0x40020000, 0x40048000, 0x40050000),
        selected=(0x40010038, 0x40010044),
        **_rp_dog(0x400D8000, 0x40018000, 0x1FFFFF3, 1000001),
    ),
}  # fmt: skip


def build(name: str, folder: Path, *more: str) -> Path:
    """Return the board's C as a library whose registers are watched; `more`: flags of a user's."""
    where = board(name)
    sources = [HERE / "watch.c", FIRMWARE / "src/rv_board_default.c"]
    for pattern in where.sources:
        sources += [p for p in sorted(FIRMWARE.glob(pattern)) if p.name not in OF_THE_CORE]
    flags = [f for f in where.flags if f.startswith(("-D", "-I"))]
    command = (*HOST_C, "-Wno-pointer-to-int-cast", "-shared", "-fPIC", *UNDEFINED)
    return compile_c(command, sources, folder / f"{name}.so", "-iquote", str(HERE), *flags, *more)


@dataclass(slots=True)
class Chip:
    """One board's C and the chip around it; `writes` is the log, `errors` what must not happen."""

    map: Map
    lib: ctypes.CDLL
    now: int = 1000
    memory: dict[int, int] = field(default_factory=dict)
    writes: list[tuple[int, int]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    line: list[tuple[int, int]] = field(default_factory=list)  # when a byte comes, and which
    fifo: list[int] = field(default_factory=list)
    out: bytearray = field(default_factory=bytearray)
    enabled: set[int] = field(default_factory=set)
    is_masked: bool = False
    is_in_handler: bool = False
    is_reached: bool = False
    n_sleeps: int = 0
    is_stopped: bool = False
    hooks: tuple[object, ...] = ()

    def __post_init__(self) -> None:
        self.hooks = (READ(self.read), WRITE(self.write), CORE(self.core))
        self.lib.watch_start(*self.hooks)
        self.lib.rv_board_ticks.restype = ctypes.c_uint32
        self.lib.rv_board_wait.restype = ctypes.c_bool

    def pending(self) -> set[int]:
        """Return the enabled interrupts that are pending."""
        found = {self.map.serial_irq} if self.fifo else set()
        if self.is_reached:
            found.add(self.map.wake_irq)
        return found & self.enabled

    def pass_time(self, ticks: int = 3) -> None:
        """Let time go by, and what comes with it."""
        target = self.memory.get(self.map.alarm)
        if target is not None and 0 < (target - self.now) & ONES <= ticks:
            self.is_reached = True
        self.now += ticks
        while self.line and self.line[0][0] <= self.now:
            self.fifo.append(self.line.pop(0)[1])
        if self.pending() and not self.is_masked and not self.is_in_handler:
            self.handle()

    def handle(self) -> None:
        """Enter the handler, as the core does."""
        if self.map.serial_irq not in self.pending():
            self.errors.append("the alarm's interrupt was taken: it has no handler")
            self.is_reached = False
            return
        self.is_in_handler = True
        self.lib.rv_serial_irq()
        self.lib.watch_settle()
        self.is_in_handler = False

    def read(self, at: int) -> int:
        """Answer a load; the one before a store as well."""
        self.pass_time()
        m = self.map
        if at == m.counter:
            return self.now & ONES
        if at == m.alarm_flag:
            return 0 if m.clears_by_ones else 2 * self.is_reached
        if at == m.received:
            return self.has_byte()
        if at == m.data:
            return self.fifo.pop(0) if self.fifo and self.is_in_handler else 0
        if at in m.selected:
            return 1 << (self.memory.get(at - 8, 0) & 3)
        return m.ready.get(at, _with(0))(self.memory.get(at, 0))

    def has_byte(self) -> int:
        """Return what says that a byte waits, the other way round on a PL011."""
        if self.map.received & 0xFFF == 0x018:
            return 0 if self.fifo else 1 << 4
        if self.map.received & 0xFF == 0x1C:
            return (1 << 5 if self.fifo else 0) | 1 << 7
        if self.fifo and not self.map.data:  # by DMA, to where RX.PTR says
            low = self.memory[0x500C6704]
            high = ctypes.cast(self.lib.rv_serial_irq, ctypes.c_void_p).value or 0
            ctypes.memset(high & ~ONES | low, self.fifo[0], 1)
        return int(bool(self.fifo))

    def write(self, at: int, value: int) -> None:
        """Take a store."""
        m = self.map
        self.writes.append((at, value))
        if at >> 12 == 0xE000E:
            bits = {32 * (at % 0x80 // 4) + k for k in range(32) if value >> k & 1}
            if at & 0xF80 == 0x100:
                self.enabled |= bits
            elif at & 0xF80 == 0x180:
                self.enabled -= bits
        elif at == m.alarm_flag:
            self.is_reached = False
        elif at == m.received:
            if not m.data:
                self.fifo.pop(0)
        elif at == m.sent:
            self.out.append(value & 0xFF)
        elif at == 0x500C6050 and not m.data:
            self.out.append(0)
        elif at == m.ones_clear:
            self.memory[at] = self.memory.get(at, 0) & ~value
        elif at != m.data and at not in TASKS:
            self.memory[at] = value

    def core(self, what: int) -> None:
        """Do what the core's instruction does."""
        self.pass_time()
        if what in (MASK, UNMASK):
            self.is_masked = what == MASK
            self.pass_time(1)
        if what != SLEEP or self.is_stopped:
            return
        self.n_sleeps += 1
        if not self.is_masked:
            self.errors.append("it slept with interrupts let through")
        if self.pending():
            return
        alarm = self.memory.get(self.map.alarm)
        events = [t for t, _ in self.line[:1] if self.map.serial_irq in self.enabled]
        if alarm is not None and self.map.wake_irq in self.enabled:
            events.append(self.now + ((alarm - self.now) & ONES))
        if not events:
            self.errors.append("it sleeps for ever")
            self.line = [(self.now, 0)]
            return
        self.pass_time(max(min(events) - self.now, 1))


# Written to do something: reading them back says nothing.
TASKS = {
    0x40008040, 0x500CA040, 0x40010000, 0x50109000, 0x40010600, 0x50109600, 0x40003000, 0x40058004,
    0x400D8004, 0x48000418, 0x42020818, 0x50000508, 0x5000050C, 0x500D8204, 0x500D8208, 0xD0000014,
    0xD0000018, 0xD0000020, 0x40054020, 0x400B0020,
}  # fmt: skip
