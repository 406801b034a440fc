# SPDX-License-Identifier: Apache-2.0
"""Is this a network? Every field within its limits, every reference resolved."""

import math
import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ranvier import bounds, connections
from ranvier.bounds import encoded_size
from ranvier.errors import RanvierError
from ranvier.ir import (
    INPUT,
    AffineStage,
    ClipStage,
    Conv,
    CountStage,
    Decay,
    Dense,
    Encoding,
    IntArray,
    LevelCrossingStage,
    Network,
    Pool,
    Population,
    Projection,
    RawType,
    Sparse,
    ThresholdCrossingStage,
)
from ranvier.qformat import int_max, int_min

_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]{0,30}\Z")
_C_WORDS = frozenset(
    {
        "auto", "break", "case", "char", "const", "continue", "default", "do", "double",
        "else", "enum", "extern", "float", "for", "goto", "if", "inline", "int",
        "long", "register", "restrict", "return", "short", "signed", "sizeof", "static", "struct",
        "switch", "typedef", "union", "unsigned", "void", "volatile", "while",
    }
)  # fmt: skip
RAW_RANGE: dict[RawType, tuple[int, int]] = {
    "uint8": (0, 255),
    "int8": (-128, 127),
    "uint16": (0, 65535),
    "int16": (-32768, 32767),
    "int32": (-(2**31), 2**31 - 1),
}
MAX_NEURONS = 65534  # an event list is a 16-bit count and 16-bit addresses
MAX_DELAY = 255
_WIDTHS = (16, 24, 32)
_LIMIT = 2**31 - 1  # no parameter is wider than 32 bits


def check(network: Network) -> Network:
    """Return `network` unchanged if it is valid.

    Raises
    ------
    RanvierError
        N001 for the first field that is out of its limits, naming it and the limit.
    """
    problem = next(_problems(network), None)
    if problem is not None:
        where, what, hint = problem
        raise RanvierError("N001", what, loc=f"{network.name}:{where}", hint=hint)
    return network


Problem = tuple[str, str, str]


def is_identifier(name: str) -> bool:
    """Tell whether `name` can name a network or a population, and a C symbol.

    The runtime's own symbols begin with ``rv_``.
    """
    own = name == "rv" or name.startswith("rv_")
    return bool(_IDENTIFIER.match(name)) and name not in _C_WORDS and not own


def _problems(n: Network) -> Iterator[Problem]:
    if not is_identifier(n.name):
        yield "name", f"{n.name!r} is not a lower-case C identifier of 1 to 31 characters", "rename"
    if not (math.isfinite(n.dt) and n.dt > 0):
        yield "dt", f"{n.dt} is not a positive number of seconds", "give the step in seconds"
    yield from _encoding(n.encoding)
    if not n.populations:
        yield "populations", "there is none", "a network needs at least one layer of neurons"
    names = [p.name for p in n.populations]
    for p in n.populations:
        if not is_identifier(p.name) or p.name == INPUT or names.count(p.name) > 1:
            yield p.name, "the name is not a unique lower-case C identifier", "rename the layer"
        yield from ((f"{p.name}.{w}", what, hint) for w, what, hint in _population(p))
    for q in n.projections:
        place = f"{q.source}->{q.target}"
        yield from ((place, what, hint) for what, hint in _projection(n, names, q))
    yield from _decode(n)
    yield from _arithmetic(n)


