# SPDX-License-Identifier: Apache-2.0
"""What microcontrollers need on this computer."""

from dataclasses import replace

from ranvier.targets.mcu.toolchain import has_zig
from ranvier.tools.families import look
from ranvier.tools.families.protocol import Tool

_FLASHERS = ("openocd",)
_COMPILERS = ("arm-none-eabi-gcc", "gcc")
# program, Debian package, what needs it
_PROGRAMS = (
    ("arm-none-eabi-gcc", "gcc-arm-none-eabi", "images for Cortex-M boards"),
    ("qemu-system-arm", "qemu-system-arm", "emulated Arm boards"),
    ("riscv64-unknown-elf-gcc", "gcc-riscv64-unknown-elf", "images for RISC-V boards"),
    ("qemu-system-riscv32", "qemu-system-misc", "emulated RISC-V boards"),
    ("gcc", "gcc libc6-dev", "the host target"),
    ("openocd", "openocd", "flashing nucleo-u575zi (optional)"),
)


def tools() -> tuple[Tool, ...]:
    """Look for compilers, emulators and programmers."""
    there = has_zig()
    zig = look.package(
        "ziglang", "'ranvier[zig]'",
        "images where no compiler for the board is installed (optional)",
    )  # fmt: skip
    way = "" if there else "pip install 'ranvier[zig]'"
    zig = replace(zig, found=there, version=zig.version if there else "", install=way)
    pyocd = look.package("pyocd", "'ranvier[flash]'", "flashing through a debug probe (optional)")
    programs = [
        # Zig stands in for compilers.
        look.program(*p, optional=p[0] in _FLASHERS or (there and p[0] in _COMPILERS))
        for p in _PROGRAMS
    ]
    return (pyocd, *programs, zig)
