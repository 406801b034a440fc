# SPDX-License-Identifier: Apache-2.0
"""Families of kernels for 16-bit sums: what each needs of a layer, and how its weights lie."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from ranvier import bounds
from ranvier.bounds import Interval
from ranvier.ir import Connection
from ranvier.targets.mcu.cores import Family
from ranvier.targets.mcu.layouts import (
    HALVES,
    PAIRED,
    Columns,
    PairedColumns,
    WovenColumns,
    blocks,
    halves,
    paired,
    woven,
)
from ranvier.targets.mcu.plan import PopulationPlan, ProjectionPlan

_MOST_TARGETS = 65535 - HALVES
_LARGEST = 32767  # what SMLABB and SMULBT take, which read 16 bits with a sign


@dataclass(frozen=True, slots=True, kw_only=True)
class Kernels:
    """The kernels of a family.

    Attributes
    ----------
    fits
        Tells whether they run a projection of events.
    laid
        Returns the columns that they read.
    group
        They write sums of whole groups of so many targets.
    straight, shifted
        Those of leaky neurons that are alike: with sums as they are, and shifted to the membranes'
        scale.
    alike
        That of leaky neurons of any rule that share all but thresholds and biases; empty: none.
    largest_factor
        Of the decay, with a shift of 16.
    shifts_right
        Whether `shifted` does that as well.
    shifted_first
        Whether `shifted` saves more than a longer list of counted events would.
    values, values_laid
        What sums the input's values in 16 bits, brought to the membranes' scale, and what it reads.
    """

    fits: Callable[[ProjectionPlan], bool]
    laid: Callable[[Connection], PairedColumns]
    group: int
    straight: str
    shifted: str
    alike: str = ""
    largest_factor: int = 65535
    shifts_right: bool = False
    shifted_first: bool = True
    values: str
    values_laid: Callable[[Connection], PairedColumns | WovenColumns]

    def leaky(self, plan: PopulationPlan, sums: Interval) -> str | None:
        """Return the kernel for leaky neurons that runs a population exactly, or None."""
        by = plan.shifts[0]
        if not _alike(plan) or int(plan.population.decay.factor[0]) > self.largest_factor:
            return None
        if by < 0 and not self.shifts_right:
            return None
        arrived = shifted(sums, by)
        if _usual(plan) and arrived.bits <= 16:
            return self.straight if by == 0 else self.shifted
        fits = self.alike and _fillers_rest(plan) and _added(plan, arrived).bits <= 16
        return self.alike if fits else None

    @property
    def usual(self) -> tuple[str, str]:
        """The kernels of the usual rule."""
        return self.straight, self.shifted


def plain(q: ProjectionPlan) -> bool:
    """Tell whether a projection has dense weights of a byte that are added up as they are.

    Whole groups of its targets are counted in 16 bits.
    """
    return (
        isinstance(q.layout, Columns)
        and q.layout.weight.dtype == np.int8
        and q.layout.weight.shape[1] <= _MOST_TARGETS
        and not q.scratch
        and not q.single
    )


def _fits_pairs(q: ProjectionPlan) -> bool:
    """Tell whether the kernels for pairs of targets run a projection."""
    return plain(q) and max(q.layout.weight.shape) <= _LARGEST - PAIRED


def _fits_halves(q: ProjectionPlan) -> bool:
    """Tell whether w + 256 w', of any two weights, fits 16 bits, and so does a whole column."""
    return plain(q) and max(q.layout.weight.shape) <= _LARGEST and int(q.layout.weight.min()) > -128


def _alike(plan: PopulationPlan) -> bool:
    """Tell whether leaky neurons share all but thresholds and biases, and fire once a step."""
    p = plan.population
    return (
        plan.word == 16
        and plan.shifts[0] <= 30
        and not p.synapses
        and (p.decay.kind, p.decay.rounding, p.decay.shift) == ("leak", "floor", 16)
        and p.decay.factor.size == 1
        and (p.overflow, p.saturation, p.form) == ("saturate", "sum", "add")
        and p.lower_bound is None
        and p.fire is not None
        and p.fire.spikes == "once"
        and p.reset.kind in ("value", "subtract")
        and p.reset.timing in ("now", "next-membrane")
        and p.reset.value.size == 1
        and not (p.reset.kind == "subtract" and int(p.fire.threshold.min()) < 0)
    )


def _fillers_rest(plan: PopulationPlan) -> bool:
    """Tell whether neurons that only fill up a group never fire.

    None is above 32767, their threshold. One gets there where the first projection leaves its sum
    to another layer's, as all do but dense ones, which write whole groups.
    """
    fire = plan.population.fire
    return fire is not None and (fire.compare == ">" or plain(plan.projections[0]))


def _usual(plan: PopulationPlan) -> bool:
    """Tell whether the hand-written kernels are of a population's rule."""
    return plan.kernel == "rv_lif_i16" and not plan.population.bias.any()


def _added(plan: PopulationPlan, arrived: Interval) -> Interval:
    """Return what is added to each membrane: sums, biases, and less what a late reset takes off."""
    p = plan.population
    low, high = arrived.low + p.bias, arrived.high + p.bias
    if p.fire is not None and (p.reset.kind, p.reset.timing) == ("subtract", "next-membrane"):
        low = low - p.fire.threshold
    return Interval(low, high)


def shifted(sums: Interval, by: int) -> Interval:
    """Return `sums` shifted left, or right for a negative shift."""
    return Interval(bounds.shifted(sums.low, by), bounds.shifted(sums.high, by))


_PACKED = partial(
    Kernels,
    fits=plain,
    laid=partial(paired, packed=True),
    group=PAIRED,
    shifted="rv_lif_i16_left_alike",
    shifted_first=False,
    values_laid=partial(paired, packed=True),
)
_DSP = Kernels(
    fits=_fits_pairs,
    laid=partial(paired, packed=False),
    group=PAIRED,
    straight="rv_lif_i16_dsp",
    alike="rv_population_i16_pairs",
    shifted="rv_lif_i16_left_dsp",
    largest_factor=_LARGEST,
    values="rv_values_set_i8_dsp",
    values_laid=woven,
)
KERNELS: dict[Family, Kernels] = {
    "packed": _PACKED(straight="rv_lif_i16_alike", values="rv_values_set_i8_packed"),
    "thumb1": _PACKED(straight="rv_lif_i16_thumb1", values="rv_values_set_i8_thumb1"),
    "dsp": _DSP,
    "helium": Kernels(
        fits=_fits_halves,
        laid=halves,
        group=HALVES,
        straight="rv_lif_i16_helium",
        shifted="rv_lif_i16_shift_helium",
        largest_factor=_LARGEST,
        shifts_right=True,
        values="rv_values_set_i8_helium",
        values_laid=blocks,
    ),
}
