# SPDX-License-Identifier: Apache-2.0
"""Cores as data: which family of kernels a core executes best."""

from typing import Literal

Family = Literal["portable", "packed", "dsp"]

# packed: 32-bit words and nothing for halves of them. dsp: the DSP extension of Armv7E-M.
CORES: dict[str, Family] = {
    "host": "portable",
    "cortex-m0": "packed",
    "cortex-m0plus": "packed",
    "cortex-m3": "packed",
    "cortex-m4": "dsp",
    "cortex-m7": "dsp",
    "cortex-m33": "dsp",
    "cortex-m55": "portable",
}
