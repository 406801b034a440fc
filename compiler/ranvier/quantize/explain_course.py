# SPDX-License-Identifier: Apache-2.0
"""What of both runs is kept to be drawn: one sample where spikes part, one of each readout."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ranvier.floating import FloatTrace
from ranvier.nodes import FloatArray
from ranvier.quantize.explain_first import FirstDivergence
from ranvier.quantize.explain_pair import Pair
from ranvier.reference import Trace


@dataclass(frozen=True, slots=True)
class Spikes:
    """The sample of the first divergence on both sides, in its layer.

    Attributes
    ----------
    real, whole
        Spikes, (steps, size).
    real_v, whole_v
        Membrane of the neuron, real, (steps,).
    """

    real: NDArray[np.integer]
    whole: NDArray[np.integer]
    real_v: FloatArray
    whole_v: FloatArray


@dataclass(frozen=True, slots=True)
class Readout:
    """A readout in the sample and the output in which its sides differ most.

    Attributes
    ----------
    apart
        By how much: the squared difference, summed over the steps.
    real, whole
        Membrane, real, (steps,).
    """

    sample: int
    output: int
    apart: float
    real: FloatArray
    whole: FloatArray


def spikes(f: FirstDivergence, sample: int, trace: FloatTrace, golden: Trace) -> Spikes:
    """Return both courses of a divergence in `sample` of these traces."""
    name, k = f.layer, f.neuron
    return Spikes(
        real=trace.spikes[name][sample].copy(),
        whole=golden.spikes[name][sample].copy(),
        real_v=trace.v[name][sample, :, k].astype(np.float64),
        whole_v=np.asarray(golden.v[name][sample, :, k] * f.unit + f.start, np.float64),
    )


def readout(p: Pair, first: int, trace: FloatTrace, golden: Trace) -> Readout:
    """Return a readout where it differs most; sample 0 of the traces is number `first`."""
    a: FloatArray = trace.v[p.name].astype(np.float64)
    b = golden.v[p.name] * p.unit
    apart = ((a - b) ** 2).sum(axis=1)
    sample, k = (int(i) for i in np.unravel_index(int(apart.argmax()), apart.shape))
    return Readout(
        sample=first + sample,
        output=k,
        apart=float(apart[sample, k]),
        real=a[sample, :, k].copy(),
        whole=b[sample, :, k].copy(),
    )
