# SPDX-License-Identifier: Apache-2.0
"""The host's view of the core as text: a Verilog include, a C header, Python, a page of docs."""

from collections.abc import Iterator
from importlib.resources import files

from ranvier.targets.fpga import registers as r

_MADE = "Made from targets/fpga/registers.py by tools/dev/spi_map.py; do not edit."


def _constants() -> Iterator[tuple[str, str, int, int]]:
    """Yield what all three languages name: group, name, value, bits."""
    yield "MAP", "IDENTITY", r.IDENTITY, 16
    for space in r.SPACES:
        yield "SPACE", space.name, space.number, 3
    for register in r.REGISTERS:
        yield "REG", register.name, register.address, 4
    for register in r.REGISTERS:
        for field in register.fields:
            yield register.name, field.name, field.bit, 0


def _mask(access: str) -> int:
    return sum(1 << s.number for s in r.SPACES if access in s.access)


def verilog() -> str:
    """Return ``hdl/rtl/rv_map.vh``, which modules include."""
    lines = ["// SPDX-License-Identifier: Apache-2.0", f"// {_MADE}"]
    lines.append("// verilator lint_off UNUSEDPARAM")
    for group, name, value, bits in _constants():
        title = "".join(word.capitalize() for word in f"{group}_{name}".lower().split("_"))
        kind, digits = (
            (f" [{bits - 1}:0]", f"{bits}'h{value:x}") if bits else (" integer", f"{value}")
        )
        lines.append(f"localparam{kind} {title} = {digits};")
    lines.append(f"localparam [7:0] SpacesReadable = 8'h{_mask('r'):02x};")
    lines.append(f"localparam [7:0] SpacesWritable = 8'h{_mask('w'):02x};")
    lines.append("// verilator lint_on UNUSEDPARAM")
    return "\n".join(lines) + "\n"


def c_header() -> str:
    """Return ``hdl/driver/rv_map.h``."""
    lines = ["/* SPDX-License-Identifier: Apache-2.0 */", f"/* {_MADE} */", "#ifndef RV_MAP_H"]
    lines += ["#define RV_MAP_H", ""]
    lines += [f"#define RV_{group}_{name} {value:#x}U" for group, name, value, _ in _constants()]
    lines += ["", *(f"#define RV_{name} {value:#x}U" for name, value in _frame()), "", "#endif"]
    return "\n".join(lines) + "\n"


def python() -> str:
    """Return ``targets/fpga/spi_map.py``, which a driver needs."""
    lines = ["# SPDX-License-Identifier: Apache-2.0", f'"""{_MADE}"""', ""]
    lines += [f"{group}_{name} = 0x{value:X}" for group, name, value, _ in _constants()]
    lines += [f"{name} = 0x{value:X}" for name, value in _frame()]
    return "\n".join(lines) + "\n"


def driver() -> dict[str, str]:
    """Return the Python driver as files that need nothing of Ranvier."""
    text = files("ranvier.targets.fpga").joinpath("driver.py").read_text()
    inside = "from ranvier.targets.fpga import spi_map as rv_map\n"
    return {"rv_map.py": python(), "rv_driver.py": text.replace(inside, "import rv_map\n")}


def tables() -> str:
    """Return the tables of ``docs/spi.md``."""
    out = ["| space | | access | holds |", "|---|---|---|---|"]
    for s in r.SPACES:
        access = f"{s.access}, between steps" if s.halted else s.access
        out.append(f"| {s.number} | {s.name} | {access} | {s.meaning} |")
    out += ["", "| register | | access | after a reset | holds |", "|---|---|---|---|---|"]
    for register in r.REGISTERS:
        reset = "" if register.reset is None else f"{register.reset:#06x}"
        line = f"| {register.address:#04x} | {register.name} | {register.access} | {reset} |"
        out.append(f"{line} {register.meaning} |")
    for register in r.REGISTERS:
        if register.fields:
            out += ["", f"| bit of {register.name} | | says |", "|---|---|---|"]
        for f in register.fields:
            bits = f"{f.bit + f.width - 1}…{f.bit}" if f.width > 1 else f"{f.bit}"
            out.append(f"| {bits} | {f.name} | {f.meaning} |")
    return "\n".join(out) + "\n"


def _frame() -> list[tuple[str, int]]:
    return [
        ("FRAME_WORDS", r.WORDS), ("FRAME_WRITE", r.WRITE), ("CRC_POLYNOMIAL", r.CRC_POLYNOMIAL),
        ("CRC_START", r.CRC_START),
    ]  # fmt: skip
