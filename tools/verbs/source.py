# SPDX-License-Identifier: Apache-2.0
"""What a user gives to be compiled, as the network that it is or becomes."""

from pathlib import Path

from ranvier.errors import RanvierError
from ranvier.frontends.data import Data
from ranvier.frontends.options import ModelOptions
from ranvier.ir import Network
from ranvier.model import Ambiguity, Model
from ranvier.tools.build import sha256
from ranvier.tools.verbs.load import load
from ranvier.tools.verbs.quantize import quantize


def network_of(
    source: Model | Network | str | Path,
    calib: Data | str | Path | None,
    options: ModelOptions | None,
) -> tuple[Network, tuple[Ambiguity, ...]]:
    """Return the network to compile, quantising a model, and what was assumed of the model.

    Raises
    ------
    RanvierError
        C006 for a model without calibration data; M0.., N0.., Q0.. for what is wrong with it.
    """
    found = load(source, options) if isinstance(source, (str, Path)) else source
    if isinstance(found, Network):
        return found, ()
    if calib is None:
        raise RanvierError(
            "C006",
            "a float model needs calibration data to be compiled",
            loc=found.name,
            hint="give --calib DATA, or quantise first",
        )
    quantized = quantize(found, calib)
    return quantized.network, quantized.ambiguities


def origin_of(source: Model | Network | str | Path) -> dict[str, str] | None:
    """Return the name and hash of the file that was compiled; None for what came from Python."""
    if not isinstance(source, (str, Path)):
        return None
    path = Path(source)
    return {"file": path.name, "sha256": sha256(path.read_bytes())}
