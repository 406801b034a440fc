# SPDX-License-Identifier: Apache-2.0
"""Print what each way of rounding reaches on the real cases: ``rounding_table.py [CASE...]``."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.networks import data, model, score  # noqa: E402

from ranvier import floating  # noqa: E402
from ranvier.frontends.data import Data, make_data  # noqa: E402
from ranvier.quantize.formats import Formats  # noqa: E402
from ranvier.quantize.ptq import quantize_model  # noqa: E402
from ranvier.tools.report.columns import columns  # noqa: E402

CASES = ("d02_subtract", "d02_zero", "d04_indy", "d04_loco", "d05_direction", "d05_velocity", "d07")
BITS = (8, 6, 4, 3)


def against_itself(name: str, test: Data) -> Data:
    """Return recordings whose targets are what the float model makes of them."""
    return make_data(test.x, y=floating.simulate(model(name), test.x).out, name=test.name)


def main(names: list[str]) -> None:
    """Quantise each case in each way on its calibration data; score it on its test data."""
    rows: list[list[object]] = [
        ["case", "float", "bits", "per tensor", "per row", "compensated", "and rates"]
    ]
    for name in names or CASES:
        calib, test = data(name)
        test = test if test.y is not None else against_itself(name, test)
        for bits in BITS:
            ways = (
                Formats(weights=bits, rounding="nearest", scales="tensor"),
                Formats(weights=bits, rounding="nearest"),
                Formats(weights=bits, rates=False),
                Formats(weights=bits),
            )
            scores = [score(quantize_model(model(name), calib, way), test) for way in ways]
            first = [name, score(model(name), test)] if bits == BITS[0] else ["", ""]
            rows.append([*first, bits, *scores])
    sys.stdout.write(columns(rows, indent="") + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
