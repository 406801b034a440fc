# SPDX-License-Identifier: Apache-2.0
"""A first estimate: the energy of a step while the core is awake, and nothing else."""

from dataclasses import dataclass

from ranvier.energy.coefficients import CoreCoefficients

NOT_PRICED = (
    "sleep between steps and waking up",
    "flash wait states",
    "the sensor and its bus",
    "the radio",
    "the battery and converters outside the chip",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """Energy of one step in nanojoules, with its range and what it leaves out."""

    low: float
    nominal: float
    high: float
    part: str
    sources: tuple[str, ...]
    not_priced: tuple[str, ...] = NOT_PRICED


def step_energy(instructions: float, core: CoreCoefficients) -> Estimate:
    """Estimate the active energy of a step from counted instructions.

    ``E = instructions * cycles_per_instruction * energy_per_cycle``. The range multiplies the ends
    of both coefficients' ranges, so it is the widest that they allow.
    """
    cycles, cycle = core.cycles_per_instruction, core.energy_per_cycle
    return Estimate(
        low=instructions * cycles.low * cycle.low * 1e-3,
        nominal=instructions * cycles.nominal * cycle.nominal * 1e-3,
        high=instructions * cycles.high * cycle.high * 1e-3,
        part=core.part,
        sources=(cycles.source, cycle.source),
    )
