# SPDX-License-Identifier: Apache-2.0
"""Reads whatever a user names: a model, a quantised network, a recording."""

import math
from dataclasses import replace
from pathlib import Path

from ranvier import rvn
from ranvier.errors import RanvierError
from ranvier.frontends.data import Data, load_data
from ranvier.frontends.netx import read_netx
from ranvier.frontends.nir import read_nir
from ranvier.frontends.options import ModelOptions
from ranvier.ir import Network
from ranvier.model import Model
from ranvier.paths import is_dir, is_file


def load(path: str | Path, options: ModelOptions | None = None) -> Model | Network:
    """Read a model (``.nir``), a quantised network (``.rvn``) or one of netx (``.net``).

    Raises
    ------
    RanvierError
        M010 where there is no such file, or its kind is not known; M0.. and N0.. for what is wrong
        inside; M005 for a file of netx without dt.
    """
    path = Path(path)
    if not is_file(path):
        what = "this is a folder" if is_dir(path) else "there is no such file"
        inside = path / "network.rvn"
        hint = f"of a build, give its network: {inside}" if is_file(inside) else "check the path"
        raise RanvierError("M010", what, loc=str(path), hint=hint)
    if path.suffix == ".rvn":
        if options not in (None, ModelOptions()):
            raise RanvierError(
                "M013",
                "a quantised network says itself what it means",
                loc=str(path),
                hint="--dialect, --dt, --decode and --encode belong to `quantize`",
            )
        return rvn.from_bytes(path.read_bytes(), str(path))
    if path.suffix == ".nir":
        return read_nir(path, options or ModelOptions())
    if path.suffix == ".net":
        return _netx(path, options or ModelOptions())
    raise RanvierError(
        "M010",
        f"files ending in {path.suffix or 'nothing'} are not models",
        loc=str(path),
        hint="a model is a .nir file, a quantised network a .rvn file, one of netx a .net file",
    )


def _netx(path: Path, options: ModelOptions) -> Network:
    """Read a network of netx, of which only the length of a step is not known."""
    if replace(options, dt=None) != ModelOptions():
        raise RanvierError(
            "M013",
            "a network of netx says itself what it means, but for the length of a step",
            loc=str(path),
            hint="say --dt alone",
        )
    if options.dt is None or not 0 < options.dt < math.inf:
        raise RanvierError(
            "M005", "the length of a step is not known", loc=str(path), hint="say --dt 1e-3, say"
        )
    return read_netx(path, options.dt)


def answered(model: Model) -> Model:
    """Return `model` if nothing it needs to be asked is open; M015 names what is."""
    open_ = [a for a in model.ambiguities if a.must]
    if open_:
        raise RanvierError(
            "M015",
            "; ".join(a.what for a in open_),
            loc=model.name,
            hint=f"say {'; '.join(a.option for a in open_)} (`ranvier inspect` explains)",
        )
    return model


def load_model(source: Model | str | Path, options: ModelOptions | None = None) -> Model:
    """Return a float model; M011 for a network that is quantised already."""
    found = load(source, options) if isinstance(source, (str, Path)) else source
    if isinstance(found, Network):
        raise RanvierError(
            "M011", "this network is quantised already", loc=str(source), hint="give the .nir model"
        )
    return answered(found)


def load_network(source: Network | str | Path) -> Network:
    """Return a quantised network; M012 for a float model."""
    found = load(source) if isinstance(source, (str, Path)) else source
    if isinstance(found, Model):
        raise RanvierError(
            "M012",
            "this is a float model",
            loc=str(source),
            hint="quantise it first: ranvier quantize MODEL --calib DATA -o NET.rvn",
        )
    return found


def as_data(source: Data | str | Path, dt: float | None = None) -> Data:
    """Return a recording, reading it where a path is given; `dt` (s) divides events into steps."""
    return source if isinstance(source, Data) else load_data(source, dt)
