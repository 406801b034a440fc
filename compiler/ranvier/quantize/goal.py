# SPDX-License-Identifier: Apache-2.0
"""What rounding is to match: the network at full precision, and what it does."""

from dataclasses import dataclass

import numpy as np

from ranvier import reference
from ranvier.encoding import to_raw
from ranvier.frontends.data import Data
from ranvier.ir import INPUT, Network
from ranvier.quantize.formats import Formats
from ranvier.quantize.replay import Given
from ranvier.quantize.study import Study, drafted, rounded_to_nearest
from ranvier.reference import Trace

FEWEST = 8  # recordings
_MOST_VALUES = 2**22  # inputs and membranes of the recordings that are replayed


@dataclass(frozen=True, slots=True)
class Goal:
    """A network at full precision, and what it did on the first recordings.

    Attributes
    ----------
    network
        The model at 16-bit weights, 32-bit states and 16-bit decays, in Ranvier's own numerics.
        Being integers, it does the same on every computer.
    trace
        With inputs, spikes and membranes.
    """

    network: Network
    trace: Trace

    def given(self) -> Given:
        """Return what each source gave, (samples, steps, source's size)."""
        return {INPUT: self.trace.inputs, **self.trace.spikes}


def goal(of: Study, calib: Data, formats: Formats) -> Goal:
    """Run the model at full precision on the first recordings of `calib`."""
    fine = Formats(weights=16, state=32, scales=formats.scales)
    network = rounded_to_nearest(of, drafted(of, fine))
    kept = calib.first(recordings(network, calib.shape[1]))
    raw = to_raw(network.encoding, kept.x)[0].astype(np.int64)
    trace = reference.simulate(network, raw, keep=("inputs", "spikes", "v"))
    return Goal(network=network, trace=trace)


def recordings(network: Network, steps: int) -> int:
    """Return how many recordings of so many steps are replayed: as many as fit, and never few."""
    each = network.encoding.channels + sum(p.size for p in network.populations)
    return max(FEWEST, _MOST_VALUES // max(1, steps * each))
