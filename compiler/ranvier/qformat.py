# SPDX-License-Identifier: Apache-2.0
"""Word lengths: what two's complement integers of so many bits hold."""


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
