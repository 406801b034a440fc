# SPDX-License-Identifier: Apache-2.0
"""Is this a projection? Its ends are there, its connection fits them, its sums can be added up."""

from collections.abc import Iterator
from math import prod

import numpy as np

from ranvier import bounds, connections
from ranvier.bounds import encoded_size
from ranvier.ir import INPUT, Conv, Dense, Network, Pool, Population, Projection, Sparse
from ranvier.qformat import int_max, int_min

MAX_DELAY = 255
MAX_IMAGE = 2**23  # elements with their padding: what a few hundred megabytes can work on


def projection_problems(n: Network, names: list[str], q: Projection) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a projection between populations of these names, and a hint."""
    if q.target not in names or q.source not in (INPUT, *names):
        yield "the source or the target is not in the network", "check the names"
        return
    target = n.population(q.target)
    size = encoded_size(n.encoding)
    if q.source != INPUT:
        source = n.population(q.source)
        size = source.size
        if source.fire is None:
            yield f"{q.source} is a readout and cannot feed another layer", "put a spiking layer"
        if q.delay == 0 and names.index(q.source) >= names.index(q.target):
            yield "a loop, or an edge back, needs a delay of at least one step", "set delay to 1"
    if not 0 <= q.delay <= MAX_DELAY:
        yield f"delay {q.delay} is not in 0..{MAX_DELAY}", "shorten the delay, or lengthen dt"
    if not 0 <= q.synapse < max(1, len(target.synapses)):
        yield f"synapse {q.synapse} does not exist in {q.target}", "check the synapse index"
    if not 2 <= q.bits <= 16:
        yield f"{q.bits}-bit weights are not in 2..16", "choose with --weights"
        return
    if not -31 <= q.shift <= 31:
        yield f"shift {q.shift} is not in -31..31", "rescale the weights"
    yield from _arriving(n, target, q)
    w = connections.weights(q.connection)
    if w.size and (int(w.min()) < int_min(q.bits) or int(w.max()) > int_max(q.bits)):
        yield f"weights {int(w.min())}..{int(w.max())} exceed {q.bits} bits", "requantise"
    problem = _connection(q)
    if problem:
        yield problem, "check the connection's shape"
    elif connections.shape(q.connection) != (target.size, size):
        got = connections.shape(q.connection)
        yield f"connection shape {got} is not ({target.size}, {size})", "check the layer sizes"


def _connection(q: Projection) -> str:
    """Return what is wrong with the connection's own shape, or nothing."""
    match q.connection:
        case Dense(weight=w):
            return "" if w.ndim == 2 else f"dense weights have {w.ndim} axes, not 2"
        case Sparse() as s:
            if not (s.target.shape == s.source.shape == s.weight.shape and s.weight.ndim == 1):
                return "sparse coordinates and weights differ in length"
            if s.weight.size == 0:
                return ""
            if s.target.min() < 0 or s.source.min() < 0:
                return "a sparse coordinate is negative"
            if s.target.max() >= s.shape[0] or s.source.max() >= s.shape[1]:
                return "a sparse coordinate is outside the shape"
            order = s.source * s.shape[0] + s.target
            return "" if (np.diff(order) > 0).all() else "sparse entries are not sorted and unique"
        case Conv() as c:
            if c.weight.ndim != 4:
                return "convolution weights need 4 axes (out, in/groups, h, w)"
            if min(*c.stride, *c.dilation, c.groups) < 1 or min(c.padding) < 0:
                return "stride, dilation and groups are at least 1, padding at least 0"
            if c.weight.shape[0] % c.groups or c.weight.shape[1] * c.groups != c.input_shape[0]:
                return "the groups do not divide the channels"
            return _image(c)
        case Pool() as p:
            if min(*p.kernel, *p.stride) < 1 or min(p.padding) < 0:
                return "kernel and stride are at least 1, padding at least 0"
            return _image(p)


def _image(c: Conv | Pool) -> str:
    """Return what is wrong with the image that a window slides over, or nothing."""
    if min(c.input_shape) < 1:
        return "an image has at least one element"
    if min(connections.output_size(c)) <= 0:
        return "the kernel is larger than the image"
    if prod(connections.padded(c)) > MAX_IMAGE:
        return f"with its padding an image has more than {MAX_IMAGE} elements"
    return ""


def _arriving(n: Network, target: Population, q: Projection) -> Iterator[tuple[str, str]]:
    """Refuse what a ring buffer, or one event after another, has no meaning for."""
    if q.synapse >= len(target.synapses) or target.synapses[q.synapse].accumulate == "exact":
        return
    s, w = target.synapses[q.synapse], connections.weights(q.connection)
    if int(bounds.source_interval(n, q.source).low.min()) < 0:
        yield f"{s.accumulate} adds events up, but {q.source} can be negative", "clip it at 0"
    if s.accumulate == "ring-buffer":
        alike = {r.shift for r in n.projections if (r.target, r.synapse) == (q.target, q.synapse)}
        if len(alike) > 1 or q.shift < 0:
            yield "a ring buffer's sum has one shift, to the left", "give its projections one"
        if w.size and int(w.min()) < 0:
            yield "a ring buffer adds positive weights only", "split them by sign"
    elif not 0 <= q.shift <= s.bits - q.bits:
        yield f"a {q.bits}-bit weight << {q.shift} is no {s.bits}-bit event", "shift it less"
