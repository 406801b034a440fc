# SPDX-License-Identifier: Apache-2.0
"""A network as Loihi's neurons and synapses, exactly, or a refusal with a way out."""

import numpy as np

from ranvier.bounds import drive_reach, source_interval
from ranvier.errors import RanvierError
from ranvier.ir import INPUT, Decay, IntArray, Network, Population
from ranvier.qformat import bits_for
from ranvier.targets.loihi.chip import Chip
from ranvier.targets.loihi.lags import extra, lags
from ranvier.targets.loihi.plan import Input, Layer, Plan, Synapse
from ranvier.targets.loihi.refuse import FRACTION, HINT, MOST, check_rules
from ranvier.targets.loihi.synapses import place, synapses_of
from ranvier.targets.loihi.weights import ALIGNED

GRID = 1 << ALIGNED  # of thresholds
_NETX_BIAS = 6  # the exponent that netx gives every bias


def lower(network: Network, chip: Chip) -> Plan:
    """Lay a network out for a chip.

    Raises
    ------
    RanvierError
        K001 for rules that Loihi doesn't have, K002 for numbers that its registers don't hold, K003
        for inputs that its spikes can't carry, K004 for loops faster than its hops.
    """
    check_rules(network)
    when = lags(network)
    layers = [x for p in network.populations for x in _layers(network, chip, p, when[p.name])]
    inputs = _inputs(network, chip)
    synapses: list[Synapse] = []
    for k, q in enumerate(network.projections):
        delay = extra(network, when, k)
        if delay > chip.delay.value:
            raise RanvierError(
                "K002", f"a spike has to wait {delay} steps beside its hop; synapses of {chip.name}"
                f" wait {chip.delay.value} at most", loc=place(network, q),
                hint="a shorter delay, or a longer step",
            )  # fmt: skip
        synapses += synapses_of(network, chip, q, inputs, layers, delay, len(synapses))
    return Plan(
        network=network,
        chip=chip,
        inputs=inputs,
        layers=tuple(layers),
        synapses=tuple(synapses),
        unproved=tuple(_unproved(network, layers)),
    )


def _layers(network: Network, chip: Chip, p: Population, lag: int) -> list[Layer]:
    """Return the population in groups that share decays and a threshold."""
    du = 2**FRACTION - 1 - _kept(p.synapses[0].decay, p.size)
    dv = 2**FRACTION - _kept(p.decay, p.size)
    vth = _thresholds(network, chip, p)
    bias = np.broadcast_to(p.bias, (p.size,))
    groups: dict[tuple[int, int, int], list[int]] = {}
    for n, key in enumerate(zip(du.tolist(), dv.tolist(), vth.tolist(), strict=True)):
        groups.setdefault(key, []).append(n)
    result = []
    for k, ((u, v, threshold), members) in enumerate(groups.items()):
        neurons = np.array(members, np.int64)
        mantissa, exponent = _bias(network, chip, p, bias[neurons])
        result.append(
            Layer(
                name=p.name if len(groups) == 1 else f"{p.name}.{k}",
                population=p.name,
                neurons=neurons,
                lag=lag,
                du=u,
                dv=v,
                vth=threshold,
                fires=p.fire is not None,
                bias=mantissa,
                bias_exponent=exponent,
            )
        )
    return result


def _kept(d: Decay, size: int) -> IntArray:
    """Return how many parts in 4096 a state keeps, (size,)."""
    factor = np.full(1, 2**FRACTION, np.int64) if d.kind == "none" else d.factor
    return np.broadcast_to(factor, (size,))


def _thresholds(network: Network, chip: Chip, p: Population) -> IntArray:
    most = (1 << chip.threshold_bits.value) - 1
    if p.fire is None:
        return np.full(p.size, most, np.int64)
    level = p.fire.threshold - (p.fire.compare == ">=")  # fires above it
    if (level % GRID).any() or int(level.min()) < 0 or int(level.max()) > most * GRID:
        raise RanvierError(
            "K002", f"thresholds are multiples of {GRID} from 0 to {most * GRID}; these go from"
            f" {int(level.min())} to {int(level.max())}", loc=f"{network.name}:{p.name}", hint=HINT,
        )  # fmt: skip
    return level // GRID


def _bias(network: Network, chip: Chip, p: Population, bias: IntArray) -> tuple[IntArray, int]:
    """Return mantissas and the exponent that they share."""
    half = 1 << (chip.bias_bits.value - 1)
    for exponent in (_NETX_BIAS, *range(chip.bias_exponent.value + 1)):
        mantissa = bias >> exponent
        exact = bool((mantissa << exponent == bias).all())
        if exact and -half <= int(mantissa.min()) and int(mantissa.max()) < half:
            return mantissa, exponent
    raise RanvierError(
        "K002", f"biases are {chip.bias_bits.value} bits, shifted left by"
        f" {chip.bias_exponent.value} at most; these go from {int(bias.min())} to"
        f" {int(bias.max())}", loc=f"{network.name}:{p.name}", hint=HINT,
    )  # fmt: skip


def _inputs(network: Network, chip: Chip) -> tuple[Input, ...]:
    """Return the ports of the encoded input: its numbers, or a port for each of their bits."""
    x = source_interval(network, INPUT)
    low, high, size = int(x.low.min()), int(x.high.max()), len(x.low)
    if low >= 0 and high <= 1:
        return (Input(name=INPUT, size=size),)
    bits = bits_for(min(low, 0), max(high, 0))
    if chip.message_bits.value:
        if bits > chip.message_bits.value:
            raise RanvierError(
                "K003", f"inputs from {low} to {high} are numbers of {bits} bits; spikes of"
                f" {chip.name} carry {chip.message_bits.value}", loc=network.name,
                hint="clip them (metadata 'encode')",
            )  # fmt: skip
        return (Input(name=INPUT, size=size, message_bits=bits),)
    planes = bits if low < 0 else bits - 1
    return tuple(
        Input(name=f"{INPUT}.{b}", size=size, bit=b, negative=low < 0 and b == planes - 1)
        for b in range(planes)
    )


def _unproved(network: Network, layers: list[Layer]) -> list[str]:
    """Return what bounds over the weights don't exclude."""
    found = []
    modulus = 2 * (MOST + 1)
    for p in network.populations:
        drive = drive_reach(network, p, 0)
        if drive > modulus:
            found.append(
                f"what arrives at {p.name} in a step could reach {drive}; above {modulus} Lava"
                f" takes {modulus} off once, which leaves its current outside of 24 bits"
            )
        if p.fire is None:
            most = max(x.vth for x in layers if x.population == p.name) * GRID
            reach = _reach(p, drive)
            if reach > most:
                found.append(
                    f"the readout {p.name} could pass {most}, where its neurons would fire"
                )
    return found


def _reach(p: Population, drive: int) -> int:
    """Bound a membrane: ``|v| <= (|u| + |bias|) / (1 - kept)``, and u alike."""
    top = 2**FRACTION
    u = _settles(drive, int(_kept(p.synapses[0].decay, p.size).max()), top)
    bias = int(np.abs(p.bias).max())
    return _settles(u + bias, int(_kept(p.decay, p.size).max()), top)


def _settles(x: int, kept: int, top: int) -> int:
    return MOST if kept >= top else int(min(MOST, -(-x * top // (top - kept))))
