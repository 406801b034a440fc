# SPDX-License-Identifier: Apache-2.0
"""Loihi's numerics: 24-bit current and membrane, 12-bit decays, thresholds in steps of 64.

With M = 2**23 and rz dividing by 2**12 toward zero, a step is

    u = rz(u * (4095 - du)) + (sum << 6)     modulo 2M, within -M+1 .. M
    v = rz(v * (4096 - dv)) + u + bias       within -M+1 .. M-1
    s = v > (vth << 6),  then v = 0

which is what lava-nc 0.10.0 computes in fixed point (proc/lif/models.py, PyLifModelBitAcc), run
beside this for docs/numerics.md; but that lava takes 2M off once, so that a sum above 3M leaves its
current beyond 24 bits. A neuron without a synaptic state has du = 4095: its current is
what arrives. An 8-bit signed weight w stands in the chip's 9 bits as 2w, so that the weight
exponent e shifts by e + 7; a convolution has no exponent. `NETX` is the same for files of netx,
which have no exponents at all: sums are shifted by 6, or by 7 where weights are even there.
"""

from dataclasses import replace

import numpy as np

from ranvier.discrete import Difference
from ranvier.ir import Decay, Fire, IntArray, Network, Population, SynapticState
from ranvier.model import Model
from ranvier.nodes import FloatArray, Neurons
from ranvier.quantize.numerics.numerics import (
    Arithmetic,
    Numerics,
    accept_chip,
    nearest_tau,
    refused,
)
from ranvier.quantize.parameter import parameter

STATE_BITS = 24
FRACTION = 12  # bits of a decay factor
GRID = 64  # thresholds and biases are multiples of it
MOST_BIAS = 4095 * GRID  # a 12-bit mantissa and a sign
_MOST = 2 ** (STATE_BITS - 1) - 1
_SHIFTS = tuple(range(6, 15))  # weight exponents -1..7
_NETX_SHIFTS = (6, 7)


def _arithmetic(layer: Neurons, d: Difference, decay_bits: int) -> Arithmetic:
    one = np.ones(layer.size)
    alpha = np.zeros(layer.size) if d.alpha_syn is None else d.alpha_syn
    later = d.alpha_syn is not None and layer.dynamics.synapse_order == "add-then-decay"
    return Arithmetic(
        decay=_decay(d.alpha, 1),
        synapse=SynapticState(
            decay=_decay(alpha, 0),
            bias=np.zeros(1, np.int64),
            overflow="wrap-upper",
            gain=np.ones(1, np.int64),
        ),
        drive=alpha if later else one,
        scale=one,
        shifts=_SHIFTS,
        window_shifts=_SHIFTS[:1],
    )


def _netx_arithmetic(layer: Neurons, d: Difference, decay_bits: int) -> Arithmetic:
    return replace(_arithmetic(layer, d, decay_bits), shifts=_NETX_SHIFTS)


def _decay(alpha: FloatArray, least: int) -> Decay:
    """Return a decay by 12 bits: du and dv reach 4095, so that a membrane keeps 1 at least."""
    top = 2**FRACTION
    factor = parameter(np.maximum(nearest_tau(alpha, top, top), least))
    return Decay(kind="multiply", factor=factor, shift=FRACTION, rounding="zero")


def _accept(model: Model, layer: Neurons) -> None:
    accept_chip("Loihi", model, layer, reset="value")
    if not layer.fires:
        return
    if layer.dynamics.spikes != "once":
        raise refused(
            "Loihi",
            model,
            layer,
            "neurons fire once a step",
            "--spikes-per-step one tells what that costs before anything is rounded",
        )
    start = layer.v_leak if layer.dynamics.start == "leak" else np.zeros(1)
    start = layer.v_reset if layer.dynamics.start == "reset" else start
    assert layer.v_threshold is not None and start is not None
    if np.any(layer.v_threshold < start):
        raise refused(
            "Loihi", model, layer, "thresholds are not below where membranes start", "raise them"
        )
    if np.any((0 if layer.v_reset is None else layer.v_reset) != start):
        raise refused(
            "Loihi", model, layer, "membranes reset to where they start", "train with v_reset = 0"
        )


def _finish(network: Network) -> Network:
    return replace(network, populations=tuple(_finished(p) for p in network.populations))


def _finished(p: Population) -> Population:
    fire, reset = p.fire, p.reset
    if fire is not None:
        # An integer above t or not, as every real threshold in t .. t+1 says.
        level = fire.threshold.astype(np.float64) + (0.5 if fire.compare == ">" else -0.5)
        fire = Fire(compare=">", threshold=_on_grid(level, _MOST - GRID + 1))
        reset = replace(reset, kind="value", timing="now")
    return replace(
        p,
        bias=parameter(_on_grid(p.bias.astype(np.float64), MOST_BIAS)),
        lower_bound=np.full(1, -_MOST),
        fire=fire,
        reset=reset,
    )


def _on_grid(x: FloatArray, most: int) -> IntArray:
    return np.asarray(np.clip(np.rint(x / GRID) * GRID, -most, most), np.int64)


LOIHI = Numerics(
    name="loihi",
    weights=(2, 3, 4, 5, 6, 7, 8),
    word=8,
    states=(STATE_BITS,),
    decays=(FRACTION, FRACTION),
    shared=True,
    grid=GRID,
    most_bias=MOST_BIAS,
    arithmetic=_arithmetic,
    accept=_accept,
    finish=_finish,
)
NETX = replace(LOIHI, name="netx", arithmetic=_netx_arithmetic)
