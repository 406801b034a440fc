# SPDX-License-Identifier: Apache-2.0
"""Weights of 4 bits or less, two to a byte, and of 2 bits or less, four: how they lie in ROM.

They are stored without a sign, 8 or 2 too large. Fields of a byte count from its lowest bits.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ranvier import connections
from ranvier.ir import Connection
from ranvier.qformat import bits_for
from ranvier.targets.mcu.cores import Family
from ranvier.targets.mcu.layouts import SubByteColumns

Bits = Literal[2, 4]


@dataclass(frozen=True, slots=True)
class Register:
    """What a family's kernels take apart at once: bytes, and targets of a group."""

    suffix: Literal["", "_packed", "_dsp", "_helium"]
    size: int
    group: dict[Bits, int]


PORTABLE = Register("", 1, {4: 1, 2: 1})
_PACKED = Register("_packed", 4, {4: 8, 2: 16})
REGISTERS: dict[Family, Register] = {
    "portable": PORTABLE,
    "packed": _PACKED,
    "thumb1": _PACKED,
    "dsp": Register("_dsp", 4, {4: 16, 2: 16}),
    "helium": Register("_helium", 16, {4: 32, 2: 64}),
}


def bits_of(connection: Connection) -> Bits | None:
    """Return the bits that hold all weights of `connection`, or None where a byte is needed."""
    w = connections.weights(connection)
    needed = bits_for(int(w.min(initial=0)), int(w.max(initial=0)))
    return 2 if needed <= 2 else 4 if needed <= 4 else None


def fields(bits: Bits, size: int) -> list[int]:
    """Return which target stands in each field of a register of `size` bytes.

    One byte keeps its targets' order. In a larger one they stand so that masks and shifts bring
    them into the order of their sums: fields of a byte in the order of their reversed numbers, and
    of the same field first the even bytes, then the odd ones.
    """
    each = 8 // bits
    if size == 1:
        return list(range(each))
    reversed_ = {4: (0, 1), 2: (0, 2, 1, 3)}[bits]
    half = size // 2
    return [reversed_[f] * size + (b % 2) * half + b // 2 for b in range(size) for f in range(each)]


def columns(connection: Connection, bits: Bits, register: Register) -> SubByteColumns:
    """Return the matrix that `connection` stands for, its weights of `bits` or less."""
    w = connections.matrix(connection).T
    order, each = fields(bits, register.size), 8 // bits
    targets = -(-w.shape[1] // register.group[bits]) * register.group[bits]
    stored = np.pad(w, ((0, 0), (0, -(-targets // len(order)) * len(order) - w.shape[1])))
    stored = stored + (1 << (bits - 1))
    of_byte = stored.reshape(len(w), -1, len(order))[:, :, order].reshape(len(w), -1, each)
    packed = (of_byte << (bits * np.arange(each))).sum(axis=2)
    return SubByteColumns(np.ascontiguousarray(packed, np.uint8), bits, targets, register.suffix)


def smallest(connection: Connection) -> SubByteColumns | None:
    """Return the matrix that `connection` stands for in the fewest bits; None if they are more."""
    bits = bits_of(connection)
    return None if bits is None else columns(connection, bits, PORTABLE)
