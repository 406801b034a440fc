# SPDX-License-Identifier: Apache-2.0
"""Model -> Model rewrites, one a file, applied in the order of `PIPELINE`."""

from collections.abc import Callable
from typing import TypeAlias

from ranvier.model import Model
from ranvier.passes.drop_dead import drop_dead
from ranvier.passes.drop_identities import drop_identities
from ranvier.passes.drop_silent import drop_silent
from ranvier.passes.fold_bias import fold_bias
from ranvier.passes.fuse_thresholds import fuse_thresholds
from ranvier.passes.merge_maps import merge_maps
from ranvier.passes.retime_delays import retime_delays
from ranvier.passes.retime_spikes import retime_spikes

Pass: TypeAlias = Callable[[Model], Model]

PIPELINE: tuple[Pass, ...] = (
    drop_dead,
    drop_identities,
    fuse_thresholds,
    retime_spikes,
    fold_bias,
    retime_delays,
    merge_maps,
    drop_silent,
    drop_dead,
)


def run(model: Model) -> Model:
    """Bring `model` to the form the quantiser takes: neurons joined by single maps."""
    for rewrite in PIPELINE:
        model = rewrite(model)
    return model
