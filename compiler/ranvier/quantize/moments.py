# SPDX-License-Identifier: Apache-2.0
"""Second moments of what the columns of a weight matrix carry to a membrane."""

from itertools import product

import numpy as np
from numpy.typing import NDArray

from ranvier.discrete import Difference
from ranvier.nodes import Conv, FloatArray, Linear, Map

_MOST_ROWS = 200_000  # observations that are summed up; more say the same
GRAIN = 2.0**-8  # signals are rounded to this, so that sums of products are exact in float64


def traces(signal: NDArray[np.integer], delay: int, d: Difference) -> FloatArray:
    """Return what one unit of weight would have made of the membrane, (samples, steps, sources).

    The membrane of a typical neuron of the layer, which leaks but never fires: rounding a weight
    moves the membrane by this much times the error. Rounded to multiples of 2**-8.
    """
    samples, steps, sources = signal.shape
    alpha = float(np.median(d.alpha))
    alpha_syn = None if d.alpha_syn is None else float(np.median(d.alpha_syn))
    z = np.zeros((samples, steps, sources))
    v, i = np.zeros((samples, sources)), np.zeros((samples, sources))
    for t in range(delay, steps):
        x = signal[:, t - delay].astype(np.float64)
        if alpha_syn is not None:
            i = x = alpha_syn * i + x
        v = alpha * v + x
        z[:, t] = v
    return np.rint(z / GRAIN) * GRAIN


def moments(maps: tuple[Map, ...], seen: tuple[FloatArray, ...]) -> list[FloatArray]:
    """Return the matrices of mean products, one a group of rows.

    Parameters
    ----------
    maps
        Linear maps, whose columns stand side by side, or one Conv, with a matrix for each group.
    seen
        `traces` of each map's source, (samples, steps, sources).
    """
    if len(maps) == 1 and isinstance(maps[0], Conv):
        return _of_patches(maps[0], seen[0])
    if not all(isinstance(m, Linear) for m in maps):
        raise TypeError("moments are of linear maps, or of one convolution")
    rows = np.concatenate([z.reshape(-1, z.shape[2]) for z in seen], axis=1)
    rows = rows[:: max(1, len(rows) // _MOST_ROWS)]
    return [rows.T @ rows / len(rows)]


def _of_patches(c: Conv, z: FloatArray) -> list[FloatArray]:
    samples, steps, _ = z.shape
    _, height, width = c.output_shape
    stride = max(1, samples * steps * height * width // _MOST_ROWS)
    flat = z.reshape(samples * steps, *c.input_shape)[::stride]
    top, bottom, left, right = c.padding
    image = np.pad(flat, ((0, 0), (0, 0), (top, bottom), (left, right)))
    _, per, kh, kw = c.weight.shape
    found = []
    for g in range(c.groups):
        own = image[:, g * per : (g + 1) * per]
        taps = [
            own[:, :, a * c.dilation[0] :, b * c.dilation[1] :][
                :, :, :: c.stride[0], :: c.stride[1]
            ][:, :, :height, :width]
            for a, b in product(range(kh), range(kw))
        ]
        # (rows, channels, taps): the order of a kernel's weights
        patches = np.stack(taps, axis=2).transpose(0, 3, 4, 1, 2).reshape(-1, per * kh * kw)
        found.append(patches.T @ patches / len(patches))
    return found