def _encoding(e: Encoding) -> Iterator[Problem]:
    low, high = RAW_RANGE[e.raw]
    if not 1 <= e.channels <= MAX_NEURONS:
        yield "encoding", f"{e.channels} channels", f"1 to {MAX_NEURONS} are possible"
        return
    if not low <= e.raw_low <= e.raw_high <= high:
        yield "encoding", f"{e.raw_low}..{e.raw_high} does not fit {e.raw}", "widen the raw type"
        return
    if not (math.isfinite(e.raw_scale) and e.raw_scale > 0):
        yield "encoding", f"raw_scale {e.raw_scale} is not positive", "give a positive scale"
    for k, stage in enumerate(e.stages):
        where = f"encoding.stages[{k}]"
        match stage:
            case AffineStage():
                size = e.channels
                if stage.factor.shape != (size,) or stage.offset.shape != (size,):
                    yield where, "factor and offset need one element a channel", "match channels"
                    return
                if not 0 <= stage.shift <= 31:
                    yield where, f"shift {stage.shift} is not in 0..31", "rescale"
                    return
                if max(np.abs(stage.factor).max(), np.abs(stage.offset).max()) > _LIMIT:
                    yield where, "factor or offset exceeds 32 bits", "rescale"
                    return
            case ClipStage(low=a, high=b) if a > b or max(abs(a), abs(b)) > _LIMIT:
                yield where, f"clip limits {a} > {b}, or beyond 32 bits", "check the limits"
                return
            case CountStage(window=w) if not 1 <= w <= 65535:
                yield where, f"window {w} is not in 1..65535", "choose a shorter window"
                return
            case LevelCrossingStage():
                if stage.delta.shape != (e.channels,) or (stage.delta <= 0).any():
                    yield where, "delta needs one positive element a channel", "match channels"
                    return
                if not 1 <= stage.max_events <= int_max(16):
                    yield where, f"max_events {stage.max_events} is not in 1..32767", "limit it"
                    return
                if 2 * e.channels > MAX_NEURONS:
                    yield where, f"it doubles {e.channels} channels", f"at most {MAX_NEURONS // 2}"
                    return
                after = e.stages[k + 1 :]
                if len(after) > 1 or any(not isinstance(s, CountStage) for s in after):
                    yield where, "it doubles the channels: only a count may follow", "move it last"
                    return
            case ThresholdCrossingStage() if stage.threshold.shape != (e.channels,):
                yield where, "threshold needs one element a channel", "match channels"
                return
            case _:
                pass
        reached = bounds.encoding_intervals(replace(e, stages=e.stages[: k + 1]))[-1].bits
        if reached > 32:
            yield where, f"its values need {reached} bits, 32 are there", "clip or scale them down"
            return
    if sum(isinstance(s, CountStage) for s in e.stages) > 1:
        yield "encoding.stages", "more than one count stage", "merge the windows"


def _fits(name: str, x: IntArray, size: int, low: int, high: int) -> Iterator[Problem]:
    if x.shape not in ((1,), (size,)):
        yield name, f"shape {x.shape} is neither (1,) nor ({size},)", "one value, or one a neuron"
    elif x.size and (int(x.min()) < low or int(x.max()) > high):
        yield (
            name,
            f"values {int(x.min())}..{int(x.max())} exceed {low}..{high}",
            "rescale the state, or widen it with --state",
        )


def _decay(name: str, d: Decay, size: int) -> Iterator[Problem]:
    top = {"none": _LIMIT, "multiply": 65536, "leak": 65536, "shift": 31}[d.kind]
    yield from _fits(f"{name}.factor", d.factor, size, 0, top)
    if not 0 <= d.shift <= 31:
        yield f"{name}.shift", f"{d.shift} is not in 0..31", "rescale the factor"
    if d.kind in ("multiply", "leak") and int(d.factor.max()) > 1 << d.shift:
        yield (
            f"{name}.factor",
            f"{int(d.factor.max())} > 2**{d.shift}: the state grows",
            "check tau",
        )
    if not 0 <= d.min_step <= 1:
        yield f"{name}.min_step", f"{d.min_step} is not 0 or 1", "Xylo's minimum step is 1"


