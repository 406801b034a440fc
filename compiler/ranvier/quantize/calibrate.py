# SPDX-License-Identifier: Apache-2.0
"""Runs the float model over the calibration data and keeps what the quantiser needs of it."""

from dataclasses import dataclass

import numpy as np

from ranvier import floating
from ranvier.errors import RanvierError
from ranvier.floating import FloatRun, Range
from ranvier.frontends.data import Data
from ranvier.model import INPUT, Model
from ranvier.nodes import FloatArray

_BATCH_VALUES = 2**22  # signals of a batch of samples at one step


@dataclass(frozen=True, slots=True)
class Calibration:
    """What the float model did on the calibration data.

    Attributes
    ----------
    v_range, i_range
        By layer: extremes of membrane and current.
    energy
        By source, ``"input"`` included: the mean over steps of the sum of squares of its signal.
    peak, busiest
        By source: the largest magnitude of its signal, and of its sum over a step.
    """

    v_range: dict[str, Range]
    i_range: dict[str, Range]
    energy: dict[str, float]
    peak: dict[str, float]
    busiest: dict[str, float]


def at_once(model: Model, steps: int) -> int:
    """Return how many samples of `steps` raw steps are run together.

    All signals of a step, and the inputs of all steps, fit the memory. It depends on nothing else:
    linear algebra rounds by the size of what it is given.
    """
    values = model.channels + sum(n.size for n in model.nodes)
    return max(1, min(_BATCH_VALUES // values, 2 * _BATCH_VALUES // (steps * model.channels)))


def calibrate(model: Model, data: Data) -> Calibration:
    """Run `model` over `data`.

    Raises
    ------
    RanvierError
        Q006 where a membrane leaves the range of 32-bit floats, Q014 where the
        recordings, or what their encoding makes of them, are 0 throughout.
    """
    squares: dict[str, float] = {}
    peak: dict[str, float] = {}
    busiest: dict[str, float] = {}
    ranges: dict[str, dict[str, Range]] = {"v": {}, "i": {}}
    steps, signal = 0, False
    with np.errstate(over="ignore", invalid="ignore"):
        for _, raw in data.batches(at_once(model, data.shape[1])):
            signal = signal or bool(raw.any())
            x = floating.encode(model.encoding, raw)
            run = FloatRun(model, len(x))
            for t in range(x.shape[1]):
                run.step(x[:, t])
                for name in (INPUT, *(p.name for p in model.neurons if p.fires)):
                    seen = run.given[name].astype(np.float64)
                    squares[name] = squares.get(name, 0.0) + float((seen**2).sum())
                    size = np.abs(seen)
                    peak[name] = max(peak.get(name, 0.0), float(size.max(initial=0)))
                    total = float(size.sum(axis=1).max(initial=0))
                    busiest[name] = max(busiest.get(name, 0.0), total)
            steps += x.shape[0] * x.shape[1]
            for name, layer in run.layers.items():
                _widen(ranges["v"], name, layer.v_low, layer.v_high)
                _widen(ranges["i"], name, layer.i_low, layer.i_high)
    if not signal or peak[INPUT] == 0:
        encoded = ", encoded, " if signal else " "
        raise RanvierError(
            "Q014",
            f"the calibration data{encoded}are 0 in every step, and set no ranges",
            loc=data.name,
            hint="calibrate on recordings with signal",
        )
    for name, v in ranges["v"].items():
        if not (np.isfinite(v.low).all() and np.isfinite(v.high).all()):
            raise RanvierError(
                "Q006",
                "the float model leaves the range of 32-bit floats on the calibration data",
                loc=f"{model.name}:{name}",
                hint="check the weights and the scale of the recordings",
            )
    return Calibration(
        v_range=ranges["v"],
        i_range=ranges["i"],
        energy={k: float(coarse(np.array(s / steps))) for k, s in squares.items()},
        peak={k: float(coarse(np.array(x))) for k, x in peak.items()},
        busiest={k: float(coarse(np.array(x))) for k, x in busiest.items()},
    )


def _widen(ranges: dict[str, Range], name: str, low: np.ndarray, high: np.ndarray) -> None:
    a, b = low.astype(np.float64), high.astype(np.float64)
    old = ranges.get(name)
    if old is not None:
        a, b = np.minimum(a, old.low), np.maximum(b, old.high)
    ranges[name] = Range(a, b)


def coarse(x: FloatArray) -> FloatArray:
    """Return x rounded up to 6 significant bits.

    What is measured in floats differs in its last bits between processors, whose linear algebra
    sums in other orders; the network made from it must not.
    """
    mantissa, exponent = np.frexp(x)
    return np.asarray(np.ldexp(np.ceil(mantissa * 64) / 64, exponent))
