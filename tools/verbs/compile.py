# SPDX-License-Identifier: Apache-2.0
"""``ranvier compile``: a network as what a target runs, and a report of what it needs."""

from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ranvier import rvn
from ranvier.errors import RanvierError
from ranvier.frontends.data import Data
from ranvier.frontends.options import ModelOptions
from ranvier.ir import Network
from ranvier.model import Ambiguity, Model
from ranvier.targets.mcu.toolchain import Name as Compiler
from ranvier.tools.build import SCHEMA, VECTORS, Build, manifest_bytes, open_build, sha256
from ranvier.tools.families import family
from ranvier.tools.families.protocol import Job, Options
from ranvier.tools.files import MANIFEST, staged_folder, write_file
from ranvier.tools.verbs.golden import golden_vectors
from ranvier.tools.verbs.source import network_of, origin_of

EMIT = ("app", "library")
RANVIER = version("ranvier")


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """What was built."""

    build: Build
    ambiguities: tuple[Ambiguity, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain data."""
        m = self.build.manifest
        return {
            "build": str(self.build.path),
            "target": m["target"],
            "network": m["network"],
            "memory": m["memory"],
            "cost": m["cost"],
            "image": m["image"],
            "files": sorted(m["files"]),
            "ambiguities": [asdict(a) for a in self.ambiguities],
            **{k: m[k] for k in ("core", "place", "power") if k in m},
        }


def compile(
    source: Model | Network | str | Path,
    target: str,
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
) -> Compiled:
    """Compile a network for a target into a build directory.

    Parameters
    ----------
    source
        A quantised network, or a model together with `calib`.
    target
        A name that ``ranvier.targets()`` lists, or the path of a board file, which ends in .toml.
    out
        The build directory; it appears whole, or not at all.
    emit
        ``app``: what the target runs, an image with the link or a bitstream; ``library``: the
        network's C or RTL alone, for another program or chip. ``None`` is the first of them that
        the target has: a core without a board has no image.
    compiler
        ``gcc``: the board's own; ``zig``: that of the package ziglang; ``auto``: Zig where it is
        installed and the board's compiler is not.
    deadline, clock
        The time in which every step must end, such as ``1ms``, and the core's clock, ``64MHz``.
    cpi
        Cycles that an instruction is assumed to take; None: what is known of the core.
    lanes, leak, seeds
        Of an FPGA: weights that are added at a time; ``multiply`` or ``shift``, how neurons decay;
        and how many placements are tried.

    Raises
    ------
    RanvierError
        C03. where a step does not end in time, or nothing says that it does,
        C0.., V0.. where the network does not fit the target, T0.. where a tool is missing or fails,
        W0.. where `out` cannot be written.
    """
    asked = Options(
        emit=emit, compiler=compiler, deadline=deadline, clock=clock, cpi=cpi, lanes=lanes,
        leak=leak, seeds=seeds,
    )  # fmt: skip
    job = request(target, asked)
    network, ambiguities = network_of(source, calib, options)
    build = build_network(network, origin_of(source), job, Path(out))
    return Compiled(build=build, ambiguities=ambiguities)


def request(target: str, options: Options) -> Job:
    """Return the options of `compile` as they hold for one target."""
    if options.emit not in (None, *EMIT):
        raise RanvierError(
            "C005", f"unknown --emit {options.emit!r}", hint=f"known: {', '.join(EMIT)}"
        )
    return family(target).job(target, options)


def build_network(network: Network, origin: dict[str, str] | None, job: Job, path: Path) -> Build:
    """Make the build directory of a network for one target."""
    with staged_folder(path) as stage:
        vectors = golden_vectors(network)
        made = job.make(network, vectors, stage)
        files = dict(made.files)
        for name, data in {"network.rvn": rvn.to_bytes(network), VECTORS: vectors}.items():
            write_file(stage / name, data)
            files[name] = sha256(data)
        manifest = {
            "schema": SCHEMA,
            "ranvier": RANVIER,
            "target": job.target.name,
            "family": job.target.family,
            "network": {
                "name": network.name,
                "signature": rvn.signature(network).hex(),
                "dt": network.dt,
            },
            "decode": network.decode.rule,
            "source": origin,
            "files": files,
            **made.report,
        }
        write_file(stage / MANIFEST, manifest_bytes(manifest))
    return open_build(path)
