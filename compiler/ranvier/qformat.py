# SPDX-License-Identifier: Apache-2.0
"""Word lengths and Q formats, in Arm's notation: ``Qm.n``, m counts the sign bit."""

from dataclasses import dataclass

from ranvier.errors import RanvierError


@dataclass(frozen=True, slots=True)
class QFormat:
    """A signed fixed-point format ``Qm.n`` of ``m + n`` bits, one raw unit worth ``2**-n``.

    Arm's notation: m includes the sign bit, so Q1.15 is CMSIS' ``q15_t`` (TI writes it Q0.15).

    Raises
    ------
    RanvierError
        F001 where m < 1 or the word is longer than 64 bits.
    """

    m: int
    n: int

    def __post_init__(self) -> None:
        if self.m < 1 or self.m + self.n < 2 or self.m + self.n > 64:
            raise RanvierError(
                "F001",
                f"Q{self.m}.{self.n} is not a signed format of 2 to 64 bits",
                hint="m counts the sign bit and is at least 1",
            )

    @property
    def bits(self) -> int:
        """Word length in bits."""
        return self.m + self.n

    @property
    def lsb(self) -> float:
        """Real value of one raw unit."""
        return float(2.0**-self.n)

    @property
    def min_raw(self) -> int:
        """Smallest raw value."""
        return int_min(self.bits)

    @property
    def max_raw(self) -> int:
        """Largest raw value."""
        return int_max(self.bits)

    def __str__(self) -> str:
        return f"Q{self.m}.{self.n}"


def int_min(bits: int) -> int:
    """Return the smallest two's complement integer of `bits` bits."""
    return -(1 << (bits - 1))


def int_max(bits: int) -> int:
    """Return the largest two's complement integer of `bits` bits."""
    return (1 << (bits - 1)) - 1


def bits_for(low: int, high: int) -> int:
    """Return the shortest two's complement word that holds both `low` and `high`."""
    return (
        max((~low if low < 0 else low).bit_length(), (~high if high < 0 else high).bit_length()) + 1
    )
