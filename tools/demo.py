# SPDX-License-Identifier: Apache-2.0
"""``ranvier demo``: from a trained model to a proved image, on one page."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from ranvier.energy.active import Estimate, step_energy
from ranvier.energy.coefficients import core
from ranvier.tools import demo_example
from ranvier.tools.build import Build
from ranvier.tools.report.columns import columns
from ranvier.tools.verbs.compile import compile
from ranvier.tools.verbs.progress import Progress
from ranvier.tools.verbs.quantize import Quantized
from ranvier.tools.verbs.run import Run, run
from ranvier.tools.verbs.verify import Verification, verify

TARGET = "qemu-mps2-an386"


def demo(
    out: Path,
    say: Callable[[str], None],
    progress: Callable[[str], AbstractContextManager[Progress]],
) -> tuple[str, bool]:
    """Quantise, compile, boot, stream and verify the wearable example.

    Returns the page, and whether the device equals the golden model.

    Parameters
    ----------
    out
        The build directory.
    say, progress
        Where a person follows what happens.
    """
    say(f"1/4 {demo_example.QUANTISES}")
    quantized, test = demo_example.quantized()
    say("2/4 compile it to C and build the firmware image")
    build = compile(quantized.network, TARGET, out).build
    say("3/4 boot the image in QEMU and stream raw samples over the serial link")
    with progress("decoding") as shown:
        decoded = run(build, test, progress=shown)
    say("4/4 compare every spike and state with the golden model")
    with progress("comparing") as shown:
        verified = verify(build, test, progress=shown)
    return _page(quantized, build, decoded, verified), verified.mismatches == 0


def _page(q: Quantized, build: Build, r: Run, v: Verification) -> str:
    assert q.float_metric is not None
    assert q.fixed_metric is not None
    assert r.metric is not None
    assert r.instructions is not None
    memory = build.manifest["memory"]
    energy = step_energy(r.instructions["mean"], core(build.board.core))
    rows = [
        demo_example.network_row(q),
        ["accuracy", f"float {q.float_metric.value:.3f}, int8 golden model "
         f"{q.fixed_metric.value:.3f}, device {r.metric.value:.3f} ({r.samples} recordings)"],
        ["bit-exact", f"{v.mismatches} mismatches in {v.compared['spikes']} spike slots "
         f"({v.spikes} spikes) and {v.compared['states']} states"],
        ["memory", f"ROM {memory['rom']} B, RAM {memory['ram']} B, stack {r.stack_used} B used, "
         f"{memory['stack']} B at most"],
        ["instructions", f"{r.instructions['mean']:.0f} a step (from {r.instructions['min']:.0f} "
         f"to {r.instructions['max']:.0f}); counted, not cycles"],
        ["energy", _energy(energy)],
        ["", f"active core only, if it were an {energy.part}"],
        ["", f"not priced: {'; '.join(energy.not_priced)}"],
        ["build", f"{build.path} ({build.board.describes})"],
    ]  # fmt: skip
    verdict = "device == golden model" if v.mismatches == 0 else "DEVICE DIFFERS"
    return f"\nranvier demo: {verdict}\n\n{columns(rows)}\n"


def _energy(e: Estimate) -> str:
    return (
        f"{e.nominal / 1e3:.2f} uJ a step, from {e.low / 1e3:.2f} to {e.high / 1e3:.2f} (estimate)"
    )
