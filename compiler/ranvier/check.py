# SPDX-License-Identifier: Apache-2.0
"""Is this a network? Every field within its limits, every reference resolved."""

import math
import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ranvier import bounds
from ranvier.check_neurons import LIMIT, MAX_NEURONS, Problem, fits, population_problems
from ranvier.check_projections import projection_problems
from ranvier.errors import RanvierError
from ranvier.ir import (
    INPUT,
    AffineStage,
    ClipStage,
    CountStage,
    Encoding,
    LevelCrossingStage,
    Network,
    RawType,
    ThresholdCrossingStage,
)
from ranvier.qformat import int_max

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
        yield from ((f"{p.name}.{w}", what, hint) for w, what, hint in population_problems(p))
    for q in n.projections:
        place = f"{q.source}->{q.target}"
        yield from ((place, what, hint) for what, hint in projection_problems(n, names, q))
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
                if max(np.abs(stage.factor).max(), np.abs(stage.offset).max()) > LIMIT:
                    yield where, "factor or offset exceeds 32 bits", "rescale"
                    return
            case ClipStage(low=a, high=b) if a > b or max(abs(a), abs(b)) > LIMIT:
                yield where, f"clip limits {a} > {b}, or beyond 32 bits", "check the limits"
                return
            case CountStage(window=w) if not 1 <= w <= 65535:
                yield where, f"window {w} is not in 1..65535", "choose a shorter window"
                return
            case LevelCrossingStage():
                if stage.delta.shape != (e.channels,) or (stage.delta <= 0).any():
                    yield where, "delta needs one positive element a channel", "match channels"
                    return
                if stage.delta.max() > LIMIT:
                    yield where, "delta exceeds 32 bits", "rescale"
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
            case ThresholdCrossingStage():
                if stage.threshold.shape != (e.channels,):
                    yield where, "threshold needs one element a channel", "match channels"
                    return
                if max(int(stage.threshold.max()), -int(stage.threshold.min())) > LIMIT:
                    yield where, "threshold exceeds 32 bits", "rescale"
                    return
            case _:
                pass
        reached = bounds.encoding_intervals(replace(e, stages=e.stages[: k + 1]))[-1].bits
        if reached > 32:
            yield where, f"its values need {reached} bits, 32 are there", "clip or scale them down"
            return
    if sum(isinstance(s, CountStage) for s in e.stages) > 1:
        yield "encoding.stages", "more than one count stage", "merge the windows"


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
    yield from fits("decode.multiplier", d.multiplier, size, 0, 32767)
    if d.classes and len(d.classes) != size:
        yield "decode.classes", f"{len(d.classes)} names for {size} outputs", "one an output"
    if len({p.fire is None for p in n.outputs}) > 1:
        if d.rule != "per-step":
            yield "decode.sources", "some of them fire and some do not", "decode them per-step"
        return
    last = n.output
    if d.rule.startswith("readout") and last.fire is not None:
        yield "decode", f"{d.rule} reads membranes, but {last.name} fires", "use spike-count"
    if d.rule == "spike-count" and last.fire is None:
        yield "decode", f"spike-count needs spikes, but {last.name} never fires", "use readout-mean"
