# SPDX-License-Identifier: Apache-2.0
"""A network as lava-dl's netx reads it: ``net.hdf5``, layer after layer.

netx (lava-dl 0.6.0, lib/dl/netx/hdf5.py) takes a chain of layers, each with decays ``iDecay =
du + 1`` and ``vDecay = dv``, a threshold ``vThMant`` in steps of 64 and biases in steps of 64, and
chooses the exponent of weights itself: those of the file count as they are, shifted by 6. What
doesn't fit that is said in words, and the Lava program stands alone.
"""

import io
from dataclasses import dataclass
from math import floor, inf, log2

import h5py
import numpy as np
from numpy.typing import NDArray

from ranvier.connections import output_size
from ranvier.ir import Conv, IntArray
from ranvier.targets.loihi.plan import Input, Layer, Plan, Synapse
from ranvier.targets.loihi.weights import fits, low_zeros

_BIAS_EXPONENT = 6
_MOST_DELAY = 62


class Unfit(Exception):
    """Why netx's format does not hold a network."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Link:
    """A layer of the file: what comes in, and what comes from the layer itself."""

    layer: Layer
    forward: Synapse
    back: Synapse | None


def hdf5(plan: Plan) -> bytes:
    """Return the file.

    Raises
    ------
    Unfit
        Saying why there is none.
    """
    chain = _chain(plan)
    buffer = io.BytesIO()
    with h5py.File(buffer, "w", track_order=False) as f:
        _write_input(f, plan.inputs[0], chain[0].forward)
        number = 1
        for k, link in enumerate(chain):
            if k and chain[k - 1].forward.conv is not None and link.forward.conv is None:
                _text(f, f"layer/{number}/type", "flatten")
                number += 1
            _write_layer(f, f"layer/{number}", link)
            number += 1
    return buffer.getvalue()


def _chain(plan: Plan) -> list[_Link]:
    """Return the layers from the input on; each hears the one before it, and itself."""
    if len(plan.inputs) != 1:
        raise Unfit("inputs are sent bit by bit")
    before = plan.inputs[0].name
    found: list[_Link] = []
    for layer in plan.layers:
        into = [s for s in plan.synapses if s.target == layer.name]
        forward = [s for s in into if s.source == before]
        back = [s for s in into if s.source == layer.name]
        if len(forward) != 1 or len(back) > 1 or len(into) != len(forward) + len(back):
            raise Unfit(f"{layer.name} hears other than the layer before it, once, and itself")
        link = _Link(layer=layer, forward=forward[0], back=back[0] if back else None)
        _check(link)
        if link.forward.conv is not None and found and found[-1].forward.conv is None:
            raise Unfit(f"{layer.name} is a convolution of neurons that are in no image there")
        found.append(link)
        before = layer.name
    return found


def _check(link: _Link) -> None:
    layer, forward, back = link.layer, link.forward, link.back
    if layer.bias.any() and layer.bias_exponent != _BIAS_EXPONENT:
        raise Unfit(f"biases of {layer.name} are no multiples of 64")
    if max(forward.delay, 0 if back is None else back.delay) > _MOST_DELAY:
        raise Unfit(f"{layer.name} hears after more than {_MOST_DELAY} steps")
    if back is not None and (forward.conv is not None or forward.delay or back.delay):
        raise Unfit(f"{layer.name} hears itself, and with delays or a convolution")
    if forward.conv is None:
        _check_weights(layer.name, [counted(s) for s in (forward, back) if s is not None])


def counted(s: Synapse) -> IntArray:
    """Return the weights that a matrix's sums count, exponent and all.

    Raises
    ------
    Unfit
        Where they are no integers.
    """
    if s.exponent >= 0:
        return s.weights << s.exponent
    if low_zeros(s.weights) < -s.exponent:
        raise Unfit(f"weights onto {s.target} are no integers")
    return s.weights >> -s.exponent


def _check_weights(name: str, parts: list[IntArray]) -> None:
    """Refuse what netx's choice of an exponent for all of them, or Lava's of a sign, would clip."""
    low, high = min(int(w.min()) for w in parts), max(int(w.max()) for w in parts)
    if low >= 0:
        up = floor(log2(255 / high))
    elif high < 0:
        up = floor(log2(-256 / low))
    else:
        up = floor(log2(min(127 / high if high else inf, -128 / low))) + 1
    for w in parts:
        if w.any() and (up < 0 or not _is_magnitude(w << up)):
            raise Unfit(f"weights onto {name} go from {low} to {high}, which netx doesn't keep")


def _is_magnitude(w: IntArray) -> bool:
    return fits(int(w.min()), int(w.max()), low_zeros(w))


def _write_input(f: h5py.File, x: Input, first: Synapse) -> None:
    _text(f, "layer/0/type", "input")
    f["layer/0/shape"] = np.array([x.size] if first.conv is None else first.conv.input_shape)


def _write_layer(f: h5py.File, at: str, link: _Link) -> None:
    layer, forward = link.layer, link.forward
    kind = "dense_rec" if link.back is not None else "dense"
    shape: NDArray[np.int64] = np.array([layer.size])
    bias = layer.bias
    if forward.conv is not None:
        kind, shape = "conv", _output_shape(forward.conv, layer.size)
        bias = bias.reshape(shape).transpose(2, 1, 0)
        f[f"{at}/weight"] = forward.weights
        for key, value in (("stride", forward.conv.stride), ("dilation", forward.conv.dilation),
                           ("padding", forward.conv.padding[::2])):  # fmt: skip
            f[f"{at}/{key}"] = np.array(value)
        f[f"{at}/groups"] = forward.conv.groups
    else:
        f[f"{at}/weight"] = counted(forward)
        f[f"{at}/inFeatures"], f[f"{at}/outFeatures"] = forward.weights.shape[::-1]
        if forward.delay:
            f[f"{at}/delay"] = np.full(forward.weights.shape, forward.delay)
    if link.back is not None:
        f[f"{at}/weight_rec"] = counted(link.back)
    if layer.bias.any():
        f[f"{at}/bias"] = bias
    _text(f, f"{at}/type", kind)
    f[f"{at}/shape"] = shape
    _text(f, f"{at}/neuron/type", "CUBA")
    for key, number in (("iDecay", layer.du + 1), ("vDecay", layer.dv), ("vThMant", layer.vth),
                        ("refDelay", 1), ("gradedSpike", False)):  # fmt: skip
        f[f"{at}/neuron/{key}"] = number


def _output_shape(c: Conv, size: int) -> NDArray[np.int64]:
    height, width = output_size(c)
    return np.array([size // (height * width), height, width])


def _text(f: h5py.File, at: str, text: str) -> None:
    f.create_dataset(at, (1,), "S10", [text.encode()])
