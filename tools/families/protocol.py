# SPDX-License-Identifier: Apache-2.0
"""What a family of targets brings to the verbs: the one way in which targets join."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from ranvier.ir import Network
from ranvier.targets.catalogue import Target
from ranvier.targets.mcu.toolchain import Name as Compiler
from ranvier.tools.build import Build
from ranvier.tools.flash.flashed import Flashed
from ranvier.tools.link.log import LinkLog

Answers = dict[str, list[NDArray[Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What may be asked of `ranvier compile`, whatever the target; None: not said.

    Attributes
    ----------
    emit
        ``app`` or ``library``; None: the first of them that the target has.
    compiler
        Which C compiler.
    deadline, clock
        The time in which every step must end, such as ``1ms``; the clock, such as ``64MHz``.
    cpi
        Cycles that an instruction is assumed to take.
    lanes
        Weights that an FPGA's core adds at a time.
    leak
        ``multiply`` or ``shift``: how they decay.
    seeds
        How many placements of an FPGA are tried.
    """

    emit: str | None = None
    compiler: Compiler = "auto"
    deadline: str | None = None
    clock: str | None = None
    cpi: float | None = None
    lanes: int | None = None
    leak: str | None = None
    seeds: int | None = None

    @property
    def said(self) -> tuple[str, ...]:
        """The options that were said, such as ``--lanes``."""
        silent = Options()
        names = (f.name for f in fields(self))
        return tuple(f"--{n}" for n in names if getattr(self, n) != getattr(silent, n))


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What was made of a network for a target.

    Attributes
    ----------
    files
        The hash of each file by its path in the build directory.
    report
        What the manifest says of them: ``image``, ``build_hash``, ``emit``, ``compiler``,
        ``memory`` and ``cost`` at least.
    """

    files: dict[str, str]
    report: dict[str, Any]


class Job(Protocol):
    """A target and options that hold for it, checked before anything is read or made."""

    @property
    def target(self) -> Target:
        """What is compiled for."""

    def make(self, network: Network, vectors: bytes, stage: Path) -> Made:
        """Write what the target needs into the folder `stage`; `vectors`: the golden ones."""


class Subject(Protocol):
    """A target that runs, to be compared with the golden model."""

    @property
    def simulated(self) -> str | None:
        """What was simulated, once something ran; None: nothing, the target itself ran."""

    def run(self, raw: NDArray[np.integer[Any]], answers: Answers) -> None:
        """Run one sample from the reset on.

        Parameters
        ----------
        raw
            (raw steps, channels).
        answers
            Gets, as they come, what the target has at each step: by the name of each value of
            `ranvier.tools.verbs.evidence.values`, of ``out``, and of ``class`` at least once.
        """


@runtime_checkable
class Batched(Subject, Protocol):
    """A target that is slow to start, so that it runs many samples at a time."""

    def ahead(self, raw: NDArray[np.integer[Any]]) -> None:
        """Run the samples that `run` is asked for next, in their order.

        Parameters
        ----------
        raw
            (samples, raw steps, channels).
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetInfo:
    """One target.

    Attributes
    ----------
    kind
        ``host``, ``emulated``, ``board``, or ``core``: C for a program of one's own; ``fpga``,
        or ``verilog``: RTL for a chip of one's own; ``chip``: a neuromorphic one.
    flash
        How it is programmed; empty where it isn't.
    clock_hz, uart, energy
        As in `Board`.
    verified_on_silicon
        Whether its image was ever seen to run; None where there is no silicon.
    """

    name: str
    describes: str
    kind: str
    core: str
    compiler: str
    emulator: str
    rom: int
    ram: int
    deadline: str
    watchdog: str
    weights: str
    states: str
    flash: str
    clock_hz: int
    uart: str
    energy: str
    verified_on_silicon: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """One tool: its version, or how to get it; what is `optional` may be missing."""

    name: str
    found: bool
    version: str
    needed_for: str
    install: str
    optional: bool = False


class Family(Protocol):
    """Targets that are compiled for, verified and programmed alike; a module is one."""

    def owns(self, target: str) -> bool:
        """Tell whether a target is one of these."""

    def job(self, target: str, options: Options) -> Job:
        """Check a target and its options.

        Raises
        ------
        RanvierError
            C0.., B0.. for what the target doesn't have.
        """

    def samples(self, build: Build, port: str | None) -> int | None:
        """Return how many samples `verify` takes where nobody said; None: all."""

    def subject(
        self, build: Build, port: str | None, log: LinkLog | None
    ) -> AbstractContextManager[Subject]:
        """Start the target with the build on it."""

    def flash(self, build: Build, probe: str | None, port: str | None, dry_run: bool) -> Flashed:
        """Put the build on its board."""

    def targets(self) -> Sequence[TargetInfo]:
        """Describe all of them."""

    def tools(self) -> Sequence[Tool]:
        """Look for what they need on this computer."""

    def describe(self, m: dict[str, Any], whole_memory: bool) -> str:
        """Say what a build of manifest `m` takes of its target; lines, each with its end."""

    def row(self, m: dict[str, Any]) -> list[object]:
        """Return ROM and RAM in bytes, and the most stack and instructions of a step."""
