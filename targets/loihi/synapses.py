# SPDX-License-Identifier: Apache-2.0
"""The synapses of one projection: between each input or layer it comes from, and each it goes to.

Between several layers, or with a delay, a convolution becomes the matrix that it stands for: Lava
has no convolution with delays, and one of few target neurons is none.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ranvier import connections
from ranvier.errors import RanvierError
from ranvier.ir import INPUT, Conv, IntArray, Network, Projection
from ranvier.targets.loihi.chip import Chip
from ranvier.targets.loihi.plan import Input, Layer, Synapse
from ranvier.targets.loihi.refuse import HINT
from ranvier.targets.loihi.weights import ALIGNED, MANTISSA, encode, low_zeros

_MOST_MATRIX = 1 << 26  # weights of a convolution that has to be one


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """What spikes come from: the columns of a matrix, and what each spike counts."""

    name: str
    columns: IntArray | None
    shift: int = 0
    sign: int = 1
    message_bits: int = 0


def synapses_of(
    network: Network, chip: Chip, q: Projection, inputs: Sequence[Input], layers: Sequence[Layer],
    delay: int, first: int,
) -> list[Synapse]:  # fmt: skip
    """Return the synapses of projection `q`, named from ``s<first>`` on.

    Raises
    ------
    RanvierError
        K002 for weights that the chip's synapses can't hold, K005 for a matrix too large.
    """
    targets = [x for x in layers if x.population == q.target]
    sources = _sources(q, inputs, layers)
    undivided = len(targets) == 1 and all(x.columns is None for x in sources) and not delay
    result: list[Synapse] = []
    for source in sources:
        shift = q.shift + source.shift
        conv = q.connection if undivided and isinstance(q.connection, Conv) else None
        kernel = None if conv is None else _kernel(conv, source.sign, shift)
        for target in targets:
            w, exponent, bits = kernel, 0, MANTISSA
            if w is None:
                w = source.sign * _matrix(network, q)[target.neurons]
                w = w if source.columns is None else w[:, source.columns]
                if not w.any():
                    continue
                found = encode(w, shift, chip.least_exponent.value, chip.most_exponent.value)
                if found is None:
                    raise _no_weights(network, chip, q, w, shift)
                w, exponent, bits = found.weights, found.exponent, found.bits
            result.append(
                Synapse(
                    name=f"s{first + len(result)}",
                    source=source.name,
                    target=target.name,
                    weights=w,
                    exponent=exponent,
                    bits=bits,
                    delay=delay,
                    message_bits=source.message_bits,
                    conv=None if kernel is None else conv,
                )
            )
    return result


def place(network: Network, q: Projection) -> str:
    """Return where an error about a projection is."""
    return f"{network.name}:{q.source}->{q.target}"


def _sources(q: Projection, inputs: Sequence[Input], layers: Sequence[Layer]) -> list[_Source]:
    if q.source == INPUT:
        return [
            _Source(
                name=x.name, columns=None, shift=x.bit or 0, sign=-1 if x.negative else 1,
                message_bits=x.message_bits,
            )
            for x in inputs
        ]  # fmt: skip
    found = [x for x in layers if x.population == q.source]
    return [_Source(name=x.name, columns=None if len(found) == 1 else x.neurons) for x in found]


def _matrix(network: Network, q: Projection) -> IntArray:
    targets, sources = connections.shape(q.connection)
    if targets * sources > _MOST_MATRIX:
        raise RanvierError(
            "K005", f"as a matrix this connection has {targets} x {sources} weights, and as a"
            " convolution Loihi can't be given it", loc=place(network, q),
            hint="pad all sides alike, without delays, and let its weights fit 8 bits unshifted",
        )  # fmt: skip
    return connections.matrix(q.connection)


def _kernel(conv: Conv, sign: int, shift: int) -> IntArray | None:
    """Return the weights of a convolution that Lava's Conv computes, which knows no exponent."""
    top, bottom, left, right = conv.padding
    w, up = sign * conv.weight, shift - ALIGNED
    if top != bottom or left != right or not w.any() or (up < 0 and low_zeros(w) < -up):
        return None
    w = w << up if up >= 0 else w >> -up
    half = 1 << (MANTISSA - 1)
    low, high = int(w.min()), int(w.max())
    return w if (-half <= low and high < half) or (low >= 0 and high < 2 * half) else None


def _no_weights(
    network: Network, chip: Chip, q: Projection, w: IntArray, shift: int
) -> RanvierError:
    least, most = chip.least_exponent.value, chip.most_exponent.value
    return RanvierError(
        "K002", f"weights from {int(w.min())} to {int(w.max())}, shifted by {shift}, are no"
        f" magnitudes of {MANTISSA} bits shifted by {ALIGNED} and {least}..{most} more",
        loc=place(network, q),
        hint=f"{HINT}; inputs that are sent bit by bit: clip them to fewer bits, or use loihi2",
    )  # fmt: skip
