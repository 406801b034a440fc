# SPDX-License-Identifier: Apache-2.0
"""The host's view of the core as text: a Verilog include, a C header, Python, a page of docs."""

from collections.abc import Iterator

from ranvier.targets.fpga import registers as r

_MADE = "Made from targets/fpga/registers.py by tools/dev/spi_map.py; do not edit."


def _constants() -> Iterator[tuple[str, str, int, int]]:
    """Yield what all three languages name: group, name, value, bits."""
    yield "MAP", "IDENTITY", r.IDENTITY, 16
    for space in r.SPACES:
        yield "SPACE", space.name, space.number, 3
    for register in r.REGISTERS:
        yield "REG", register.name, register.address, 4
    for group, fields in (("STATUS", r.STATUS), ("ERRORS", r.ERRORS), ("CONTROL", r.CONTROL)):
        for field in fields:
            yield group, field.name, field.bit, 0


def _mask(access: str) -> int:
    return sum(1 << s.number for s in r.SPACES if access in s.access)


def verilog() -> str:
    """Return ``hdl/rtl/rv_map.vh``, which modules include."""
    lines = ["// SPDX-License-Identifier: Apache-2.0", f"// {_MADE}"]
    lines.append("// verilator lint_off UNUSEDPARAM")
    for group, name, value, bits in _constants():
        title = "".join(word.capitalize() for word in f"{group}_{name}".lower().split("_"))
        kind, digits = (f" [{bits - 1}:0]", f"{bits}'h{value:x}") if bits else (" integer", f"{value}")
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
    """Return the constants for a driver that knows nothing of Ranvier."""
    lines = ["# SPDX-License-Identifier: Apache-2.0", f'"""{_MADE}"""', ""]
    lines += [f"{group}_{name} = {value:#x}" for group, name, value, _ in _constants()]
    lines += [f"{name} = {value:#x}" for name, value in _frame()]
    return "\n".join(lines) + "\n"


def _frame() -> list[tuple[str, int]]:
    return [
        ("FRAME_WORDS", r.WORDS), ("FRAME_WRITE", r.WRITE), ("CRC_POLYNOMIAL", r.CRC_POLYNOMIAL),
        ("CRC_START", r.CRC_START),
    ]  # fmt: skip
