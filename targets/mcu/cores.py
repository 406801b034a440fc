# SPDX-License-Identifier: Apache-2.0
"""Cores as data: which family of kernels a core executes best."""

from typing import Literal

Family = Literal["portable", "packed", "thumb1", "dsp", "helium"]

# packed: 32-bit words and nothing for halves of them; thumb1: the same, in Armv6-M, with eight
# registers. dsp: the DSP extension of Armv7E-M. helium: the integer part of the vector extension
# (MVE) of Armv8.1-M.
CORES: dict[str, Family] = {
    "host": "portable",
    "cortex-m0": "thumb1",
    "cortex-m0plus": "thumb1",
    "cortex-m3": "packed",
    "cortex-m4": "dsp",
    "cortex-m7": "dsp",
    "cortex-m33": "dsp",
    "cortex-m55": "helium",
    "rv32imc": "packed",
}
