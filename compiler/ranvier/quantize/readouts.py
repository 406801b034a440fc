# SPDX-License-Identifier: Apache-2.0
"""Gives readouts that are compared units whose ratios small integers hold exactly."""

from dataclasses import replace

import numpy as np

from ranvier.ir import IntArray
from ranvier.model import Model
from ranvier.nodes import FloatArray
from ranvier.quantize.draft import Draft

MULTIPLIER_MAX = 32767  # 15 bits


def comparable(model: Model, drafts: tuple[Draft, ...]) -> tuple[Draft, ...]:
    """Return drafts in which the units of compared readouts are multiples of one real value.

    That value is the largest unit over 32767, so that multipliers of 15 bits are exact however
    unequal readouts are; a multiplier rounded afterwards would be wrong by up to half of itself
    where a unit is thousands of times smaller than another. A unit that is m times it was raised by
    less than one part in m - 1. Whatever scales units down later stays on multiples of it.

    Readouts of which each is an answer by itself (``per-step``) keep their units.
    """
    read = [made for made in drafts if made.layer.name in model.outputs and not made.layer.fires]
    if model.decode == "per-step" or not read:
        return drafts
    names = {made.layer.name for made in read}
    units = np.concatenate([made.unit * 2.0**made.extra for made in read])
    if np.ptp(units) == 0:
        return drafts
    grain = float(units.max()) / MULTIPLIER_MAX
    return tuple(
        replace(made, grain=grain * 2.0**-made.extra).scaled(np.ones(1))
        if made.layer.name in names
        else made
        for made in drafts
    )


def multipliers(drafts: tuple[Draft, ...], unit: FloatArray) -> IntArray:
    """Return what makes readouts of units `unit` (outputs,) comparable: one number, or one each.

    Exact for the readouts of `comparable` drafts.
    """
    if np.ptp(unit) == 0:
        return np.ones(1, np.int64)
    grains = [made.grain * 2.0**made.extra for made in drafts if made.grain]
    grain = grains[0] if grains else float(unit.max()) / MULTIPLIER_MAX
    return np.maximum(np.rint(unit / grain), 1).astype(np.int64)
