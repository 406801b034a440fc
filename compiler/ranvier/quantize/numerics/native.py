# SPDX-License-Identifier: Apache-2.0
"""Ranvier's own numerics, of the microcontroller's kernels: what is exact where it can be."""

import numpy as np

from ranvier.discrete import Difference
from ranvier.ir import Network, SynapticState
from ranvier.model import Model
from ranvier.nodes import Neurons
from ranvier.quantize.decay import LEAST_BITS, MOST_BITS, quantize_decay
from ranvier.quantize.numerics.numerics import Arithmetic, Numerics

_SHIFTS = tuple(range(-16, 17))


def _arithmetic(layer: Neurons, d: Difference, decay_bits: int) -> Arithmetic:
    synapse = None
    if d.alpha_syn is not None:
        synapse = SynapticState(
            decay=quantize_decay(d.alpha_syn, decay_bits),
            order=layer.dynamics.synapse_order,
            read=layer.dynamics.synapse_read,
            bias=np.zeros(1, np.int64),
            gain=np.ones(1, np.int64),
        )
    one = np.ones(layer.size)
    return Arithmetic(
        decay=quantize_decay(d.alpha, decay_bits),
        synapse=synapse,
        steady=False,
        drive=one,
        scale=one,
        shifts=_SHIFTS,
        window_shifts=_SHIFTS,
    )


def _accept(model: Model, layer: Neurons) -> None:
    """Every rule that a model can have."""


def _finish(network: Network) -> Network:
    return network


NATIVE = Numerics(
    name="native",
    weights=(2, 3, 4, 5, 6, 7, 8, 16),
    word=8,
    states=(16, 24, 32),
    decays=(LEAST_BITS, MOST_BITS),
    finer=True,
    arithmetic=_arithmetic,
    accept=_accept,
    finish=_finish,
)
