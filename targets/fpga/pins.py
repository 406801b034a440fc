# SPDX-License-Identifier: Apache-2.0
"""The simulated core behind its SPI pins, for `ranvier.targets.fpga.driver` to talk to."""

import contextlib
import ctypes
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ranvier.ir import IntArray
from ranvier.targets.fpga import images
from ranvier.targets.fpga.driver import Layout
from ranvier.targets.fpga.images import Parameters
from ranvier.targets.fpga.plan import Plan
from ranvier.targets.fpga.verilator import IMAGES


def layout(p: Parameters, signature: int = 0) -> Layout:
    """Return what a host must know of a core of parameters `p`."""
    return Layout(
        signature=signature,
        address_bits=p["AddressW"],
        value_bits=p["ValueW"],
        state_bits=p["StateW"],
        lanes=p["Lanes"],
        weight_rows=p["WeightRows"],
        weight_words=images.row_words(p["Lanes"] * p["WeightW"]),
        fold=p.values.get("Fold", 1),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Memories:
    """What a host writes to a core, in words of 16 bits."""

    weights: list[int]
    thresholds: list[int]
    table: list[int]


def memories(plan: Plan, p: Parameters) -> Memories:
    """Return a plan's memories as a core of parameters `p` takes them."""
    return Memories(
        weights=images.words(images.weights(plan), p["Lanes"] * p["WeightW"]),
        thresholds=images.words(images.thresholds(plan), plan.units * p["StateW"]),
        table=images.words(images.table(plan, p), p["RowW"]),
    )


def step_events(row: IntArray) -> list[tuple[int, int]]:
    """Return the events of one step's inputs, as `Core.step` of the driver takes them."""
    return [(int(k), int(row[k])) for k in np.flatnonzero(row)]


class Pins:
    """A simulated core of which only the pins are to be seen.

    Parameters
    ----------
    library
        What `ranvier.targets.fpga.verilator.library` made of top ``rv_top``.
    folder
        Where the files of the table and the thresholds are that it starts with; missing ones are
        made empty.
    coverage
        Where a library that counts coverage writes it in the end.
    """

    def __init__(self, library: Path, folder: Path, coverage: Path | None = None) -> None:
        self._coverage = coverage
        self._api = ctypes.CDLL(str(library))
        self._api.rv_pins_new.restype = ctypes.c_void_p
        for name in IMAGES.values():
            (folder / name).touch()
        with contextlib.chdir(folder):
            self._pins = ctypes.c_void_p(self._api.rv_pins_new())
            self.reset()

    def close(self) -> None:
        """Free the model."""
        if self._coverage is not None:
            self._api.rv_pins_coverage(self._pins, str(self._coverage).encode())
        self._api.rv_pins_delete(self._pins)

    def reset(self) -> None:
        """Reset as at power-on; memories keep what they hold."""
        self._api.rv_pins_reset(self._pins)

    def wait(self, cycles: int) -> None:
        """Let the core's clock run."""
        self._api.rv_pins_wait(self._pins, ctypes.c_int64(cycles))

    @property
    def irq(self) -> bool:
        """The level of pin irq."""
        return bool(self._api.rv_pins_irq(self._pins))

    def transfer(self, sent: bytes, bits: int | None = None) -> bytes:
        """Pass a frame, or its first `bits`; return what came back."""
        got = ctypes.create_string_buffer(len(sent))
        count = ctypes.c_int64(8 * len(sent) if bits is None else bits)
        self._api.rv_pins_transfer(self._pins, sent, got, count)
        return got.raw
