# SPDX-License-Identifier: Apache-2.0
"""Coefficients as data: a value with its range, unit, conditions, basis, grade and source."""

import tomllib
from dataclasses import dataclass
from importlib.resources import files

BASES = ("measured", "simulated", "datasheet", "model")
GRADES = ("P", "S", "A", "C", "M")


@dataclass(frozen=True, slots=True, kw_only=True)
class Coefficient:
    """A number nobody should believe without the rest of this record."""

    low: float
    nominal: float
    high: float
    unit: str
    conditions: str
    basis: str
    grade: str
    source: str

    def __post_init__(self) -> None:
        if not 0 < self.low <= self.nominal <= self.high:
            raise ValueError(f"range {self.low}, {self.nominal}, {self.high} is not ordered")
        if self.basis not in BASES or self.grade not in GRADES or not self.source:
            raise ValueError("a coefficient needs a known basis and grade, and a source")


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreCoefficients:
    """What the active energy of a microcontroller core is estimated from."""

    part: str
    energy_per_cycle: Coefficient  # pJ
    cycles_per_instruction: Coefficient


def core(name: str) -> CoreCoefficients:
    """Return the coefficients of a core by the name that boards use, for example ``cortex-m4``."""
    part, found = read(name)
    return CoreCoefficients(part=part, **found)


def read(name: str) -> tuple[str, dict[str, Coefficient]]:
    """Return what a file of coefficients is of, and all of them."""
    fields = tomllib.loads(files("ranvier.energy").joinpath(f"{name}.toml").read_text("utf-8"))
    return fields.pop("part"), {key: Coefficient(**of) for key, of in fields.items()}
