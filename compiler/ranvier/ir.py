# SPDX-License-Identifier: Apache-2.0
"""The integer network: what every target consumes and the golden model executes.

Only fields, no behaviour. The order of one time step, in the order of the fields:

1. the input encoding turns raw samples into integers;
2. each population, in the order listed, sums its projections (`Projection`), updates its synaptic
   states, then its membranes, fires and resets (`Population`);
3. the decoder folds the last population's output into the answer (`Decode`).

A projection with delay 0 sees what its source emitted in this very step, so its source stands
before its target; a projection with delay d > 0 sees what it emitted d steps ago (0 before
step 0). Everything starts at 0.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

IntArray: TypeAlias = NDArray[np.int64]
FloatArray: TypeAlias = NDArray[np.float64]
RawType: TypeAlias = Literal["uint8", "int8", "uint16", "int16", "int32"]
Overflow: TypeAlias = Literal["saturate", "wrap", "wrap-upper"]

SCHEMA_VERSION = 4
INPUT = "input"  # the name projections use for the encoded input
SCORE_BITS = 48  # of the decoder's sums; with a 15-bit multiplier they fit 63


# Input encoding


@dataclass(frozen=True, slots=True, kw_only=True)
class AffineStage:
    """``y = (x * factor + offset) >> shift``, floor; standardises each channel."""

    factor: IntArray  # (channels,)
    offset: IntArray  # (channels,), carries the rounding half where rounding is wanted
    shift: int  # 0..31


@dataclass(frozen=True, slots=True, kw_only=True)
class RectifyStage:
    """``y = |x|``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipStage:
    """``y = min(max(x, low), high)``."""

    low: int
    high: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CountStage:
    """``y[t] = sum of x over the `window` raw samples that step t consumes``."""

    window: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeltaStage:
    """``y[t] = x[t] - x[t-1]``, with ``x[-1] = 0``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelCrossingStage:
    """Send-on-delta: two counts a channel; the ups of all channels, then the downs of all.

    ``k = min(floor((x - level)/delta), max_events)`` ups where ``x - level >= delta``, and alike
    downwards; ``level += (ups - downs) * delta``; the level starts at 0.
    """

    delta: IntArray  # (channels,), positive
    max_events: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdCrossingStage:
    """``y[t] = x[t] >= threshold and x[t-1] < threshold``, with ``x[-1] = 0``.

    `falling`: ``<=`` and ``>``. A crossing within `refractory` samples of the last one that was
    reported is not.
    """

    threshold: IntArray  # (channels,)
    falling: bool
    refractory: int = 0  # 0..65535


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterbankStage:
    """Band-pass filters side by side; all channels of the first band, then of the second, ...

    ``x * 2**fraction`` goes through the sections of a band one after the other, each
    ``y[t] = (b*(x[t] - x[t-2]) - a1*y[t-1] - a2*y[t-2] + 2**(shift-1)) >> shift``, floor; before
    the start all are 0. What the last section gives goes on as ``y >> drop``, floor, a unit of
    which is ``2**(drop - fraction)`` of one of the input.
    """

    b: IntArray  # (bands, sections), as the next two
    a1: IntArray
    a2: IntArray
    shift: int  # 1..30, bits of fraction in the coefficients
    fraction: int  # 0..24, bits below a unit of the input
    drop: int  # 0..24, of them that only the sections need


@dataclass(frozen=True, slots=True, kw_only=True)
class SquareStage:
    """``y = (x * x) >> shift``."""

    shift: int  # 0..31


@dataclass(frozen=True, slots=True, kw_only=True)
class SmoothStage:
    """Leaky mean: ``s = s - (s >> shift) + x``, ``y = s >> shift``, floor; s starts at 0."""

    shift: int  # 0..15


@dataclass(frozen=True, slots=True, kw_only=True)
class DecimateStage:
    """``y[t] = the last x of the `window` raw samples that step t consumes``."""

    window: int


Stage: TypeAlias = (
    AffineStage
    | RectifyStage
    | ClipStage
    | CountStage
    | DeltaStage
    | LevelCrossingStage
    | ThresholdCrossingStage
    | FilterbankStage
    | SquareStage
    | SmoothStage
    | DecimateStage
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """From raw samples to the integers of the first projection, exactly, on the device.

    Parameters
    ----------
    channels
        Raw channels in one sample, flattened in C order.
    raw
        Element type of a raw sample.
    raw_low, raw_high
        The values a raw sample may take, within `raw`; bounds are proved from them.
    raw_scale
        Real value of one raw unit. Data given as floats are divided by it and rounded half to
        even; data given as integers are raw already.
    stages
        Applied in order, each on integers. One of them at most makes one step of a window.
    """

    channels: int
    raw: RawType
    raw_low: int
    raw_high: int
    raw_scale: float
    stages: tuple[Stage, ...] = ()


# Populations


@dataclass(frozen=True, slots=True, kw_only=True)
class Decay:
    """What is left of a state `z` after one step, D(z).

    ``none``: z. ``multiply``: ``(z*factor) >> shift``. ``leak``: ``z - ((z*factor) >> shift)``.
    ``shift``: ``z - step`` with ``step = z >> factor``, or ``sign(z) * min_step`` where that is 0.
    `rounding` says whether ``>>`` floors or goes toward zero. `factor` has one element for all
    neurons or one each.
    """

    kind: Literal["none", "multiply", "leak", "shift"] = "none"
    factor: IntArray
    shift: int = 0
    rounding: Literal["floor", "zero"] = "floor"
    min_step: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SynapticState:
    """``i = D(i) + x`` or ``i = D(i + x)``, `bits` wide; the membrane reads it before or after.

    x is the sum of the projections onto this synapse plus `bias`, one element or one a neuron.
    The overflow rule applies to the sum: to ``D(i) + x``, or to ``i + x`` before D. ``wrap-upper``
    is Loihi's: modulo 2M, with ``M = 2**(bits-1)``, within -M + 1 .. M.
    `gain` and `gain_shift` make it what the membrane adds: ``(i * gain) >> gain_shift``, floor; a
    negative `gain_shift` shifts left. `gain` has one element or one a neuron.

    Parameters
    ----------
    accumulate
        How what the projections carry is added up. ``exact``: as it is. ``ring-buffer``
        (SpiNNaker): sums and weights are positive, and the sum saturates at ``2**ring_bits - 1``
        before it is shifted, by one shift for all. ``per-event`` (Xylo): each event is added to the
        state itself, which saturates each time; projections in their order, sources ascending, of
        a source that gives n the n one after the other; order is ``add-then-decay``.
    drive_gain, drive_shift
        Where there is a `drive_gain`, one element or one a neuron, 0..2**32-1, the sum becomes
        ``(sum * drive_gain) >> drive_shift``, floor, before the bias is added.
    """

    decay: Decay
    accumulate: Literal["exact", "per-event", "ring-buffer"] = "exact"
    ring_bits: int = 16
    drive_gain: IntArray | None = None
    drive_shift: int = 0
    order: Literal["decay-then-add", "add-then-decay"] = "decay-then-add"
    read: Literal["after", "before"] = "after"
    bias: IntArray
    bits: int = 16
    overflow: Overflow = "saturate"
    gain: IntArray
    gain_shift: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fire:
    """When a neuron spikes: ``v > threshold`` or ``v >= threshold``.

    ``once``: one spike a step. ``floor``: as many as subtracting the threshold satisfies the
    comparison, at most `max_spikes`; the threshold is then positive. `graded`: the spike carries v.
    """

    compare: Literal[">", ">="]
    threshold: IntArray  # (size,)
    spikes: Literal["once", "floor"] = "once"
    max_spikes: int = 1
    graded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset:
    """What a spike does to the membrane, and when.

    ``now``: v after the spike is stored reset: to `value`, or less ``n * threshold``.
    The others leave v, and at the next step a neuron whose stored v satisfies the comparison
    (``r``, from step 0 on) is reset: ``next-membrane``: before its update, to `value` (or less the
    threshold after the decay, as the last term of the same sum); ``next-update``: after its update,
    overflow rule included, to `value`, so that the step's input is lost (or less the threshold,
    with the overflow rule once more); ``next-surplus`` is snnTorch's immediate reset: as
    ``next-membrane``, then within the same step ``d = n - r``, n spikes: ``v -= d * threshold``
    (subtract) or ``v -= d * v`` (value, which must be 0).
    """

    kind: Literal["none", "value", "subtract"] = "none"
    value: IntArray  # (1,) or (size,)
    timing: Literal["now", "next-membrane", "next-update", "next-surplus"] = "now"


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """Neurons that share one rule, with parameters of their own.

    ``v = D(v) + sum of inputs + bias``, where the inputs are the synaptic states, or, where there
    are none, the sum of the projections. `saturation` places the overflow rule: ``sum``: once, on
    the exact sum; ``each``: after the decay and after every addition in that order; ``increment``:
    ``dv = sat(D(v) - v + inputs); dv = sat(dv + bias); v = sat(v + dv)``, the last addition also
    taking what a late reset subtracts. Then `lower_bound`, then `fire`, then `reset`.
    `refractory`: steps after a spike in which nothing happens.

    Parameters
    ----------
    form
        ``add``: the above. ``relax`` (SpiNNaker): the membrane moves toward ``a``, the inputs plus
        the bias: ``v = a - D(a - v)``; the overflow rule applies to a, to the difference and to v;
        there is no late reset.
    scale
        Real value of one membrane unit, ``(1,)`` or ``(size,)``.
    """

    name: str
    size: int
    synapses: tuple[SynapticState, ...] = ()
    decay: Decay
    bias: IntArray  # (1,) or (size,)
    bits: int = 16
    overflow: Overflow = "saturate"
    saturation: Literal["sum", "each", "increment"] = "sum"
    form: Literal["add", "relax"] = "add"
    lower_bound: IntArray | None = None  # (1,) or (size,)
    fire: Fire | None = None  # None: a readout, whose output is the membrane
    reset: Reset
    refractory: int = 0
    scale: FloatArray


# Projections


@dataclass(frozen=True, slots=True, kw_only=True)
class Dense:
    """``y[i] = sum_j weight[i, j] * x[j]``."""

    weight: IntArray  # (targets, sources)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sparse:
    """The same by coordinates, sorted by source then target, each pair at most once."""

    shape: tuple[int, int]  # (targets, sources)
    target: IntArray  # (nnz,)
    source: IntArray  # (nnz,)
    weight: IntArray  # (nnz,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conv:
    """Two-dimensional convolution (cross-correlation, as in NIR); 1-D has height 1."""

    weight: IntArray  # (out_channels, in_channels // groups, kernel_h, kernel_w)
    input_shape: tuple[int, int, int]  # (in_channels, h, w)
    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int, int, int] = (0, 0, 0, 0)  # top, bottom, left, right
    dilation: tuple[int, int] = (1, 1)
    groups: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Sum over windows of each channel, times one weight."""

    weight: int
    input_shape: tuple[int, int, int]  # (channels, h, w)
    kernel: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int] = (0, 0)


