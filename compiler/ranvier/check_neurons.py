# SPDX-License-Identifier: Apache-2.0
"""Is this a population? Its numbers within their words, its rules ones that go together."""

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np

from ranvier.ir import Decay, IntArray, Population, SynapticState
from ranvier.qformat import int_max, int_min

MAX_NEURONS = 65534  # an event list is a 16-bit count and 16-bit addresses
LIMIT = 2**31 - 1  # no parameter but a synapse's drive_gain is wider than 32 bits
_WIDTHS = (16, 24, 32)

Problem: TypeAlias = tuple[str, str, str]  # where, what, hint


def fits(name: str, x: IntArray, size: int, low: int, high: int) -> Iterator[Problem]:
    """Yield what is wrong with a parameter of one element, or of one a neuron, in low..high."""
    if x.shape not in ((1,), (size,)):
        yield name, f"shape {x.shape} is neither (1,) nor ({size},)", "one value, or one a neuron"
    elif x.size and (int(x.min()) < low or int(x.max()) > high):
        yield (
            name,
            f"values {int(x.min())}..{int(x.max())} exceed {low}..{high}",
            "rescale the state, or widen it with --state",
        )


def _decay(name: str, d: Decay, size: int) -> Iterator[Problem]:
    top = {"none": LIMIT, "multiply": 65536, "leak": 65536, "shift": 31}[d.kind]
    yield from fits(f"{name}.factor", d.factor, size, 0, top)
    if not 0 <= d.shift <= 31:
        yield f"{name}.shift", f"{d.shift} is not in 0..31", "rescale the factor"
    if d.kind in ("multiply", "leak") and int(d.factor.max()) > 1 << d.shift:
        yield (
            f"{name}.factor",
            f"{int(d.factor.max())} > 2**{d.shift}: the state grows",
            "check tau",
        )
    if not 0 <= d.min_step <= 1:
        yield f"{name}.min_step", f"{d.min_step} is not 0 or 1", "Xylo's minimum step is 1"


def population_problems(p: Population) -> Iterator[Problem]:
    """Yield what is wrong with a population by itself: the field, what, and a hint."""
    if not 1 <= p.size <= MAX_NEURONS:
        yield "size", f"{p.size} neurons", f"1 to {MAX_NEURONS} are possible"
        return
    if p.bits not in _WIDTHS:
        yield "bits", f"{p.bits} is not one of {_WIDTHS}", "choose with --state"
        return
    low, high = int_min(p.bits), int_max(p.bits)
    yield from _decay("decay", p.decay, p.size)
    yield from fits("bias", p.bias, p.size, -LIMIT, LIMIT)
    yield from fits("reset.value", p.reset.value, p.size, low, high)
    if p.lower_bound is not None:
        yield from fits("lower_bound", p.lower_bound, p.size, low, high)
    if p.scale.shape not in ((1,), (p.size,)) or not (np.isfinite(p.scale) & (p.scale > 0)).all():
        yield "scale", "one positive number, or one a neuron, is needed", "check the parameters"
    for k, s in enumerate(p.synapses):
        if s.bits not in _WIDTHS:
            yield f"synapses[{k}].bits", f"{s.bits} is not one of {_WIDTHS}", "choose with --state"
        yield from _decay(f"synapses[{k}].decay", s.decay, p.size)
        yield from fits(f"synapses[{k}].bias", s.bias, p.size, -LIMIT, LIMIT)
        yield from fits(f"synapses[{k}].gain", s.gain, p.size, -32768, 32767)
        if not -15 <= s.gain_shift <= 31:
            yield f"synapses[{k}].gain_shift", f"{s.gain_shift} is not in -15..31", "rescale"
        yield from ((f"synapses[{k}].{w}", what, hint) for w, what, hint in _arrival(s, p.size))
    for bits, overflow in ((p.bits, p.overflow), *((s.bits, s.overflow) for s in p.synapses)):
        if overflow == "wrap-upper" and bits != 24:
            yield "overflow", f"wrap-upper in {bits} bits", "it is the rule of Loihi's 24 bits"
    if not 0 <= p.refractory <= 255:
        yield "refractory", f"{p.refractory} is not in 0..255", "shorten it"
    if p.form == "relax" and p.saturation != "sum":
        yield "saturation", f"{p.saturation} has no meaning where the form is relax", "sum"
    f = p.fire
    if f is None:
        return
    if p.form == "relax" and p.reset.timing != "now" and p.reset.kind != "none":
        yield "reset.timing", f"{p.reset.timing} where the form is relax", "reset at once"
    if f.threshold.shape != (p.size,):
        yield "fire.threshold", f"shape {f.threshold.shape} is not ({p.size},)", "one a neuron"
        return
    yield from fits("fire.threshold", f.threshold, p.size, low, high)
    if f.spikes == "floor" and int(f.threshold.min()) <= 0:
        yield (
            "fire.threshold",
            "several spikes a step need positive thresholds",
            "check v_threshold",
        )
    if not 1 <= f.max_spikes <= 255 or (f.spikes == "once" and f.max_spikes != 1):
        yield "fire.max_spikes", f"{f.max_spikes} is not possible here", "1, or up to 255 for floor"
    if p.reset.timing == "next-surplus" and p.reset.kind == "value" and p.reset.value.any():
        yield "reset.value", "snnTorch's surplus rule resets to zero only", "reset to 0"


def _arrival(s: SynapticState, size: int) -> Iterator[Problem]:
    """Return what is wrong with how a synapse adds up what arrives."""
    if not 1 <= s.ring_bits <= 24:
        yield "ring_bits", f"{s.ring_bits} is not in 1..24", "SpiNNaker's ring buffers have 16"
    if s.accumulate == "per-event" and (s.order, s.overflow) != ("add-then-decay", "saturate"):
        yield "accumulate", "events are added to the state, which saturates", "add-then-decay"
    if s.drive_gain is not None:
        yield from fits("drive_gain", s.drive_gain, size, 0, 2**32 - 1)
    if not 0 <= s.drive_shift <= 32:
        yield "drive_shift", f"{s.drive_shift} is not in 0..32", "rescale the gain"
    if s.accumulate == "per-event" and s.drive_gain is not None:
        yield "drive_gain", "events that saturate one by one have no gain", "scale the weights"
