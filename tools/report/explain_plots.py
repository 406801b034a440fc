# SPDX-License-Identifier: Apache-2.0
"""The drawings of an explanation: what float and integers did, side by side."""

import numpy as np
from numpy.typing import NDArray

from ranvier.nodes import FloatArray
from ranvier.qformat import int_max, int_min
from ranvier.quantize.explain import Explanation, LayerReport
from ranvier.quantize.explain_first import FirstDivergence
from ranvier.tools.report.svg import BOTH, FIXED, FLOAT, Plot

WIDTH = 560
BEFORE, AFTER = 15, 30  # steps shown around the first divergence
FEWEST, ROWS = 8, 18  # neurons of a raster


def raster(e: Explanation, f: FirstDivergence) -> str:
    """Return the spikes of both sides around the first divergence, of the neurons that differ."""
    assert e.parting is not None
    a, b = e.parting.real > 0, e.parting.whole > 0
    start, stop = _window(f.step, len(a))
    rows = _rows(a[start:stop] != b[start:stop], f.neuron)
    plot = Plot(
        WIDTH, 58 + 17 * len(rows), (start - 0.7, stop - 0.3), (-0.7, len(rows) - 0.3),
        f"spikes of {len(rows)} neurons of {f.layer} in steps {start} to {stop - 1}",
    )  # fmt: skip
    plot.moment(f.step, "first divergence")
    plot.axes(f"step of sample {f.sample}", "neuron", [str(k) for k in rows])
    for row, k in enumerate(rows):
        for t in range(start, stop):
            if a[t, k] and b[t, k]:
                plot.bar(t, row, -0.36, 0.36, BOTH)
            elif a[t, k]:
                plot.bar(t, row, 0.04, 0.44, FLOAT)
            elif b[t, k]:
                plot.bar(t, row, -0.44, -0.04, FIXED)
    return plot.text


def _window(step: int, steps: int) -> tuple[int, int]:
    start = max(0, min(step - BEFORE, steps - BEFORE - AFTER))
    return start, min(steps, start + BEFORE + AFTER)


def _rows(apart: NDArray[np.bool_], always: int) -> list[int]:
    """Return the neurons that differ most, the one that differs first among them, by number.

    Where few differ, others stand for comparison.
    """
    counts = apart.sum(axis=0)
    order = sorted(range(len(counts)), key=lambda k: (k != always, -counts[k], k))
    differing = int(np.count_nonzero(counts))
    return sorted(order[: min(max(differing, FEWEST), ROWS)], reverse=True)


def membrane(e: Explanation, f: FirstDivergence) -> str:
    """Return the membrane of the neuron that diverges first, on both sides."""
    p = e.pairs.layer(f.layer)
    assert e.parting is not None
    a, b = e.parting.real_v, e.parting.whole_v
    start, stop = _window(f.step, len(a))
    theta = f.threshold.real + f.start
    # What was compared at the divergence is not stored: the reset hides it.
    sums = (f.total.real + f.start, f.total.raw_real + f.start)
    shown = [*a[start:stop], *b[start:stop], *sums, theta]
    plot = Plot(
        WIDTH, 260, (start - 0.7, stop - 0.3), _padded(np.array(shown)),
        f"membrane of {f.layer} neuron {f.neuron}",
    )  # fmt: skip
    plot.moment(f.step, "first divergence")
    plot.axes(f"step of sample {f.sample}", f"membrane, {p.name} neuron {f.neuron}")
    plot.level(theta, "threshold")
    plot.curve(range(start, stop), a[start:stop], FLOAT)
    plot.curve(range(start, stop), b[start:stop], FIXED, "5 4")
    plot.point(f.step, sums[0], FLOAT)
    plot.point(f.step, sums[1], FIXED)
    return plot.text


def rates(e: Explanation, r: LayerReport) -> str:
    """Return each neuron's firing rate, float against integer."""
    a, b = r.float_spikes / e.seconds, r.fixed_spikes / e.seconds
    most = float(max(a.max(initial=0), b.max(initial=0))) * 1.06 or 1.0
    plot = Plot(WIDTH, 300, (0, most), (0, most), f"firing rates of {r.pair.name}")
    plot.axes("float rate (Hz)", "integer rate (Hz)", whole=False)
    plot.curve((0, most), (0, most), "#8a94a6", "2 3", 1)
    lost = set(r.silent.tolist())
    for k in range(len(a)):
        plot.point(float(a[k]), float(b[k]), FIXED if k in lost else FLOAT, k in lost)
    return plot.text


def readout(e: Explanation, r: LayerReport) -> tuple[str, int, int]:
    """Return a readout where its sides differ most, with the sample and the neuron of that."""
    p = r.pair
    seen = e.readouts[p.name]
    sample, k, x, y = seen.sample, seen.output, seen.real, seen.whole
    bits, unit = p.population.bits, float(p.unit[k])
    limits = (int_min(bits) * unit, int_max(bits) * unit)
    ends = _padded(np.concatenate([x, y]))
    plot = Plot(
        WIDTH, 260, (-0.7, len(x) - 0.3), ends, f"readout {p.name}, output {k}, sample {sample}"
    )
    plot.axes(f"step of sample {sample}", f"membrane, {p.name} output {k}")
    for limit, above in zip(limits, (False, True), strict=True):
        if ends[0] <= limit <= ends[1]:
            plot.level(limit, f"limit of {bits} bits", FIXED, above)
    plot.curve(range(len(x)), x, FLOAT)
    plot.curve(range(len(y)), y, FIXED, "5 4")
    return plot.text, sample, k


def _padded(x: FloatArray) -> tuple[float, float]:
    low, high = float(x.min()), float(x.max())
    room = 0.08 * (high - low) or 0.5
    return low - room, high + room
