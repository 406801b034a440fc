# SPDX-License-Identifier: Apache-2.0
"""A build directory: what `ranvier compile` leaves and every later verb starts from."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from ranvier import rvn
from ranvier.bounds import samples_per_step
from ranvier.errors import RanvierError
from ranvier.ir import Network
from ranvier.paths import is_file
from ranvier.targets.catalogue import Target, target_of
from ranvier.targets.mcu.board import Board
from ranvier.targets.mcu.own_board import own_board
from ranvier.tools.files import MANIFEST, builds_in, is_build

SCHEMA = 2
VECTORS = "golden.npz"
BOARD_FILE = "board.toml"  # in a build for a board of the user's own


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """A compiled network.

    Attributes
    ----------
    manifest
        The content of ``manifest.json``.
    target
        What it is for; of a board file of the user's own, as it was when this was compiled.
    """

    path: Path
    manifest: dict[str, Any]
    network: Network
    target: Target

    @property
    def board(self) -> Board:
        """The target, which is to run the build and answer over its link.

        Raises
        ------
        RanvierError
            B013 for hardware that has no such link.
        """
        if not isinstance(self.target, Board):
            raise RanvierError(
                "B013",
                f"{self.target.name} has no link over which Ranvier could ask it",
                loc=str(self.path),
                hint="`ranvier verify` compares its simulation with the golden model",
            )
        return self.target

    @property
    def image(self) -> Path:
        """The image, or the shared library."""
        return self.path / str(self.manifest["image"])

    @property
    def signature(self) -> bytes:
        """The network's identity, 32 bytes."""
        return rvn.signature(self.network)


def sha256(data: bytes) -> str:
    """Return the hash that a manifest carries for a file."""
    return hashlib.sha256(data).hexdigest()


def manifest_bytes(manifest: dict[str, Any]) -> bytes:
    """Return ``manifest.json``."""
    return json.dumps(manifest, indent=2, sort_keys=True).encode() + b"\n"


def open_build(source: Build | str | Path) -> Build:
    """Open a build directory, checking that nothing in it changed since it was compiled.

    Raises
    ------
    RanvierError
        B002 where it is not a build directory, B003 for another schema, B004 where a file differs
        from its hash.
    """
    if isinstance(source, Build):
        return source
    path = Path(source)
    several = builds_in(path)
    if several:
        raise RanvierError(
            "B011",
            f"this folder holds builds for several targets: {', '.join(several)}",
            loc=str(path),
            hint=f"name one of them: {path / several[0]}",
        )
    if not is_build(path):
        raise RanvierError(
            "B002",
            "this is not a build directory",
            loc=str(path),
            hint="make one: ranvier compile NET.rvn --target qemu-mps2-an386 -o BUILD",
        )
    try:
        manifest = json.loads((path / MANIFEST).read_bytes())
        schema, files = manifest["schema"], dict(manifest["files"])
        target, image = str(manifest["target"]), str(manifest["image"])
        family = manifest["family"]
        bytes.fromhex(manifest["build_hash"])
    except (ValueError, KeyError, TypeError, OSError, RecursionError) as e:
        raise RanvierError(
            "B002", f"the manifest is damaged: {e}", loc=str(path / MANIFEST), hint="compile again"
        ) from e
    if schema != SCHEMA:
        raise RanvierError(
            "B003",
            f"manifest schema {schema!r}; this Ranvier reads {SCHEMA}",
            loc=str(path),
            hint="compile again with this version",
        )
    if not {image, "network.rvn", VECTORS} <= set(files):
        raise RanvierError(
            "B002",
            "the manifest names no image, network or vectors",
            loc=str(path),
            hint="compile again",
        )
    for name, digest in sorted(files.items()):
        _check_file(path, name, str(digest))
    network = rvn.from_bytes((path / "network.rvn").read_bytes(), str(path / "network.rvn"))
    where = _target(path, target, files)
    if where.family != family:
        raise RanvierError(
            "B002", f"{target} is not of family {family!r}", loc=str(path), hint="compile again"
        )
    return Build(path=path, manifest=manifest, network=network, target=where)


def _target(path: Path, target: str, files: dict[str, Any]) -> Target:
    """Return what the build is for: a target of Ranvier's, or what its own board file says."""
    if BOARD_FILE not in files:
        return target_of(target)
    file = path / BOARD_FILE
    try:
        text = file.read_text("utf-8")
    except ValueError as e:
        raise RanvierError(
            "B002", f"the board file is damaged: {e}", loc=str(file), hint="compile again"
        ) from e
    return own_board(text, str(file))


def open_app(source: Build | str | Path) -> Build:
    """Open a build that can run by itself; B006 for a library, which has no link, B013 likewise."""
    build = open_build(source)
    _ = build.board
    if build.manifest.get("emit") != "app":
        raise RanvierError(
            "B006",
            "this build is a library for another program; nothing in it runs by itself",
            loc=str(build.path),
            hint="compile with --emit app to flash, run and verify",
        )
    return build


def _check_file(path: Path, name: str, digest: str) -> None:
    file = path / name
    # A name with a zero byte in it cannot be resolved, and is no file.
    known = is_file(file) and file.resolve().is_relative_to(path.resolve())
    if not known or sha256(file.read_bytes()) != digest:
        raise RanvierError(
            "B004",
            "the file is missing or changed since it was compiled",
            loc=str(file),
            hint="compile again; a build directory is never edited by hand",
        )


def vectors(build: Build) -> NDArray[np.integer[Any]]:
    """Return the raw samples of a build's own vectors, (samples, raw steps, channels).

    Raises
    ------
    RanvierError
        B002 where they are none for its network.
    """
    file, encoding = build.path / VECTORS, build.network.encoding
    try:
        with np.load(file) as f:
            raw = np.asarray(f["raw"])
        whole = raw.ndim == 3 and raw.shape[2] == encoding.channels and raw.dtype.kind in "iu"
        if not whole or raw.shape[1] % samples_per_step(encoding) or not raw.size:
            raise ValueError(f"they are {raw.dtype} {raw.shape}")
        if int(raw.min()) < encoding.raw_low or int(raw.max()) > encoding.raw_high:
            raise ValueError("they leave the range of raw samples")
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as e:
        raise RanvierError(
            "B002", f"the vectors are damaged: {e}", loc=str(file), hint="compile again"
        ) from e
    return raw
