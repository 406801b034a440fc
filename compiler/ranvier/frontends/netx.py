# SPDX-License-Identifier: Apache-2.0
"""Reads a network of lava-dl's netx (``.net``), whose integers are Loihi's already.

The meaning is what netx of lava-dl 0.6.0 makes of the file (lib/dl/netx/hdf5.py) and lava-nc 0.10.0
computes: weights count as they are, shifted by 6; decays, thresholds and biases are as
docs/loihi.md has them. The step that each hop takes on the chip is not in the network. Inputs are
spikes, the answer is the last layer's count of them.
"""

import re
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from ranvier.check import check, is_identifier
from ranvier.connections import output_size
from ranvier.errors import RanvierError
from ranvier.frontends.hdf5 import Guard, check_heaps, in_a_child, read_all
from ranvier.ir import (
    INPUT,
    Connection,
    Conv,
    Decay,
    Decode,
    Dense,
    Encoding,
    Fire,
    IntArray,
    Network,
    Population,
    Projection,
    Reset,
    SynapticState,
)

ALIGNED = 6  # bits that sums, thresholds and biases are shifted by
TOP = 4096  # a decay that leaves nothing
MOST_DELAY = 62
_MOST_ITEMS = 10_000
_STATE_BITS, _LOWEST = 24, 1 - 2**23
_DENSE = ("dense", "dense_rec")


def read_netx(path: Path, dt: float) -> Network:
    """Read a file of netx.

    Parameters
    ----------
    dt
        Seconds a step.

    Raises
    ------
    RanvierError
        M016 for what is no such file, M017 for what of it can't be represented.
    """
    try:
        _guard(path)
        with h5py.File(path, "r") as f:
            return _network(path, [f["layer"][str(k)] for k in range(len(f["layer"]))], dt)
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, AttributeError) as e:
        raise RanvierError(
            "M016", f"this is no network of netx: {e}", loc=str(path),
            hint="export it with lava-dl's `net.export_hdf5`",
        ) from e  # fmt: skip


def _guard(path: Path) -> None:
    longest = check_heaps(path)

    def look() -> None:
        with h5py.File(path, "r") as f:
            Guard(_MOST_ITEMS).visit(f, longest)

    def use() -> None:
        with h5py.File(path, "r") as f:
            read_all(f)

    in_a_child(look, use)


def _network(path: Path, layers: list[Any], dt: float) -> Network:
    where, before = str(path), INPUT
    populations: list[Population] = []
    projections: list[Projection] = []
    shape: tuple[int, ...] | None = None
    channels = 0
    for k, layer in enumerate(layers):
        kind = _text(layer["type"])
        if kind == "flatten":
            continue
        if kind == "input":
            if k or "neuron" in layer:
                raise _refused(where, k, "an input layer that computes")
            shape = tuple(int(n) for n in layer["shape"][()])
            continue
        if kind not in ("conv", *_DENSE):
            raise _refused(where, k, f"a layer of type {kind!r}")
        name = f"layer{k}"
        connection = _connection(layer, kind, shape, where, k)
        weight = connection.weight
        sources = weight.shape[1] if isinstance(connection, Dense) else int(np.prod(shape or ()))
        channels = channels or sources
        into = [(before, c, d) for c, d in _by_delay(layer, connection, where, k)]
        if kind == "dense_rec":
            into.append((name, Dense(weight=_integers(layer["weight_rec"])), 1))
        size, shape = _size(connection)
        populations.append(_population(layer, name, size, shape, where, k))
        projections += [
            Projection(
                source=source, target=name, connection=c, bits=10, shift=ALIGNED, delay=delay
            )
            for source, c, delay in into
        ]
        before = name
    if not populations:
        raise ValueError("it has no layer of neurons")
    name = re.sub(r"[^a-z0-9_]", "_", path.stem.lower())[:31]
    return check(
        Network(
            name=name if is_identifier(name) else f"n_{name}"[:31],
            dt=dt,
            encoding=Encoding(channels=channels, raw="uint8", raw_low=0, raw_high=1, raw_scale=1.0),
            populations=tuple(populations),
            projections=tuple(projections),
            decode=Decode(rule="spike-count", sources=(before,), multiplier=np.ones(1, np.int64)),
        )
    )


