# SPDX-License-Identifier: Apache-2.0
"""What a user may say of a model that its file does not say."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from ranvier.model import DecodeRule
from ranvier.nodes import ResetTiming

ResetKind: TypeAlias = Literal["value", "subtract", "none"]
AskedTiming: TypeAlias = ResetTiming | Literal["next-step"]
RESETS: tuple[ResetKind, ...] = ("value", "subtract", "none")
ASKED_TIMINGS: tuple[AskedTiming, ...] = (
    "now", "next-step", "next-membrane", "next-update", "next-surplus",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelOptions:
    """Options common to every verb that reads a model; None: not said.

    Parameters
    ----------
    dialect
        Whose meaning the file has; ``nir`` is forward Euler as NIR's equations say.
    dt
        Seconds a step.
    reset
        What a spike does to the membrane: to v_reset, less the threshold, or nothing.
    resets
        The same for single layers, (name, reset) each.
    reset_timing
        When: in the step of the spike, or at the next one, by the dialect's rule or a named one
        (`ranvier.ir.Reset`).
    spikes_per_step
        Whether a membrane of several thresholds fires several times a step.
    lower_bound
        What no membrane falls below, in the membrane's unit.
    norm_input
        sinabs: whether the layer's input is scaled by what leaks, which its files do not say.
    decode
        How the output becomes an answer.
    encoding_file
        A TOML file that says how raw samples become the input.
    """

    dialect: str | None = None
    dt: float | None = None
    reset: ResetKind | None = None
    resets: tuple[tuple[str, ResetKind], ...] = ()
    reset_timing: AskedTiming | None = None
    spikes_per_step: Literal["once", "many"] | None = None
    lower_bound: float | None = None
    norm_input: bool | None = None
    decode: DecodeRule | None = None
    encoding_file: Path | None = None
