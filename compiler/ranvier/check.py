# SPDX-License-Identifier: Apache-2.0
"""Is this a network? Every field within its limits, every reference resolved."""

import math
import re
from collections.abc import Iterator

from ranvier import bounds
from ranvier.check_encoding import RAW_RANGE, encoding_problems
from ranvier.check_neurons import MAX_NEURONS, Problem, fits, population_problems
from ranvier.check_projections import projection_problems
from ranvier.errors import RanvierError
from ranvier.ir import INPUT, Network

__all__ = ["RAW_RANGE", "check", "is_identifier"]

_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]{0,30}\Z")
_C_WORDS = frozenset(
    {
        "auto", "break", "case", "char", "const", "continue", "default", "do", "double",
        "else", "enum", "extern", "float", "for", "goto", "if", "inline", "int",
        "long", "register", "restrict", "return", "short", "signed", "sizeof", "static", "struct",
        "switch", "typedef", "union", "unsigned", "void", "volatile", "while",
    }
)  # fmt: skip


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
    yield from encoding_problems(n.encoding)
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
