# SPDX-License-Identifier: Apache-2.0
"""``ranvier compile --target A,B``: one network for several targets, all of them or none."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ranvier.errors import RanvierError
from ranvier.frontends.data import Data
from ranvier.frontends.options import ModelOptions
from ranvier.ir import Network
from ranvier.model import Ambiguity, Model
from ranvier.targets.mcu.toolchain import Name as Compiler
from ranvier.tools.build import SCHEMA, open_build
from ranvier.tools.families.protocol import Options
from ranvier.tools.files import BUILDS, staged_folder, write_file
from ranvier.tools.verbs.compile import Compiled, build_network, request
from ranvier.tools.verbs.progress import Progress, silent
from ranvier.tools.verbs.source import network_of, origin_of


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledEach:
    """What was built: one build a target, each in a folder of its name below `path`."""

    path: Path
    builds: tuple[Compiled, ...]
    ambiguities: tuple[Ambiguity, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain data: a row a target, as `compile` gives it for one."""
        rows = [c.to_json() for c in self.builds]
        for row in rows:
            del row["ambiguities"]
        asked = [asdict(a) for a in self.ambiguities]
        return {"build": str(self.path), "rows": rows, "ambiguities": asked}


def compile_each(
    source: Model | Network | str | Path,
    targets: Sequence[str],
    out: str | Path,
    *,
    calib: Data | str | Path | None = None,
    emit: str | None = None,
    compiler: Compiler = "auto",
    deadline: str | None = None,
    clock: str | None = None,
    cpi: float | None = None,
    lanes: int | None = None,
    leak: str | None = None,
    seeds: int | None = None,
    options: ModelOptions | None = None,
    progress: Progress = silent,
) -> CompiledEach:
    """Compile a network for several targets, into ``out/<target>`` each.

    The folder appears with all builds in it, or not at all. The options are those of `compile` and
    hold for each target.

    Raises
    ------
    RanvierError
        As `compile`, naming the target; B012 where a target is named twice, or not at all.
    """
    said = Options(
        emit=emit, compiler=compiler, deadline=deadline, clock=clock, cpi=cpi, lanes=lanes,
        leak=leak, seeds=seeds,
    )  # fmt: skip
    asked = {}
    for target in targets:
        with _named(target):
            ready = request(target, said)
        name = ready.target.name
        if name in asked:
            raise RanvierError(
                "B012", f"{name} is named twice", loc="--target", hint="name each target once"
            )
        asked[name] = ready
    if not asked:
        raise RanvierError("B012", "no target is named", loc="--target", hint="ranvier targets")
    network, ambiguities = network_of(source, calib, options)
    origin = origin_of(source)
    path = Path(out)
    with staged_folder(path) as stage:
        rows = []
        for k, (name, ready) in enumerate(asked.items()):
            progress(k, len(asked))
            with _named(name):
                build = build_network(network, origin, ready, stage / name)
            digest = build.manifest["build_hash"]
            rows.append({"target": name, "build_hash": digest})
        listed = {"schema": SCHEMA, "rows": rows}
        write_file(stage / BUILDS, json.dumps(listed, indent=2, sort_keys=True).encode() + b"\n")
        progress(len(asked), len(asked))
    builds = tuple(Compiled(build=open_build(path / name)) for name in asked)
    return CompiledEach(path=path, builds=builds, ambiguities=ambiguities)


@contextmanager
def _named(target: str) -> Iterator[None]:
    """Let an error say which of several targets it is about."""
    try:
        yield
    except RanvierError as e:
        if target in f"{e.loc} {e.what}":
            raise
        raise RanvierError(e.code, f"for {target}: {e.what}", loc=e.loc, hint=e.hint) from e
