# SPDX-License-Identifier: Apache-2.0
"""How far a model's normal form, which is what gets quantised, is from the model itself."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ranvier import floating
from ranvier.floating import FloatTrace
from ranvier.quantize.explain_distance import Distance, spikes_apart, values_apart
from ranvier.quantize.explain_pair import Pairs


def run_original(pairs: Pairs, x: NDArray[np.float32]) -> FloatTrace:
    """Run the model as it was read on the encoded input, (samples, steps, channels)."""
    return floating.simulate(replace(pairs.original, encoding=None), x)


def changed(pairs: Pairs, original: FloatTrace, normal: FloatTrace) -> dict[str, Distance]:
    """Return how far each layer's two runs are apart.

    A layer that emits a step late emits at once in the normal form: its spikes are compared a step
    apart. One that lost neurons, which fire never or always, is left out.
    """
    found = {}
    for p in pairs.layers:
        before = next((n for n in pairs.original.neurons if n.name == p.name), None)
        if before is None or before.size != p.neurons.size or before.fires != p.neurons.fires:
            continue
        if p.neurons.fires:
            late = 1 if before.dynamics.emit == "next-step" else 0
            a, b = original.spikes[p.name], normal.spikes[p.name]
            found[p.name] = spikes_apart(a[:, late:], b[:, : b.shape[1] - late])
        else:
            v = [t.v[p.name].astype(np.float64) for t in (original, normal)]
            found[p.name] = values_apart(*v)
    return found
