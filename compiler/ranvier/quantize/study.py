# SPDX-License-Identifier: Apache-2.0
"""What a calibration says of a model whatever bits are chosen, and the networks drawn from it."""

from dataclasses import dataclass

import numpy as np

from ranvier import passes
from ranvier.check import check
from ranvier.discrete import difference
from ranvier.errors import RanvierError
from ranvier.frontends.data import Data
from ranvier.ir import INPUT, Decode, Encoding, Network
from ranvier.model import Model, Neurons
from ranvier.quantize.calibrate import Calibration, calibrate
from ranvier.quantize.draft import Draft, draft
from ranvier.quantize.encode import quantize_encoding
from ranvier.quantize.formats import Formats
from ranvier.quantize.layer import population, projections
from ranvier.quantize.numerics import Numerics
from ranvier.quantize.readouts import comparable


@dataclass(frozen=True, slots=True)
class Study:
    """A model and its calibration.

    Attributes
    ----------
    model
        In normal form.
    seen_on
        What it did on the calibration data.
    encoding
        The integer encoding.
    input_unit
        Real value of one unit of the encoded input.
    """

    model: Model
    seen_on: Calibration
    encoding: Encoding
    input_unit: float


def study(model: Model, calib: Data) -> Study:
    """Run `model` over `calib`, in as few passes as that takes.

    Raises
    ------
    RanvierError
        Q001.. where the model cannot be expressed: see docs/errors.md.
    """
    normal = passes.run(model)
    for layer in normal.neurons:
        _check_step(normal, layer)
        _check_start(normal, layer)
        if not layer.fires and any(e.source == layer.name for e in normal.edges):
            raise RanvierError(
                "Q009",
                f"{layer.name} never fires, yet other layers read its membrane",
                loc=f"{normal.name}:{layer.name}",
                hint="integers carry spikes between layers: put a firing layer there; each "
                "Threshold needs a layer of its own",
            )
    seen_on = calibrate(normal, calib)
    encoding, input_unit = quantize_encoding(normal, calib)
    return Study(model=normal, seen_on=seen_on, encoding=encoding, input_unit=input_unit)


def drafted(of: Study, formats: Formats) -> tuple[Draft, ...]:
    """Return the formats of every layer."""
    for p in of.model.neurons:
        formats.numerics.accept(of.model, p)
    _check_inputs(of, formats.numerics)
    ways = [_with_shift(of, formats, shift) for shift in formats.numerics.common_shifts or (None,)]
    return min(ways, key=lambda drafts: sum(made.error for made in drafts))


def _check_inputs(of: Study, numerics: Numerics) -> None:
    """Refuse data that a chip would clip: what was fitted to them would not be what runs."""
    reached = round(of.seen_on.peak[INPUT] / of.input_unit)
    if numerics.most_input is not None and reached > numerics.most_input:
        raise RanvierError(
            "Q012",
            f"{numerics.name}: an input takes {numerics.most_input} events a step at most; the "
            f"calibration data reach {reached}",
            loc=f"{of.model.name}:encoding",
            hint="use shorter steps (--dt), or clip the data",
        )


def _with_shift(of: Study, formats: Formats, shift: int | None) -> tuple[Draft, ...]:
    units = {INPUT: of.input_unit, **{p.name: 1.0 for p in of.model.neurons}}
    made = tuple(draft(of.model, p, of.seen_on, units, formats, shift) for p in of.model.neurons)
    return comparable(of.model, made)


def rounded_to_nearest(of: Study, drafts: tuple[Draft, ...]) -> Network:
    """Return the network of these drafts, every number rounded to the nearest."""
    return check(
        Network(
            name=of.model.name,
            dt=of.model.dt,
            encoding=of.encoding,
            populations=tuple(population(of.model, made) for made in drafts),
            projections=tuple(q for made in drafts for q in projections(made)),
            decode=Decode(
                rule=of.model.decode,
                sources=of.model.outputs,
                multiplier=np.ones(1, np.int64),
                classes=of.model.classes,
            ),
        )
    )


def _check_step(model: Model, layer: Neurons) -> None:
    """Refuse a step longer than a time constant: forward Euler is then unstable."""
    if any((a < 0).any() for a in difference(layer, model.dt).alphas):
        shortest = min(float(t.min()) for t in (layer.tau_mem, layer.tau_syn) if t is not None)
        raise RanvierError(
            "Q004",
            f"dt = {model.dt:g} s is longer than the shortest time constant, {shortest:g} s",
            loc=f"{model.name}:{layer.name}",
            hint="forward Euler is unstable there: is --dt right, and is tau in seconds?",
        )


def _check_start(model: Model, layer: Neurons) -> None:
    """Refuse a reset by an amount where a membrane is kept relative to a start other than 0.

    A threshold is kept so as well, hence is not what a spike takes away.
    """
    rule, start = layer.dynamics, difference(layer, model.dt).start
    surplus = rule.reset == "value" and rule.reset_timing == "next-surplus"
    if layer.fires and start.any() and (rule.reset == "subtract" or surplus):
        raise RanvierError(
            "Q008",
            f"{layer.name} starts at {start[np.abs(start).argmax()]:g}, not at 0, and a spike "
            f"{'takes a part of its membrane' if surplus else 'subtracts its threshold'}",
            loc=f"{model.name}:{layer.name}",
            hint="--reset value, reset in the step of the spike or the next, can be expressed; "
            "otherwise set v_leak or v_reset to 0",
        )