Connection: TypeAlias = Dense | Sparse | Conv | Pool


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection:
    """Weighted connections from one source to one synapse of one population.

    The sum is exact, then shifted: left by `shift`, or right (arithmetic, floor) by ``-shift``.

    Parameters
    ----------
    source
        ``"input"`` or a population that fires.
    synapse
        Index into the target's `synapses`; 0 where it has none.
    bits
        Weight word length, 2..16.
    """

    source: str
    target: str
    synapse: int = 0
    connection: Connection
    bits: int = 8
    shift: int = 0
    delay: int = 0


# The whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Decode:
    """From what some populations give to an answer, on the device.

    The outputs of `sources`, one after the other; all spikes or all membranes, unless ``per-step``.

    The score of output i, times ``multiplier[i]``: ``spike-count``: spikes since the start;
    ``readout-mean``: sum of the membrane over the steps so far (the divisor is common);
    ``readout-last`` and ``per-step``: this step's membrane, or spike count of a firing population.
    The sums saturate at `SCORE_BITS` bits, a step at a time, so that a device may run for ever.
    The class is the argmax, lowest index first; ``per-step`` is a value, not a class.
    """

    rule: Literal["spike-count", "readout-mean", "readout-last", "per-step"]
    sources: tuple[str, ...]
    multiplier: IntArray  # (1,) or (outputs,)
    classes: tuple[str, ...] = ()  # names, where the model has them


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A quantised network: the meaning every target must reproduce bit for bit."""

    name: str  # a C identifier of at most 31 characters
    dt: float  # seconds a step
    encoding: Encoding
    populations: tuple[Population, ...]  # in the order of evaluation
    projections: tuple[Projection, ...]
    decode: Decode

    def population(self, name: str) -> Population:
        """Return the population called `name`."""
        return next(p for p in self.populations if p.name == name)

    @property
    def outputs(self) -> tuple[Population, ...]:
        """The populations that the decoder reads."""
        return tuple(self.population(name) for name in self.decode.sources)

    @property
    def output(self) -> Population:
        """The first population that the decoder reads; mostly the only one."""
        return self.population(self.decode.sources[0])

    @property
    def output_size(self) -> int:
        """How many values the decoder reads in a step."""
        return sum(p.size for p in self.outputs)

    @property
    def output_scale(self) -> FloatArray:
        """Real value of one unit of each output, (outputs,); of a spike, 1."""
        return np.concatenate(
            [
                np.broadcast_to(p.scale, (p.size,)) if p.fire is None else np.ones(p.size)
                for p in self.outputs
            ]
        )
