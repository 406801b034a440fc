# SPDX-License-Identifier: Apache-2.0
"""What the numerics of a chip are: what the quantiser may choose from, and how a layer computes."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ranvier.discrete import Difference
from ranvier.errors import RanvierError
from ranvier.ir import Decay, IntArray, Network, SynapticState
from ranvier.model import Model
from ranvier.nodes import FloatArray, Neurons


@dataclass(frozen=True, slots=True, kw_only=True)
class Arithmetic:
    """How one layer computes, its numbers apart.

    Attributes
    ----------
    decay
        Of the membrane.
    synapse
        The synaptic state, its bias and word left open; None where there is none.
    relaxes
        Whether `ranvier.ir.Population.form` is ``relax``.
    steady
        Whether a bias is added to the membrane, whatever the model adds it to: what the current
        would settle at.
    drive
        What weights must be multiplied with for the synaptic state to be the model's, (size,).
    scale
        The same for all that the membrane takes, weights and biases, (size,).
    shifts, window_shifts
        What a projection may be shifted by; one over the windows of an image.
    most_drive
        What the positive, or the negative, weights of a neuron may add up to in a step, shifted;
        None: any.
    """

    decay: Decay
    synapse: SynapticState | None
    relaxes: bool = False
    steady: bool = True
    drive: FloatArray
    scale: FloatArray
    shifts: tuple[int, ...]
    window_shifts: tuple[int, ...]
    most_drive: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Numerics:
    """The arithmetic that a network is quantised for.

    Attributes
    ----------
    weights, word
        Word lengths of weights, and the usual one.
    states
        Word lengths of states, the narrowest first.
    decays
        Bits of a decay factor that may be asked for, least and most.
    shared
        Whether a layer has one scale, and thresholds stay where they are.
    common_shifts
        What all projections of a network may be shifted by alike; empty where each has its own.
    finer
        Whether a synaptic state may have a finer unit than the membrane.
    grid
        Thresholds and biases are multiples of it, in units.
    most_bias
        What the bias of a membrane may reach, in its units; None: any.
    most_input
        What an encoded input may reach on the calibration data; None: anything.
    arithmetic
        Of a layer whose rules were accepted, for decay factors of so many bits.
    accept
        Refuses, with Q012, a model whose layer the chip has no rule for.
    finish
        Gives a network that has only been rounded the last of the chip's rules.
    """

    name: str
    weights: tuple[int, ...]
    word: int
    states: tuple[int, ...]
    decays: tuple[int, int] = (8, 16)
    shared: bool = False
    common_shifts: tuple[int, ...] = ()
    finer: bool = False
    grid: int = 1
    most_bias: int | None = None
    most_input: int | None = None
    arithmetic: Callable[[Neurons, Difference, int], Arithmetic]
    accept: Callable[[Model, Neurons], None]
    finish: Callable[[Network], Network]


def refused(chip: str, model: Model, layer: Neurons, what: str, hint: str) -> RanvierError:
    """Return the error for a rule that a chip does not have."""
    return RanvierError("Q012", f"{chip}: {what}", loc=f"{model.name}:{layer.name}", hint=hint)


def accept_chip(chip: str, model: Model, layer: Neurons, *, reset: str) -> None:
    """Refuse what none of the chips can do: see the hints."""
    rule = layer.dynamics
    at_once = "next-membrane" if reset == "value" else "now"
    if rule.lower_bound is not None:
        raise refused(chip, model, layer, "membranes have no lower bound", "train without one")
    if rule.synapse_read == "before":
        raise refused(
            chip, model, layer, "membranes read a current after its update", "use another dialect"
        )
    if rule.emit == "next-step":
        raise refused(
            chip,
            model,
            layer,
            "spikes leave in the step they arise in",
            "use another dialect",
        )
    if layer.bias is not None and layer.bias.any() and _never_settles(layer):
        raise refused(
            chip,
            model,
            layer,
            "a bias adds to the membrane, and a current that never leaks has no value to settle at",
            "train with a finite tau_syn, or without a bias",
        )
    if layer.fires and not layer.remembers:
        raise refused(chip, model, layer, "every neuron has a membrane", "use LIF neurons")
    if layer.fires and rule.reset != reset:
        raise refused(
            chip,
            model,
            layer,
            f"neurons reset {_RESETS[reset]}, not {_RESETS[rule.reset]}",
            f"--reset {reset} tells what that costs before anything is rounded",
        )
    if layer.fires and not resets_at_once(layer):
        raise refused(
            chip,
            model,
            layer,
            "neurons reset in the step in which they fire",
            f"--reset-timing {at_once} tells what that costs before anything is rounded",
        )


_RESETS = {"value": "to a value", "subtract": "by subtraction", "none": "never"}


def _never_settles(layer: Neurons) -> bool:
    return layer.tau_syn is not None and bool(np.isinf(layer.tau_syn).any())


def resets_at_once(layer: Neurons) -> bool:
    """Tell whether the layer's spikes are those of a reset in the step of the spike.

    A membrane that is set to a value before its next update might have been at once.
    """
    rule = layer.dynamics
    return rule.reset_timing == "now" or (
        rule.reset_timing == "next-membrane" and rule.reset == "value"
    )


def nearest_tau(alpha: FloatArray, top: int, most: int) -> IntArray:
    """Return of the integers beside ``alpha * top`` those whose time constant is nearest.

    Within 0..most; a state that keeps everything gets `most`.
    """
    exact = alpha * top
    low, high = np.minimum(np.floor(exact), most), np.minimum(np.ceil(exact), most)
    with np.errstate(divide="ignore", invalid="ignore"):  # neurons that keep everything
        wanted, at_low, at_high = 1 / (top - exact), 1 / (top - low), 1 / (top - high)
        below = np.abs(at_low - wanted) <= np.abs(at_high - wanted)
    return np.where(alpha == 1, most, np.where(below, low, high)).astype(np.int64)
