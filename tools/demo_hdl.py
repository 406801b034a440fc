# SPDX-License-Identifier: Apache-2.0
"""``ranvier demo --target up5k``: from a trained model to a proved bitstream, on one page."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from ranvier.tools import demo_example
from ranvier.tools.build import Build
from ranvier.tools.families.fpga.compile import PAGE
from ranvier.tools.families.fpga.text import cells, power
from ranvier.tools.report.columns import columns
from ranvier.tools.report.lanes import lanes
from ranvier.tools.verbs.compile import compile
from ranvier.tools.verbs.progress import Progress
from ranvier.tools.verbs.quantize import Quantized
from ranvier.tools.verbs.verify import Verification, verify

TARGET = "up5k"


def demo(
    out: Path,
    say: Callable[[str], None],
    progress: Callable[[str], AbstractContextManager[Progress]],
) -> tuple[str, bool]:
    """Quantise the wearable example, make its bitstream, and simulate its core.

    Returns the page, and whether the core equals the golden model.

    Parameters
    ----------
    out
        The build directory.
    say, progress
        Where a person follows what happens.
    """
    say(f"1/3 {demo_example.QUANTISES}")
    quantized, test = demo_example.quantized()
    say("2/3 write its Verilog, synthesise it, place and route it, and pack the bitstream")
    build = compile(quantized.network, TARGET, out).build
    say("3/3 simulate that Verilog and compare every spike and state with the golden model")
    with progress("comparing") as shown:
        verified = verify(build, test, progress=shown)
    return _page(quantized, build, verified), verified.mismatches == 0


def _page(q: Quantized, build: Build, v: Verification) -> str:
    assert q.float_metric is not None
    assert q.fixed_metric is not None
    m = build.manifest
    place, cost, memory = m["place"], m["cost"], m["memory"]
    rows = [
        demo_example.network_row(q),
        ["accuracy", f"float {q.float_metric.value:.3f}, int8 golden model "
         f"{q.fixed_metric.value:.3f}"],
        ["bit-exact", f"{v.mismatches} mismatches in {v.compared['spikes']} spike slots "
         f"({v.spikes} spikes), {v.compared['states']} states and {v.compared['outputs']} outputs "
         f"({v.samples} recordings)"],
        [place["chip"], cells(place["cells"])],
        ["clock", f"{place['clock_hz'] / 1e6:g} MHz ({place['clock_source']}); up to "
         f"{place['fmax_hz'] / 1e6:.2f} MHz, by nextpnr's delays"],
        ["step", f"{cost['cycles_per_step_at_most']} cycles at most, "
         f"{1e6 * cost['seconds_per_step_at_most']:.4g} us; {lanes(m['core'])}"],
        ["memory", f"{memory['rom']} B begin full, {memory['ram']} B change"],
        *(["power" if k == 0 else "", f"{name}: {said} (estimate)"]
          for k, (name, said) in enumerate(power(m["power"]))),
        ["", f"not priced: {'; '.join(m['power']['not_priced'])}"],
        ["made by", place["tools"]],
        ["report", str(build.path / PAGE)],
        ["bitstream", f"{build.image} ({build.image.stat().st_size} B), never run on a chip"],
    ]  # fmt: skip
    verdict = "simulated core == golden model" if v.mismatches == 0 else "CORE DIFFERS"
    return f"\nranvier demo: {verdict}\n\n{columns(rows)}\n"
