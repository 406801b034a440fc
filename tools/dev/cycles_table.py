# SPDX-License-Identifier: Apache-2.0
"""Cycles an instruction of a step: executed instructions, each at its core's documented timing.

``python tools/dev/cycles_table.py`` prints what targets/mcu/cycles.toml is set from. Counts are
QEMU's, the timings those of Arm's manuals for memory that is never waited for:

* Cortex-M0: DDI 0432C, table 3-1 (with the multiplier of one cycle)
* Cortex-M0+: DDI 0484C, table 3-1 (likewise)
* Cortex-M3: DDI 0337I, table 3-1; Cortex-M4: DDI 0439D, table 3-1; loads and stores take one cycle
  where they follow each other and two alone, a refilled pipeline one to three

The upper figure has every conditional branch taken, the lower one none.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from ranvier.ir import Network
from ranvier.tools.build import Build
from ranvier.tools.dev.icount.nets import layers, spikes
from ranvier.tools.dev.icount.profile import counted
from ranvier.tools.verbs import prepare
from ranvier.tools.verbs.batches import steps_of
from ranvier.tools.verbs.compile import compile

Range = tuple[int, int]
STEPS = 40
BOARDS = {
    "qemu-microbit": ("cortex-m0", "cortex-m0plus"),
    "qemu-mps2-an385": ("cortex-m3",),
    "qemu-mps2-an386": ("cortex-m4",),
}
# core: what a taken branch, a call and a return by POP take; the latter beside one a register.
_SMALL = {"cortex-m0": (3, 4, 4), "cortex-m0plus": (2, 3, 3)}
_CONDITIONAL = re.compile(r"b(eq|ne|cs|cc|mi|pl|vs|vc|hi|ls|ge|lt|gt|le)")
_SLOW_ON_M3 = {"mla": (2, 2), "mls": (2, 2), "smull": (3, 5), "umull": (3, 5), "smlal": (4, 7),
               "umlal": (4, 7)}  # fmt: skip


def timing(core: str, mnemonic: str, operands: str) -> Range:
    """Return the least and the most cycles of an instruction."""
    name = mnemonic.split(".")[0]
    small = _SMALL.get(core)
    if name in ("push", "pop") or name.startswith(("ldm", "stm")):
        n = _registers(operands)
        if "pc" not in operands:
            return 1 + n, 1 + n
        return (small[2] + n, small[2] + n) if small else (2 + n, 4 + n)
    if name.startswith(("ldr", "str")):
        return (2, 2) if small else (2, 3) if name.endswith("d") else (1, 2)
    if name in ("b", "bx", "blx", "bl"):
        taken = small[name == "bl"] if small else 0
        return (taken, taken) if small else (2, 4)
    if _CONDITIONAL.fullmatch(name) or name in ("cbz", "cbnz"):
        return 1, small[0] if small else 4
    if name in ("udiv", "sdiv"):
        return 2, 12
    return _SLOW_ON_M3.get(name, (1, 1)) if core == "cortex-m3" else (1, 1)


def _registers(operands: str) -> int:
    """Return how many registers a list such as ``{r4, r6-r8, lr}`` names."""
    found = 0
    for part in operands[operands.index("{") + 1 : operands.index("}")].split(","):
        ends = [int(r.strip()[1:]) for r in part.split("-")] if "-" in part else [0, 0]
        found += ends[1] - ends[0] + 1
    return found


def cycles(build: Build, raw: np.ndarray, cores: tuple[str, ...]) -> dict[str, tuple[float, ...]]:
    """Return for each core: cycles an instruction, least and most, and the most of a kernel."""
    calls = build.manifest["cost"]["instructions_of_calls"]
    names = {c["kernel"] for c in calls} | {f"{build.network.name}_step"}
    argv = [build.board.compiler.removesuffix("gcc") + "objdump", "-d", "--no-show-raw-insn"]
    text = subprocess.run([*argv, str(build.image)], capture_output=True, text=True, check=True)
    code: dict[str, tuple[str, str, str]] = {}
    function = ""
    for line in text.stdout.splitlines():
        if head := re.match(r"[0-9a-f]+ <([^.>]*).*>:", line):
            function = head[1] if head[1] in names else ""
        found = re.match(r"\s+([0-9a-f]+):\t([a-z][\w.]*)\s*(.*)", line)
        if found and function:
            code[found[1]] = (function, found[2], found[3])
    counts = counted(build, raw, "".join(f"{at} 2 {at}\n" for at in code))
    result: dict[str, tuple[float, ...]] = {}
    for core in cores:
        sums = {name: np.zeros(3) for name in names}
        for at, count in counts.items():
            if at in code:
                name, mnemonic, operands = code[at]
                sums[name] += count * np.array([1, *timing(core, mnemonic, operands)])
        total = np.sum(list(sums.values()), axis=0)
        heavy = [s[2] / s[0] for s in sums.values() if s[0] > total[0] / 50]
        result[core] = (total[1] / total[0], total[2] / total[0], max(heavy))
    return result


def main() -> None:
    """Print a line for each core and network."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    from tests.networks import data, network  # the shared cases

    jobs: list[tuple[str, Network, np.ndarray]] = []
    for name in ("motion", "d06", "d07", "d05_direction"):
        net = network(name)
        recording = prepare.checked(net, data(name)[1].first(1))
        steps = steps_of(net, recording)
        raw = np.concatenate([part for _, part, _ in prepare.raw_batches(net, recording)])
        raw = raw.reshape(1, steps, -1, net.encoding.channels)[:, :STEPS]
        jobs.append((name, net, raw.astype(net.encoding.raw)))
    jobs.append(("64-64-8", layers(64, 64, 8), spikes(100, 64, 0.05)[None, :, None]))
    for board, cores in BOARDS.items():
        for name, net, raw in jobs:
            with tempfile.TemporaryDirectory() as folder:
                build = compile(net, board, Path(folder) / "b").build
                for core, (low, high, kernel) in cycles(build, raw, cores).items():
                    sys.stdout.write(f"{core:14} {name:14} {low:.2f} to {high:.2f}, a kernel at")
                    sys.stdout.write(f" most {kernel:.2f}\n")


if __name__ == "__main__":
    main()
