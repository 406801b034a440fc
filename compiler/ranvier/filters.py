# SPDX-License-Identifier: Apache-2.0
"""Band-pass filters: their design, their integers, and what those can reach."""

import cmath
import math
from functools import lru_cache

import numpy as np

from ranvier.ir import FilterbankStage, FloatArray

LONGEST = 1 << 16  # samples for which a filter may ring
_SETTLED = 2.0**-20  # share of a response that may be left to the bound of its tail
_MARGIN = 1 + 2.0**-20  # far more than what doubles lose in a sum of LONGEST terms

Gains = tuple[FloatArray, FloatArray, FloatArray]


def bandpass(rate: float, low: float, high: float, order: int) -> FloatArray:
    """Return a Butterworth band-pass as ``order`` sections, (order, 3): b, a1, a2.

    A section is ``b (1 - z**-2) / (1 + a1 z**-1 + a2 z**-2)``. The low-pass prototype's poles
    ``p = exp(j pi (2k + order - 1) / (2 order))`` (S. Butterworth, 1930) become the two roots of
    ``s**2 - B p s + w0**2`` with ``B = w2 - w1``, ``w0**2 = w1 w2``, and ``z = (1 + s) / (1 - s)``,
    the bilinear transform, where ``w = tan(pi f / rate)`` puts the edges, at half power, where they
    are asked for (Oppenheim and Schafer, *Discrete-Time Signal Processing*, 7.2). Each section has
    gain 1 where the whole has its largest, at ``tan(pi f / rate) = w0``. Those that ring the least
    come first.

    Parameters
    ----------
    rate
        Samples a second.
    low, high
        Edges in Hz, ``0 < low < high < rate / 2``.
    order
        Of the prototype; the band-pass has twice as many poles.
    """
    w1, w2 = math.tan(math.pi * low / rate), math.tan(math.pi * high / rate)
    width, centre = w2 - w1, w1 * w2
    pairs: list[tuple[complex, complex]] = []
    for k in range(1, (order + 1) // 2 + 1):
        p = cmath.exp(1j * math.pi * (2 * k + order - 1) / (2 * order))
        root = cmath.sqrt((width * p) ** 2 - 4 * centre)
        first, second = (width * p + root) / 2, (width * p - root) / 2
        if 2 * k == order + 1:  # p = -1: its two poles are a section
            pairs.append((first, second))
        else:
            pairs += [(s, s.conjugate()) for s in (first, second)]
    at = (1 + 1j * math.sqrt(centre)) / (1 - 1j * math.sqrt(centre))  # e**(j w) at the centre
    sections = []
    for s1, s2 in pairs:
        z1, z2 = (1 + s1) / (1 - s1), (1 + s2) / (1 - s2)
        a1, a2 = -(z1 + z2).real, (z1 * z2).real
        gain = abs((1 - at**-2) / (1 + a1 / at + a2 / at**2))
        sections.append((1 / gain, a1, a2))
    return np.array(sorted(sections, key=lambda c: c[2]))


def filtered(sections: FloatArray, x: FloatArray) -> FloatArray:
    """Return x, (samples, steps, channels), after `sections`, in doubles, from rest."""
    from scipy.signal import lfilter  # slow to import, seldom needed

    for b, a1, a2 in sections:
        x = lfilter([b, 0.0, -b], [1.0, a1, a2], x, axis=1)
    return x


def integers(
    rate: float, bands: tuple[tuple[float, float], ...], order: int, fraction: int, drop: int = 0
) -> FilterbankStage:
    """Return the filters with the longest coefficients that 32-bit integers hold.

    ``shift`` is the largest at which every ``|c| * 2**shift`` is below ``2**31``; a1 is below 2, so
    that it is at least 29. Where a pole moves by rounding, it does by about ``2**-shift``.
    """
    sections = np.array([bandpass(rate, low, high, order) for low, high in bands])
    shift = 30
    while np.rint(np.abs(sections) * 2.0**shift).max() >= 2**31:
        shift -= 1
    b, a1, a2 = np.moveaxis(np.rint(sections * 2.0**shift).astype(np.int64), 2, 0)
    return FilterbankStage(b=b, a1=a1, a2=a2, shift=shift, fraction=fraction, drop=drop)


def is_stable(stage: FilterbankStage) -> bool:
    """Tell whether every pole is within the unit circle: ``|a2| < 1`` and ``|a1| < 1 + a2``."""
    one = 1 << stage.shift
    return bool((np.abs(stage.a2) < one).all() and (np.abs(stage.a1) < one + stage.a2).all())


def settles(stage: FilterbankStage) -> bool:
    """Tell whether every band, which is stable, rings for less than `LONGEST` samples."""
    return all(length(band) <= LONGEST for band in _sections(stage))


def gains(stage: FilterbankStage) -> Gains:
    """Bound what each section's output can be: (bands, sections) each.

    Returns
    -------
    tuple
        From the filterbank's input to the section's output the sum of the impulse response's
        positive values, and of its negative ones; and the sum of magnitudes of the responses to
        what is added where each section rounds.
    """
    return _gains(_key(stage))


def _sections(stage: FilterbankStage) -> FloatArray:
    """Return the sections' real coefficients, (bands, sections, 3)."""
    return np.stack([stage.b, stage.a1, stage.a2], axis=2) / 2.0**stage.shift


def _key(stage: FilterbankStage) -> tuple[tuple[int, ...], bytes]:
    sections = _sections(stage)
    return sections.shape, sections.tobytes()


@lru_cache(maxsize=16)
def _gains(key: tuple[tuple[int, ...], bytes]) -> Gains:
    shape, data = key
    bands = np.frombuffer(data).reshape(shape)
    up, down, noise = (np.zeros(shape[:2]) for _ in range(3))
    for k, band in enumerate(bands):
        n = length(band)
        pulse = np.zeros((1, n, 1))
        pulse[0, 0] = 1.0
        x, added = pulse, np.zeros((1, n, 0))
        rest = tail(band, n)
        for s, section in enumerate(band):
            x = filtered(section[None], x)
            through = filtered(section[None], added)
            added = np.concatenate([through, _poles(section, pulse)], axis=2)
            up[k, s] = (np.maximum(x, 0).sum() + rest) * _MARGIN
            down[k, s] = (np.maximum(-x, 0).sum() + rest) * _MARGIN
            noise[k, s] = (np.abs(added).sum() + (s + 1) * rest) * _MARGIN
    return up, down, noise


def _poles(section: FloatArray, pulse: FloatArray) -> FloatArray:
    """Return the response of ``1 / (1 + a1 z**-1 + a2 z**-2)``."""
    from scipy.signal import lfilter

    return np.asarray(lfilter([1.0], [1.0, *section[1:]], pulse, axis=1))


def length(band: FloatArray) -> int:
    """Return for how many samples a band's response is to be looked at; `LONGEST` + 1: too many."""
    n = 256
    while n <= LONGEST and tail(band, n) > _SETTLED:
        n *= 2
    return n if n <= LONGEST else LONGEST + 1


def tail(band: FloatArray, n: int) -> float:
    """Bound the sum of magnitudes of a response from sample n on, of the band and of its parts.

    A product of K poles within radius r has ``|h[t]| <= C(t + K - 1, K - 1) r**t``: it is at most
    that of K poles at r. The numerators multiply by ``2 |b|`` and delay by two samples each. From n
    on each such term is at most q times the one before, where q is that ratio at n.
    """
    poles = 2 * len(band)
    r = max(_radius(a1, a2) for _, a1, a2 in band)
    first = max(0, n - poles)
    ratio = r * (first + poles) / (first + 1)
    if ratio >= 1:
        return math.inf
    numerators = math.prod(max(1.0, 2 * abs(b)) for b, _, _ in band)
    power = math.log(math.comb(first + poles - 1, poles - 1)) + first * math.log(max(r, 1e-300))
    return numerators * math.exp(power) / (1 - ratio)


def _radius(a1: float, a2: float) -> float:
    inside = a1 * a1 - 4 * a2
    return math.sqrt(a2) if inside < 0 else (abs(a1) + math.sqrt(inside)) / 2
