# SPDX-License-Identifier: Apache-2.0
"""Writes files and folders whole or not at all, always the same bytes for the same content."""

import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from ranvier.errors import RanvierError
from ranvier.paths import exists, is_dir, is_file

MANIFEST = "manifest.json"
BUILDS = "builds.json"  # of a folder with a build for each of several targets
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first date ZIP can hold


def write_file(path: Path, data: bytes) -> None:
    """Write `data` to `path`, replacing it at once when all is written; links are followed.

    Raises
    ------
    RanvierError
        W001 where it cannot be written, or is neither a file nor free: a device, say.
    """
    with staged_file(path) as file:
        file.write(data)


@contextmanager
def staged_file(path: Path) -> Iterator[IO[bytes]]:
    """Give a file to write that becomes `path` when the block ends well, else vanishes.

    Raises
    ------
    RanvierError
        W001 as `write_file`.
    """
    try:
        path = path.resolve()
        if exists(path) and not is_file(path):
            raise OSError("it is no file" if not is_dir(path) else "it is a folder")
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except (OSError, ValueError, RuntimeError) as e:  # a loop of links is a RuntimeError
        raise _cannot_write(path, e) from e
    try:
        with os.fdopen(handle, "w+b") as file:
            yield file
        _usual_mode(Path(name), 0o666)
        Path(name).replace(path)
    except BaseException as e:
        Path(name).unlink(missing_ok=True)
        if isinstance(e, OSError):
            raise _cannot_write(path, e) from e
        raise


def network_path(path: Path) -> Path:
    """Return `path` if a network may be written there: W003 unless its name ends in ``.rvn``."""
    if path.suffix != ".rvn":
        raise RanvierError(
            "W003",
            "a quantised network is a .rvn file",
            loc=str(path),
            hint="give -o a name that ends in .rvn",
        )
    return path


def npz_bytes(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Return an ``.npz`` archive; unlike NumPy's own, without the time of day in it."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in arrays:
            data = BytesIO()
            np.lib.format.write_array(data, np.ascontiguousarray(arrays[name]))
            archive.writestr(npz_member(name), data.getvalue())
    return buffer.getvalue()


def npz_member(name: str) -> zipfile.ZipInfo:
    """Return how an array called `name` stands in an ``.npz`` archive, on any system and day."""
    info = zipfile.ZipInfo(f"{name}.npy", _EPOCH)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    info.create_system = 3
    return info


@contextmanager
def staged_folder(path: Path) -> Iterator[Path]:
    """Give a folder to build in that becomes `path` when the block ends well, else vanishes.

    Raises
    ------
    RanvierError
        W002 where `path` exists and is not a build of Ranvier's: it is never overwritten.
    """
    named = path
    try:
        path = path.resolve()  # what a link names is made or replaced, not the link
    except (OSError, ValueError, RuntimeError) as e:
        raise _cannot_write(path, e) from e
    empty = is_dir(path) and not any(path.iterdir())
    if exists(path) and not _is_only_a_build(path) and not empty:
        raise RanvierError(
            "W002",
            "this exists and is not, or not only, a build directory of Ranvier's",
            loc=str(path),
            hint="choose another folder with -o, or remove it",
        )
    if exists(path) and Path.cwd().is_relative_to(path.resolve()):
        raise RanvierError(
            "W002",
            "the build directory is replaced whole, and you are in it",
            loc=str(path),
            hint="run this from another folder",
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        stage = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}."))
    except OSError as e:
        raise _cannot_write(path, e) from e
    try:
        yield stage
        _usual_mode(stage, 0o777)
        _swap(stage, path)
    except OSError as e:
        raise _cannot_write(named, e) from e
    except RanvierError as e:
        if e.code != "W001":
            raise
        # The place the user knows, not one in a folder that is gone by now.
        raise RanvierError(e.code, e.what, loc=str(named), hint=e.hint) from e
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def is_build(path: Path) -> bool:
    """Tell whether `path` is a build directory."""
    return is_dir(path) and is_file(path / MANIFEST)


def builds_in(path: Path) -> list[str]:
    """Return the folders of the builds for several targets that `path` holds; none where it isn't.

    Each is a name, not a path.
    """
    if not is_file(path / BUILDS):
        return []
    try:
        names = [str(row["target"]) for row in json.loads((path / BUILDS).read_bytes())["rows"]]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return []
    return (
        names if all(n != ".." and Path(n).name == n and is_build(path / n) for n in names) else []
    )


def _is_only_a_build(path: Path) -> bool:
    """Tell whether `path` holds builds and nothing else, so that nothing of the user's is lost."""
    several = builds_in(path)
    if several:
        there = {p.name for p in path.iterdir()}
        return there == {BUILDS, *several} and all(_is_only_a_build(path / n) for n in several)
    if not is_build(path):
        return False
    try:
        manifest = json.loads((path / MANIFEST).read_bytes())
        known = {MANIFEST, *manifest["files"]}
        ours = {"schema", "build_hash", "ranvier"} <= set(manifest)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return False
    there = {p.relative_to(path).as_posix() for p in path.rglob("*") if not p.is_dir()}
    return ours and there <= known


def _swap(stage: Path, path: Path) -> None:
    """Put `stage` in the place of `path`."""
    if not path.exists():
        stage.rename(path)
        return
    aside = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}.old."))
    old = aside / "old"
    try:
        path.rename(old)
        stage.rename(path)
    except BaseException:  # an interrupt may come between the two
        if exists(old) and not exists(path):
            old.rename(path)
        raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _usual_mode(path: Path, mode: int) -> None:
    """Make what `tempfile` made for its owner alone as readable as the user's other files."""
    umask = os.umask(0)
    os.umask(umask)
    path.chmod(mode & ~umask)


def _cannot_write(path: Path, e: OSError | ValueError | RuntimeError) -> RanvierError:
    return RanvierError(
        "W001",
        f"cannot write: {getattr(e, 'strerror', None) or e}",
        loc=str(path),
        hint="choose another place with -o",
    )
