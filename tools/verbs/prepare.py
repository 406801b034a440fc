# SPDX-License-Identifier: Apache-2.0
"""Makes a recording fit a network or a model, and scores its answers."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ranvier import bounds, metrics
from ranvier.encoding import to_raw
from ranvier.errors import RanvierError
from ranvier.frontends.data import Data, check_channels, check_dt
from ranvier.ir import Network
from ranvier.metrics import R2, Accuracy, Metric
from ranvier.model import Model

Array = NDArray[Any]


def sample_dt(found: Model | Network) -> float:
    """Return the seconds between raw samples."""
    if isinstance(found, Network):
        return found.dt / bounds.samples_per_step(found.encoding)
    return found.dt / (1 if found.encoding is None else found.encoding.window)


def for_model(model: Model, data: Data) -> Data:
    """Return `data` as `model` takes it; D007, D011, D012, D017 where it cannot.

    Whole numbers kept as floats are raw samples where those are needed.
    """
    check_channels(data, model.raw_channels, model.name)
    check_dt(data, sample_dt(model), model.name)
    _check_labels(data, {n.fires for n in model.neurons if n.name in model.outputs}, model.name)
    encoding = model.encoding
    if encoding is None:
        return data

    def whole(x: Array) -> Array:
        if (x % 1 != 0).any() or np.abs(x).max() >= 2**31:
            raise _not_raw(data, encoding.raw, model.name)
        return x.astype(np.int32)

    if data.dtype.kind == "f":
        data = data.with_source(data.source.mapped(whole, np.dtype(np.int32)))
    return _check_window(data, encoding.window)


def raw_samples(network: Network, data: Data) -> NDArray[np.int64]:
    """Return the raw integers a device would be given, all at once: see `raw_batches`."""
    return raw_and_clipped(network, data)[0]


def raw_and_clipped(network: Network, data: Data) -> tuple[NDArray[np.int64], int]:
    """Return all raw integers, (samples, raw steps, channels), and how many were clipped."""
    parts = list(raw_batches(network, data))
    raw = np.concatenate([part for _, part, _ in parts]).astype(np.int64)
    return raw, sum(clipped for _, _, clipped in parts)


def raw_batches(
    network: Network, data: Data, each: int | None = None
) -> Iterator[tuple[slice, NDArray[np.integer[Any]], int]]:
    """Yield (which samples, raw integers, how many were beyond full scale), `each` at a time.

    Raises
    ------
    RanvierError
        D007 for another number of channels, D010 for integers beyond the raw type, D011 for floats
        where raw integers are needed, D012 for an incomplete window, D013 for integers where
        floats were seen, D017 for another step.
    """
    for at, x in checked(network, data).batches(each):
        raw, clipped = to_raw_or_refuse(network, data, at, x)
        yield at, raw, clipped


def checked(network: Network, data: Data) -> Data:
    """Return `data` if its kind fits `network`; its values are looked at by `to_raw_or_refuse`."""
    encoding = network.encoding
    check_channels(data, encoding.channels, network.name)
    check_dt(data, sample_dt(network), network.name)
    _check_labels(data, {p.fire is not None for p in network.outputs}, network.name)
    _check_window(data, bounds.samples_per_step(encoding))
    if data.dtype.kind != "f" and not encoding.stages and encoding.raw_scale != 1:
        raise RanvierError(
            "D013",
            f"{network.name} was calibrated on floats, the data are {data.dtype}",
            loc=data.name,
            hint="are these numbers real values? then give them as floats: x.astype(float)",
        )
    return data


def _check_labels(data: Data, fires: set[bool], name: str) -> None:
    """Refuse classes where some outputs fire and some do not: D008."""
    if len(fires) > 1 and data.y is not None and data.y.ndim == 1:
        raise RanvierError(
            "D008",
            f"labels are classes, but some outputs of {name} fire and some do not",
            loc=data.name,
            hint="spikes and membranes cannot be compared: give targets, (samples, steps, outputs)",
        )


def to_raw_or_refuse(
    network: Network, data: Data, at: slice, x: Array
) -> tuple[NDArray[np.integer[Any]], int]:
    """Return the samples `at` of `data` as raw integers, and how many were beyond full scale."""
    encoding = network.encoding
    floats = x.dtype.kind == "f"
    analog = not encoding.stages and encoding.raw_scale != 1
    if floats and not analog and (x % 1 != 0).any():
        raise _not_raw(data, encoding.raw, network.name)
    raw, clipped = to_raw(encoding, x)
    # A float beyond full scale clips as an ADC would; an integer beyond it was never a sample.
    if clipped and not (floats and analog):
        sample, step, channel = (int(k[0]) for k in np.nonzero(raw != x))
        raise RanvierError(
            "D010",
            f"x[{at.start + sample}, {step}, {channel}] is {x[sample, step, channel]}, beyond"
            f" {encoding.raw} ({encoding.raw_low}..{encoding.raw_high})",
            loc=data.name,
            hint="was it recorded by another sensor? quantise again with data in this range",
        )
    return raw, clipped


def scorer(data: Data, steps: int, outputs: int) -> Accuracy | R2 | None:
    """Return what adds up how well answers fit the labels of `data`; None where it has none.

    Parameters
    ----------
    steps, outputs
        What the network gives a sample.
    """
    if data.y is None:
        return None
    if data.y.ndim == 1:
        return Accuracy(data.y, outputs, data.name)
    return R2(data.y, data.mask, (data.shape[0], steps, outputs), data.name)


def score(out: Array, classes: NDArray[np.integer[Any]], data: Data, loc: str) -> Metric | None:
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


def _check_window(data: Data, window: int) -> Data:
    if data.shape[1] % window:
        raise RanvierError(
            "D012",
            f"{data.shape[1]} raw samples are not whole steps of {window}",
            loc=data.name,
            hint="trim each recording to a multiple of the window",
        )
    return data


def _not_raw(data: Data, raw: str, wanted_by: str) -> RanvierError:
    return RanvierError(
        "D011",
        f"{wanted_by} takes raw {raw} samples, the data are {data.dtype}",
        loc=data.name,
        hint="give raw integer samples, as the sensor delivers them",
    )
