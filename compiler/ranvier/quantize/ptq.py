# SPDX-License-Identifier: Apache-2.0
"""Post-training quantisation: a calibrated float model in, a proved integer network out."""

from dataclasses import replace

from ranvier import bounds
from ranvier.check import check
from ranvier.errors import RanvierError
from ranvier.frontends.data import Data
from ranvier.ir import Decode, Network
from ranvier.model import Model
from ranvier.quantize.draft import Draft
from ranvier.quantize.formats import Formats
from ranvier.quantize.goal import Goal, goal
from ranvier.quantize.readouts import multipliers
from ranvier.quantize.refine import refine
from ranvier.quantize.sparse import shortest
from ranvier.quantize.study import Study, drafted, rounded_to_nearest, study

__all__ = ["Formats", "quantize_model"]


def quantize_model(model: Model, calib: Data, formats: Formats) -> Network:
    """Quantise `model`, calibrating on `calib`; labels are not used.

    Raises
    ------
    RanvierError
        Q001.. where the model cannot be expressed: see docs/errors.md.
    """
    of = study(model, calib)
    wanted = goal(of, calib, formats) if formats.rounding == "compensated" else None
    return quantized(of, formats, wanted)


def quantized(of: Study, formats: Formats, wanted: Goal | None) -> Network:
    """Return the network of these formats.

    Parameters
    ----------
    wanted
        What its roundings are to match; None to leave every number rounded to the nearest.
    """
    drafts = drafted(of, formats)
    network = rounded_to_nearest(of, drafts)
    if wanted is not None:
        rates = formats.rates and not formats.numerics.shared
        network = refine(of.model, network, drafts, wanted, rates)
    network = formats.numerics.finish(network)
    network = shortest(replace(network, decode=_decode(network, drafts)))
    _prove(check(network))
    return network


def _decode(network: Network, drafts: tuple[Draft, ...]) -> Decode:
    """Return the decoder; readouts of scales of their own are compared through multipliers."""
    return replace(network.decode, multiplier=multipliers(drafts, network.output_scale))


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