def _connection(
    layer: Any, kind: str, shape: tuple[int, ...] | None, where: str, k: int
) -> Dense | Conv:
    w = _integers(layer["weight"])
    if int(np.abs(w).max(initial=0)) > 256:
        raise _refused(where, k, "weights beyond 256, which netx would clip")
    if kind in _DENSE:
        size = int(np.prod(layer["shape"][()]))
        return Dense(weight=w.reshape(size, -1) if w.ndim == 1 else w)
    if shape is None or len(shape) != 3:
        raise _refused(where, k, "a convolution of what is no image")
    top, left = _pair(layer["padding"])
    return Conv(
        weight=w.reshape(w.shape[:4]),
        input_shape=(shape[0], shape[1], shape[2]),
        stride=_pair(layer["stride"]),
        padding=(top, top, left, left),
        dilation=_pair(layer["dilation"]),
        groups=int(layer["groups"][()]),
    )


def _by_delay(
    layer: Any, connection: Dense | Conv, where: str, k: int
) -> list[tuple[Connection, int]]:
    """Return the connection in parts that each have one delay."""
    if "delay" not in layer:
        return [(connection, 0)]
    if isinstance(connection, Conv) or _text(layer["type"]) == "dense_rec":
        raise _refused(where, k, "delays of a convolution or of a layer that feeds itself")
    w, delay = connection.weight, _integers(layer["delay"])
    if delay.ndim == 1:  # of each target, or where there are other many, of each source
        delay = delay[:, None] if len(delay) == w.shape[0] else delay[None]
    delay = np.broadcast_to(delay, w.shape)
    if int(delay.min()) < 0 or int(delay.max()) > MOST_DELAY:
        raise _refused(where, k, f"delays outside of 0..{MOST_DELAY}, which netx would clip")
    return [(Dense(weight=np.where(delay == d, w, 0)), int(d)) for d in np.unique(delay)]


def _size(connection: Dense | Conv) -> tuple[int, tuple[int, ...]]:
    if isinstance(connection, Dense):
        return connection.weight.shape[0], (connection.weight.shape[0],)
    height, width = output_size(connection)
    out = connection.weight.shape[0]
    return out * height * width, (out, height, width)


def _population(
    layer: Any, name: str, size: int, shape: tuple[int, ...], where: str, k: int
) -> Population:
    if "neuron" not in layer:
        raise _refused(where, k, "no neurons")
    neuron = layer["neuron"]
    if _text(neuron["type"]) not in ("CUBA", "LOIHI"):
        raise _refused(where, k, f"neurons of type {_text(neuron['type'])}")
    if ("refDelay" in neuron and int(neuron["refDelay"][()]) > 1) or (
        "gradedSpike" in neuron and bool(neuron["gradedSpike"][()])
    ):
        raise _refused(where, k, "refractory periods or graded spikes, which netx leaves out")
    u, v = (TOP - int(neuron[key][()]) for key in ("iDecay", "vDecay"))
    current = SynapticState(
        decay=_decay(u), bias=np.zeros(1, np.int64), bits=_STATE_BITS, overflow="wrap-upper",
        gain=np.ones(1, np.int64),
    )  # fmt: skip
    return Population(
        name=name,
        size=size,
        synapses=(current,),
        decay=_decay(v),
        bias=_bias(layer, size, shape) << ALIGNED,
        bits=_STATE_BITS,
        lower_bound=np.full(1, _LOWEST),
        fire=Fire(compare=">", threshold=np.full(size, int(neuron["vThMant"][()]) << ALIGNED)),
        reset=Reset(kind="value", value=np.zeros(1, np.int64)),
        scale=np.ones(1),
    )


def _bias(layer: Any, size: int, shape: tuple[int, ...]) -> IntArray:
    """Return each neuron's bias; an image has one a channel, or each its own as (x, y, channel)."""
    if "bias" not in layer:
        return np.zeros(1, np.int64)
    b = _integers(layer["bias"])
    if b.ndim == 3:
        b = b.transpose(2, 1, 0)
    elif len(shape) == 3:
        b = b.reshape(-1, 1, 1)
    return np.broadcast_to(b, shape).reshape(size)


def _decay(kept: int) -> Decay:
    return Decay(kind="multiply", factor=np.full(1, kept), shift=12, rounding="zero")


def _integers(item: Any) -> IntArray:
    return np.asarray(item[()]).astype(np.int64)


def _pair(item: Any) -> tuple[int, int]:
    """Return what stands for height and width, or once for both."""
    both = np.broadcast_to(_integers(item), (2,))
    return int(both[0]), int(both[1])


def _text(item: Any) -> str:
    value = item[()]
    value = value[0] if getattr(value, "shape", ()) else value
    return value.decode("ascii") if isinstance(value, bytes) else str(value)


def _refused(where: str, layer: int, what: str) -> RanvierError:
    return RanvierError(
        "M017", f"layer {layer} has {what}", loc=where,
        hint="Ranvier reads chains of dense, recurrent and convolutional CUBA layers",
    )  # fmt: skip
