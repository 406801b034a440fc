# SPDX-License-Identifier: Apache-2.0
"""Print what each chip's numerics reach on the real cases: ``numerics_table.py [CASE...]``."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.networks import data, model, score  # noqa: E402

from ranvier.errors import RanvierError  # noqa: E402
from ranvier.quantize.formats import Formats  # noqa: E402
from ranvier.quantize.numerics import NUMERICS  # noqa: E402
from ranvier.quantize.ptq import quantize_model  # noqa: E402
from ranvier.tools.report.columns import columns  # noqa: E402

CASES = ("d02_subtract", "d02_zero", "d02_many", "d05_direction", "d05_velocity", "d06", "d07")


def main(names: list[str]) -> None:
    """Quantise each case for each chip on its calibration data; score it on its test data."""
    rows: list[list[object]] = [["case", "float", *NUMERICS]]
    for name in names or CASES:
        calib, test = data(name)
        row: list[object] = [name, score(model(name), test)]
        for numerics in NUMERICS.values():
            try:
                network = quantize_model(model(name), calib, Formats(numerics=numerics))
                row.append(score(network, test))
            except RanvierError as e:
                row.append(e.code)
        rows.append(row)
    sys.stdout.write(columns(rows, indent="") + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
