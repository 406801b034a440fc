# SPDX-License-Identifier: Apache-2.0
"""How many neurons an FPGA computes at a time, as text for a person."""

from typing import Any


def lanes(core: dict[str, Any]) -> str:
    """Return what a manifest's ``core`` says of lanes, and of cores where there are several."""
    if core["cores"] == 1:
        return f"{core['lanes']} lanes"
    return f"{core['cores']} cores of {core['lanes'] // core['cores']} lanes"
