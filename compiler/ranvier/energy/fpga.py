# SPDX-License-Identifier: Apache-2.0
"""What an FPGA with the core draws on average, at a rate of steps, and nothing around it."""

from dataclasses import dataclass

from ranvier.energy.coefficients import Coefficient, read

NOT_PRICED = (
    "accesses to block and single-port RAM: no measurement was found",
    "configuration after power-up",
    "the flash chip and the host",
    "the sensor, the radio and converters",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FpgaCoefficients:
    """What the power of an FPGA is estimated from."""

    part: str
    static: Coefficient  # uW
    clock: Coefficient  # uW/MHz
    logic: Coefficient  # pJ a logic cell and cycle
    multiplier: Coefficient  # pJ a product


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What a design does.

    Attributes
    ----------
    clock_hz
        The clock, which always runs unless it is `gated`.
    cells, multipliers
        Logic cells and multipliers that work in each cycle of a step.
    cycles
        Of a step.
    steps_per_s
        As the data come.
    gated
        Whether the clock stops between steps.
    """

    clock_hz: float
    cells: int
    multipliers: int
    cycles: float
    steps_per_s: float
    gated: bool = False

    @property
    def duty(self) -> float:
        """The part of the time in which steps run."""
        return self.cycles * self.steps_per_s / self.clock_hz


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """Average power in microwatts, with its range; `dynamic` is what steps take of the nominal."""

    low: float
    nominal: float
    high: float
    dynamic: float


def fpga(name: str) -> FpgaCoefficients:
    """Return the coefficients of a chip, for example ``ice40up5k``."""
    part, found = read(name)
    return FpgaCoefficients(part=part, **found)


def average_power(load: Load, c: FpgaCoefficients) -> Power:
    """Estimate average power.

    ``P = static + clock * f * on + steps_per_s * cycles * a_cycle``, where ``on`` is 1, or the part
    of the time in which steps run where the clock is gated, and ``a_cycle`` is
    ``cells * logic + multipliers * multiplier``.
    The range takes the ends of all coefficients at once, so it is the widest that they allow.

    Raises
    ------
    ValueError
        Where steps come faster than they end.
    """
    if load.duty > 1:
        raise ValueError(f"a step of {load.cycles:g} cycles does not end in time")

    running = load.clock_hz * (load.duty if load.gated else 1)

    def total(end: str) -> tuple[float, float]:
        static, clock, logic, product = (
            float(getattr(x, end)) for x in (c.static, c.clock, c.logic, c.multiplier)
        )
        a_cycle = load.cells * logic + load.multipliers * product  # pJ
        dynamic = load.steps_per_s * load.cycles * a_cycle * 1e-6
        return static + clock * running * 1e-6 + dynamic, dynamic

    nominal, dynamic = total("nominal")
    return Power(low=total("low")[0], nominal=nominal, high=total("high")[0], dynamic=dynamic)