def _population(p: Population) -> Iterator[Problem]:
    if not 1 <= p.size <= MAX_NEURONS:
        yield "size", f"{p.size} neurons", f"1 to {MAX_NEURONS} are possible"
        return
    if p.bits not in _WIDTHS:
        yield "bits", f"{p.bits} is not one of {_WIDTHS}", "choose with --state"
        return
    low, high = int_min(p.bits), int_max(p.bits)
    yield from _decay("decay", p.decay, p.size)
    yield from _fits("bias", p.bias, p.size, -_LIMIT, _LIMIT)
    yield from _fits("reset.value", p.reset.value, p.size, low, high)
    if p.lower_bound is not None:
        yield from _fits("lower_bound", p.lower_bound, p.size, low, high)
    if p.scale.shape not in ((1,), (p.size,)) or not (np.isfinite(p.scale) & (p.scale > 0)).all():
        yield "scale", "one positive number, or one a neuron, is needed", "check the parameters"
    for k, s in enumerate(p.synapses):
        if s.bits not in _WIDTHS:
            yield f"synapses[{k}].bits", f"{s.bits} is not one of {_WIDTHS}", "choose with --state"
        yield from _decay(f"synapses[{k}].decay", s.decay, p.size)
        yield from _fits(f"synapses[{k}].bias", s.bias, p.size, -_LIMIT, _LIMIT)
        yield from _fits(f"synapses[{k}].gain", s.gain, p.size, -32768, 32767)
        if not -15 <= s.gain_shift <= 31:
            yield f"synapses[{k}].gain_shift", f"{s.gain_shift} is not in -15..31", "rescale"
    if not 0 <= p.refractory <= 255:
        yield "refractory", f"{p.refractory} is not in 0..255", "shorten it"
    f = p.fire
    if f is None:
        return
    if f.threshold.shape != (p.size,):
        yield "fire.threshold", f"shape {f.threshold.shape} is not ({p.size},)", "one a neuron"
        return
    yield from _fits("fire.threshold", f.threshold, p.size, low, high)
    if f.spikes == "floor" and int(f.threshold.min()) <= 0:
        yield (
            "fire.threshold",
            "several spikes a step need positive thresholds",
            "check v_threshold",
        )
    if not 1 <= f.max_spikes <= 255 or (f.spikes == "once" and f.max_spikes != 1):
        yield "fire.max_spikes", f"{f.max_spikes} is not possible here", "1, or up to 255 for floor"
    if p.reset.timing == "next-surplus" and p.reset.kind == "value" and p.reset.value.any():
        yield "reset.value", "snnTorch's surplus rule resets to zero only", "reset to 0"


def _projection(n: Network, names: list[str], q: Projection) -> Iterator[tuple[str, str]]:
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
            return (
                "" if min(connections.output_size(c)) > 0 else "the kernel is larger than the image"
            )
        case Pool() as p:
            if min(*p.kernel, *p.stride) < 1 or min(p.padding) < 0:
                return "kernel and stride are at least 1, padding at least 0"
            return (
                "" if min(connections.output_size(p)) > 0 else "the kernel is larger than the image"
            )


def _arithmetic(n: Network) -> Iterator[Problem]:
    """Refuse sums beyond the 64-bit integers of the golden model."""
    for p in n.populations:
        reach = [bounds.synapse_reach(n, p, k) for k in range(len(p.synapses))]
        if max([bounds.membrane_reach(n, p), *reach]) >= 2**62:
            yield p.name, "a sum could exceed 62 bits", "use smaller shifts and gains"


def _decode(n: Network) -> Iterator[Problem]:
    if not n.populations:
        return
    d, names = n.decode, [p.name for p in n.populations]
    known = [name for name in d.sources if name in names]
    if not known or len(known) < len(d.sources) or len(set(known)) < len(known):
        yield "decode.sources", f"{list(d.sources)} are not populations, each once", "check names"
        return
    size = n.output_size
    if size > MAX_NEURONS:
        yield "decode.sources", f"{size} outputs", f"1 to {MAX_NEURONS} are possible"
    yield from _fits("decode.multiplier", d.multiplier, size, 0, 32767)
    if len({p.fire is None for p in n.outputs}) > 1:
        yield "decode.sources", "some of them fire and some do not", "decode one kind only"
    last = n.output
    if d.rule.startswith("readout") and last.fire is not None:
        yield "decode", f"{d.rule} reads membranes, but {last.name} fires", "use spike-count"
    if d.rule == "spike-count" and last.fire is None:
        yield "decode", f"spike-count needs spikes, but {last.name} never fires", "use readout-mean"
    if d.classes and len(d.classes) != size:
        yield "decode.classes", f"{len(d.classes)} names for {size} outputs", "one an output"
