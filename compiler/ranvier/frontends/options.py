# SPDX-License-Identifier: Apache-2.0
"""What a user may say of a model that its file does not say."""

from dataclasses import dataclass
from pathlib import Path

from ranvier.model import DecodeRule


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelOptions:
    """Options common to every verb that reads a model; None: not said.

    Parameters
    ----------
    dialect
        Whose meaning the file has; ``nir`` is forward Euler as NIR's equations say.
    dt
        Seconds a step.
    decode
        How the output becomes an answer.
    encoding_file
        A TOML file that says how raw samples become the input.
    """

    dialect: str | None = None
    dt: float | None = None
    decode: DecodeRule | None = None
    encoding_file: Path | None = None
