# SPDX-License-Identifier: Apache-2.0
"""How many neurons an FPGA computes at a time, as text for a person."""

from typing import Any


def lanes(core: dict[str, Any]) -> str:
    """Return what a manifest's ``core`` says of lanes, and of cores where there are several."""
    each = f"{core['lanes'] // core['cores']} lanes"
    found = each if core["cores"] == 1 else f"{core['cores']} cores of {each}"
    fold = core.get("fold", 1)
    if fold > 1:
        found += f", {core['lanes'] // fold} updated at a time"
    return found + (", that shift instead of multiplying" if core.get("leak") == "shift" else "")
