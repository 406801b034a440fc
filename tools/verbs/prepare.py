# SPDX-License-Identifier: Apache-2.0
"""Makes a recording fit a network or a model, and scores its answers."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ranvier import bounds, metrics
from ranvier.encoding import to_raw
from ranvier.errors import RanvierError
from ranvier.frontends.data import Data, check_channels
from ranvier.ir import Network
from ranvier.metrics import Metric
from ranvier.model import Model


def for_model(model: Model, data: Data) -> Data:
    """Return `data` as `model` takes it; D007, D011, D012 where it cannot.

    Whole numbers kept as floats are raw samples where those are needed.
    """
    check_channels(data, model.channels, model.name)
    if model.encoding is not None:
        if data.x.dtype.kind == "f":
            if (data.x % 1 != 0).any() or np.abs(data.x).max() >= 2**31:
                raise _not_raw(data, model.encoding.raw, model.name)
            data = replace(data, x=data.x.astype(np.int64))
        _check_window(data, model.encoding.window)
    return data


def raw_samples(network: Network, data: Data) -> NDArray[np.int64]:
    """Return the raw integers a device would be given: see `raw_and_clipped`."""
    return raw_and_clipped(network, data)[0]


def raw_and_clipped(network: Network, data: Data) -> tuple[NDArray[np.int64], int]:
    """Return raw integers, (samples, raw steps, channels), and how many were beyond full scale.

    Raises
    ------
    RanvierError
        D007 for another number of channels, D010 for integers beyond the raw type, D011 for floats
        where raw integers are needed, D012 for an incomplete window.
    """
    check_channels(data, network.encoding.channels, network.name)
    _check_window(data, bounds.samples_per_step(network.encoding))
    encoding = network.encoding
    floats = data.x.dtype.kind == "f"
    if floats and (encoding.stages or encoding.raw_scale == 1) and (data.x % 1 != 0).any():
        raise _not_raw(data, encoding.raw, network.name)
    if not floats and not encoding.stages and encoding.raw_scale != 1:
        raise RanvierError(
            "D013",
            f"{network.name} was calibrated on floats, the data are {data.x.dtype}",
            loc=data.name,
            hint="are these numbers real values? then give them as floats: x.astype(float)",
        )
    raw, clipped = to_raw(encoding, data.x)
    # A float beyond full scale clips as an ADC would; an integer beyond it was never a sample.
    analog = floats and not encoding.stages and encoding.raw_scale != 1
    if clipped and not analog:
        raise RanvierError(
            "D010",
            f"{clipped} samples exceed {encoding.raw} ({encoding.raw_low}..{encoding.raw_high})",
            loc=data.name,
            hint="was it recorded by another sensor? quantise again with data in this range",
        )
    return raw, clipped


def score(
    out: NDArray[np.generic],
    classes: NDArray[np.integer],
    data: Data,
    loc: str,
) -> Metric | None:
    """Return how well answers fit the labels of `data`, or None where there are none.

    Parameters
    ----------
    out
        Readout of every step in real units, (samples, steps, outputs).
    classes
        Decoded classes, (samples,).
    """
    if data.y is None:
        return None
    if data.y.ndim == 1:
        return metrics.accuracy(classes, data.y, out.shape[2], loc)
    return metrics.r2(out.astype(np.float64), data.y, data.mask, loc)


def _check_window(data: Data, window: int) -> None:
    if data.x.shape[1] % window:
        raise RanvierError(
            "D012",
            f"{data.x.shape[1]} raw samples are not whole steps of {window}",
            loc=data.name,
            hint="trim each recording to a multiple of the window",
        )


def _not_raw(data: Data, raw: str, wanted_by: str) -> RanvierError:
    return RanvierError(
        "D011",
        f"{wanted_by} takes raw {raw} samples, the data are {data.x.dtype}",
        loc=data.name,
        hint="give raw integer samples, as the sensor delivers them",
    )
