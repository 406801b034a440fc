# SPDX-License-Identifier: Apache-2.0
"""The golden vectors of a build: what any copy of the network must answer."""

import numpy as np

from ranvier import reference
from ranvier.bounds import samples_per_step
from ranvier.ir import Network
from ranvier.tools.files import npz_bytes

SEED = 20240229
SAMPLES, STEPS = 2, 16


def golden_vectors(network: Network) -> bytes:
    """Return an ``.npz`` of seeded random raw samples over the whole raw range, and the trace.

    ``raw`` (samples, raw steps, channels), ``out`` (samples, steps, outputs), ``classes``
    (samples,), ``seed``, and ``<population>.v`` and ``.spikes`` (samples, steps, size).
    """
    encoding = network.encoding
    rng = np.random.default_rng(SEED)
    shape = (SAMPLES, STEPS * samples_per_step(encoding), encoding.channels)
    raw = rng.integers(encoding.raw_low, encoding.raw_high, shape, endpoint=True)
    trace = reference.simulate(network, raw)
    arrays = {"seed": np.array(SEED), "raw": raw.astype(np.dtype(encoding.raw))}
    arrays |= {"out": trace.out, "classes": trace.classes}
    arrays |= {f"{k}.v": x.astype(np.int32) for k, x in trace.v.items()}
    arrays |= {f"{k}.spikes": x.astype(np.int16) for k, x in trace.spikes.items()}
    return npz_bytes(arrays)
