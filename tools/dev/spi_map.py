# SPDX-License-Identifier: Apache-2.0
"""Write what is made from `targets/fpga/registers.py`, or with ``--check`` name what is old."""

import sys
from pathlib import Path

from ranvier.targets.fpga import register_text

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "spi.md"
BEGIN, END = "<!-- spi-map: begin -->\n", "<!-- spi-map: end -->\n"


def made() -> dict[Path, str]:
    """Return all files and their contents."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    return {
        ROOT / "hdl" / "rtl" / "rv_map.vh": register_text.verilog(),
        ROOT / "hdl" / "driver" / "rv_map.h": register_text.c_header(),
        ROOT / "targets" / "fpga" / "spi_map.py": register_text.python(),
        PAGE: f"{before}{BEGIN}{register_text.tables()}{END}{after}",
    }


def main(arguments: list[str]) -> int:
    """Write, or check; return the exit code."""
    old = [p for p, text in made().items() if not p.exists() or p.read_text() != text]
    for path in old:
        if "--check" in arguments:
            sys.stdout.write(f"{path.relative_to(ROOT)} isn't current: run {sys.argv[0]}\n")
        else:
            path.write_text(made()[path])
    return int(bool(old) and "--check" in arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
