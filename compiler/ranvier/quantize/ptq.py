# SPDX-License-Identifier: Apache-2.0
"""Post-training quantisation: a calibrated float model in, a proved integer network out."""

from dataclasses import replace

import numpy as np

from ranvier import bounds, passes
from ranvier.check import check
from ranvier.discrete import difference
from ranvier.encoding import to_raw
from ranvier.errors import RanvierError
from ranvier.frontends.data import Data
from ranvier.ir import INPUT, Decode, IntArray, Network
from ranvier.model import Model, Neurons
from ranvier.quantize.calibrate import Calibration, calibrate
from ranvier.quantize.encode import quantize_encoding
from ranvier.quantize.formats import STATE_BITS, Formats
from ranvier.quantize.layer import Draft, draft, population, projections
from ranvier.quantize.refine import recordings, refine

__all__ = ["STATE_BITS", "Formats", "quantize_model"]
_MULTIPLIER_MAX = 32767


def quantize_model(model: Model, calib: Data, formats: Formats) -> Network:
    """Quantise `model`, calibrating on `calib`; labels are not used.

    Raises
    ------
    RanvierError
        Q001.. where the model cannot be expressed: see docs/errors.md.
    """
    normal = passes.run(model)
    for layer in normal.neurons:
        _check_step(normal, layer)
        if not layer.fires and any(e.source == layer.name for e in normal.edges):
            raise RanvierError(
                "Q009",
                f"{layer.name} never fires, yet more than one Threshold reads it",
                loc=f"{normal.name}:{layer.name}",
                hint="give each Threshold a layer of its own, and keep outputs apart from them",
            )
    seen_on = calibrate(normal, calib)
    drafts, network = drafted(normal, calib, seen_on, formats)
    if formats.rounding == "compensated":
        fine = replace(formats, weights=16, layers=(), state=32, rounding="nearest")
        _, exact = drafted(normal, calib, seen_on, fine)
        kept = calib.first(recordings(network, calib.shape[1]))
        raw = to_raw(network.encoding, kept.x)[0].astype(np.int64)
        network = refine(normal, network, drafts, exact, raw, formats.rates)
    network = replace(network, decode=_decode(model, network))
    _prove(check(network))
    return network


def drafted(
    normal: Model, calib: Data, seen_on: Calibration, formats: Formats
) -> tuple[tuple[Draft, ...], Network]:
    """Return every layer's formats, and the network with every number rounded to the nearest."""
    encoding, input_unit = quantize_encoding(normal, calib)
    units = {INPUT: input_unit, **{p.name: 1.0 for p in normal.neurons}}
    drafts = tuple(draft(normal, p, seen_on, units, formats) for p in normal.neurons)
    network = Network(
        name=normal.name,
        dt=normal.dt,
        encoding=encoding,
        populations=tuple(population(normal, made) for made in drafts),
        projections=tuple(q for made in drafts for q in projections(made)),
        decode=Decode(
            rule=normal.decode,
            sources=normal.outputs,
            multiplier=np.ones(1, np.int64),
            classes=normal.classes,
        ),
    )
    return drafts, check(network)


def _decode(model: Model, network: Network) -> Decode:
    """Return the decoder; readouts of scales of their own are compared through multipliers."""
    multiplier: IntArray = np.ones(1, np.int64)
    unit = network.output_scale
    if network.output.fire is None and np.ptp(unit) > 0:
        multiplier = np.maximum(np.rint(unit / unit.max() * _MULTIPLIER_MAX), 1).astype(np.int64)
    return replace(network.decode, multiplier=multiplier)


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


def _prove(network: Network) -> None:
    """Refuse a network in which a 32-bit accumulator could overflow."""
    for q in network.projections:
        word = bounds.sum_interval(network, q).bits
        if word > 32:
            raise RanvierError(
                "Q005",
                f"the sum could need {word} bits; accumulators have 32",
                loc=f"{network.name}:{q.source}->{q.target}",
                hint="use fewer weight bits, or clip the input",
            )
