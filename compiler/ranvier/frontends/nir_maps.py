# SPDX-License-Identifier: Apache-2.0
"""Convolutions and pools of a NIR file."""

from typing import Any

import nir

from ranvier.errors import RanvierError
from ranvier.frontends.parameters import bad, each, finite, whole
from ranvier.nodes import Conv, Pool

Shape = tuple[int, ...]


def convolution(node: Any, name: str, shape: Shape, loc: str) -> Conv:
    """Return a Conv1d or Conv2d; 'same' pads as PyTorch does, the odd zero at the end.

    Raises
    ------
    RanvierError
        M003 for a parameter that cannot be, M004 where the shape that arrives does not fit.
    """
    flat = isinstance(node, nir.Conv1d)
    axes = 1 if flat else 2
    weight = finite(node.weight, "weight", loc)
    if weight.ndim != axes + 2 or weight.size == 0:
        raise bad(loc, f"weight has {weight.ndim} axes, not {axes + 2}", "(out, in, *kernel)")
    groups = whole(node.groups, "groups", loc, 1, 1)[0]
    stride = whole(node.stride, "stride", loc, 1, axes)
    dilation = whole(node.dilation, "dilation", loc, 1, axes)
    kernel = weight.shape[2:]
    if len(shape) != axes + 1 or shape[0] != weight.shape[1] * groups or weight.shape[0] % groups:
        raise RanvierError(
            "M004",
            f"a signal of shape {list(shape)} arrives; the kernels are {list(weight.shape)}"
            f" in {groups} groups",
            loc=loc,
            hint="the signal is (channels, *pixels)",
        )
    _check_input_shape(node, shape, loc)
    pads = _padding(node, kernel, stride, dilation, loc)
    bias = None if node.bias is None else each(node.bias, weight.shape[0], "bias", loc)
    if flat:
        weight, shape = weight[:, :, None, :], (shape[0], 1, shape[1])
        stride, dilation, pads = (1, *stride), (1, *dilation), ((0, 0), *pads)
    conv = Conv(
        name=name,
        weight=weight,
        bias=bias if bias is not None and bias.any() else None,
        input_shape=(shape[0], shape[1], shape[2]),
        stride=(stride[0], stride[1]),
        padding=(*pads[0], *pads[1]),
        dilation=(dilation[0], dilation[1]),
        groups=groups,
    )
    _check_size(conv, loc)
    return conv


def pool(node: Any, name: str, shape: Shape, loc: str) -> Pool:
    """Return a SumPool2d or AvgPool2d; an average counts the padding's zeros, as PyTorch does."""
    kernel = whole(node.kernel_size, "kernel_size", loc, 1)
    stride = whole(node.stride, "stride", loc, 1)
    padding = whole(node.padding, "padding", loc, 0)
    if len(shape) != 3:
        raise RanvierError(
            "M004", f"a signal of shape {list(shape)} arrives", loc=loc, hint="(channels, h, w)"
        )
    average = isinstance(node, nir.AvgPool2d)
    found = Pool(
        name=name,
        input_shape=(shape[0], shape[1], shape[2]),
        kernel=(kernel[0], kernel[1]),
        stride=(stride[0], stride[1]),
        padding=(padding[0], padding[1]),
        weight=1 / (kernel[0] * kernel[1]) if average else 1.0,
    )
    _check_size(found, loc)
    return found


def _check_size(node: Conv | Pool, loc: str) -> None:
    if min(node.output_shape) < 1:
        raise RanvierError(
            "M004", "the kernel is larger than the image", loc=loc, hint="check shapes and padding"
        )


def _check_input_shape(node: Any, shape: Shape, loc: str) -> None:
    said = node.input_shape
    if said is None:
        return
    wanted = whole(said, "input_shape", loc, 1, len(shape) - 1)
    if wanted != shape[1:]:
        raise RanvierError(
            "M004",
            f"a signal of shape {list(shape)} arrives, input_shape says {list(wanted)}",
            loc=loc,
            hint="check the layers before it",
        )


def _padding(
    node: Any, kernel: Shape, stride: Shape, dilation: Shape, loc: str
) -> tuple[tuple[int, int], ...]:
    """Return the zeros before and after each axis."""
    said = node.padding
    said = said.decode() if isinstance(said, bytes) else said
    if isinstance(said, str):
        if said == "valid":
            return tuple((0, 0) for _ in kernel)
        if said != "same" or any(s != 1 for s in stride):
            raise bad(loc, f"padding {said!r} with strides {list(stride)}", "'same' has stride 1")
        total = [d * (k - 1) for d, k in zip(dilation, kernel, strict=True)]
        return tuple((t // 2, t - t // 2) for t in total)
    pads = whole(said, "padding", loc, 0, len(kernel))
    return tuple((int(p), int(p)) for p in pads)
