# SPDX-License-Identifier: Apache-2.0
"""Model -> Model rewrites, one a file, applied in the order of `PIPELINE`."""

from collections.abc import Callable
from typing import TypeAlias

from ranvier.model import Model
from ranvier.passes.collapse_linear import collapse_linear
from ranvier.passes.drop_dead import drop_dead

Pass: TypeAlias = Callable[[Model], Model]

PIPELINE: tuple[Pass, ...] = (drop_dead, collapse_linear)


def run(model: Model) -> Model:
    """Bring `model` to the form the quantiser takes: neurons joined by one Linear a pair."""
    for rewrite in PIPELINE:
        model = rewrite(model)
    return model
