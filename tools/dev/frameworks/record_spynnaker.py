# SPDX-License-Identifier: Apache-2.0
"""Record what sPyNNaker's own neuron kernel does on random inputs: `record_spynnaker.py WHEEL OUT`.

WHEEL is sPyNNaker 1!7.4.1 as pip downloads it (`pip download --no-deps`): its ARM image
IF_curr_exp.aplx is run, instruction by instruction, in Unicorn; nothing of it is installed or
copied. Runs in an environment of its own, made by make_environment.py from
spynnaker.txt. A case is
8 neurons without a rest potential or a refractory period and with a resistance of 1, in the chip's
own integers; the last one wraps.
"""

from __future__ import annotations

import math
import sys
import zipfile
from pathlib import Path

import numpy as np
from recording_chips import Arrays, record
from unicorn import UC_ARCH_ARM, UC_HOOK_CODE, UC_MODE_ARM, Uc
from unicorn import arm_const as arm

SEED = 1
STEPS = 120
NEURONS = 8
CASES = 6
IMAGE = "spynnaker/pyNN/model_binaries/IF_curr_exp.aplx"
# Of that image: what adds a ring buffer's sum, one range a sign, and the neuron's update.
ADD = ((0x29FC, 0x2A18), (0x29A8, 0x29C4))
UPDATE, FIRES, AFTER_RESET, DONE = 0x2540, 0x262C, 0x2568, 0x2590
# Where this puts the kernel's structures and stack.
NEURON, SYNAPSES, THRESHOLD, STACK = 0x401000, 0x401100, 0x401200, 0x404000
V, V_RESET, TIMER, REFRACTORY = 0x0, 0x18, 0x14, 0x1C


class Core:
    """The kernel over one neuron's state."""

    def __init__(self, code: bytes) -> None:
        self.cpu = Uc(UC_ARCH_ARM, UC_MODE_ARM)
        self.cpu.mem_map(0, 0x10000)
        self.cpu.mem_write(0, code)
        self.cpu.mem_map(0x400000, 0x10000)
        self.fired = False
        self.cpu.hook_add(UC_HOOK_CODE, self._watch)

    def write(self, address: int, *words: int) -> None:
        """Write 32-bit words."""
        for k, word in enumerate(words):
            self.cpu.mem_write(address + 4 * k, (word & 0xFFFFFFFF).to_bytes(4, "little"))

    def read(self, address: int) -> int:
        """Read a signed word."""
        return int.from_bytes(self.cpu.mem_read(address, 4), "little", signed=True)

    def step(self, rings: tuple[int, int]) -> tuple[int, int, int, int]:
        """Add both ring buffers and advance; return E of both signs, V, and whether it fired."""
        for k, ring in enumerate(rings):
            if ring:
                self.cpu.reg_write(arm.UC_ARM_REG_R0, SYNAPSES)
                self.cpu.reg_write(arm.UC_ARM_REG_R2, ring & 0xFFFFFFFF)
                self.cpu.emu_start(*ADD[k])
        exciting, inhibiting = self.read(SYNAPSES + 8), self.read(SYNAPSES + 20)
        self.write(STACK, *([0] * 16))
        self.write(STACK + 12, inhibiting, THRESHOLD)
        for register, value in (
            (arm.UC_ARM_REG_R8, NEURON),
            (arm.UC_ARM_REG_R6, SYNAPSES),
            (arm.UC_ARM_REG_R5, exciting & 0xFFFFFFFF),
            (arm.UC_ARM_REG_R7, 0),
            (arm.UC_ARM_REG_FP, 1),
            (arm.UC_ARM_REG_SP, STACK),
        ):
            self.cpu.reg_write(register, value)
        self.fired = False
        self.cpu.emu_start(UPDATE, 0x10000)
        if self.fired:  # the branch that records and sends also does this
            self.write(NEURON + V, self.read(NEURON + V_RESET))
            self.write(NEURON + TIMER, self.read(NEURON + REFRACTORY))
            self.cpu.emu_start(AFTER_RESET, 0x10000)
        self.write(SYNAPSES + 8, self.cpu.reg_read(arm.UC_ARM_REG_R5))
        self.write(SYNAPSES + 20, self.cpu.reg_read(arm.UC_ARM_REG_R4))
        return exciting, inhibiting, self.read(NEURON + V), int(self.fired)

    def _watch(self, cpu: Uc, address: int, _: int, __: object) -> None:
        if address == FIRES:
            self.fired = True
        if address in (FIRES, DONE):
            cpu.emu_stop()


def draw(case: int) -> Arrays:
    """Return the parameters of a case, by neuron, and what arrives, (steps, neurons, signs)."""
    rng = np.random.default_rng([SEED, case])
    loud = case == CASES - 1
    shift = 13 if loud else int(rng.integers(0, 6))
    decay = rng.integers(40000 if loud else 100, 65536, (NEURONS, 2))
    tau = -1 / np.log(decay / 2**16)
    size = rng.integers(1, 65536 if loud else 9000, (STEPS, NEURONS, 2))
    events = rng.poisson(1.5, (STEPS, NEURONS, 2)) * (rng.random((STEPS, NEURONS, 2)) < 0.5)
    reach = 5 << 15
    return {
        "x": np.minimum(size * events, 2**17),
        "shift": np.array([shift]),
        "decay": decay,
        "init": np.array([[int(t * -math.expm1(-1 / t) * 2**32) for t in row] for row in tau]),
        "keeps": rng.integers(0, 2**15, NEURONS),
        "offset": rng.integers(-reach // 8, reach // 4, NEURONS),
        "reset": rng.integers(-reach, 1, NEURONS),
        "threshold": rng.integers(reach // 8, reach, NEURONS),
    }


def run(code: bytes, p: Arrays) -> Arrays:
    """Run the kernel; return E, V and spikes, (steps, neurons)."""
    found = {k: np.zeros((STEPS, NEURONS), np.int64) for k in ("e", "i", "v", "s")}
    for n in range(NEURONS):
        core = Core(code)
        numbers = {k: p[k][n].tolist() for k in ("decay", "init", "keeps", "offset", "reset")}
        decay = [d << 16 for d in numbers["decay"]]
        resistance, rest = 1 << 15, 0
        core.write(NEURON, 0, rest, resistance, numbers["keeps"], numbers["offset"], 0,
                   numbers["reset"], 0)  # fmt: skip
        core.write(SYNAPSES, decay[0], numbers["init"][0], 0, decay[1], numbers["init"][1], 0)
        core.write(THRESHOLD, int(p["threshold"][n]))
        for t in range(STEPS):
            rings = [min(int(x), 65535) << int(p["shift"][0]) for x in p["x"][t, n]]
            row = core.step((rings[0], rings[1]))
            for k, value in zip(("e", "i", "v", "s"), row, strict=True):
                found[k][t, n] = value
    return found


def main(wheel: Path, out: Path) -> None:
    """Record the image in a wheel."""
    image = zipfile.ZipFile(wheel).read(IMAGE)
    # The image's first table entry copies its code, which follows the table, to address 0.
    size = int.from_bytes(image[12:16], "little")
    code = image[0x40 : 0x40 + size]
    record(out, CASES, draw, lambda parameters: run(code, parameters))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
