# SPDX-License-Identifier: Apache-2.0
"""What the makers of bitstreams for one family of chips are called and are told.

A chip's file names its family; all that tells one family from another is here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ranvier.targets.fpga.part import Port
from ranvier.targets.fpga.tools import ECPPACK, ICEPACK, NEXTPNR_ECP5, NEXTPNR_ICE40, YOSYS, Program

_COMMENT, _PREAMBLE = b"\xff\x00", b"\xff\xff\xbd\xb3"  # of an ECP5's bitstream


@dataclass(frozen=True, slots=True, kw_only=True)
class Toolchain:
    """The way from Verilog to a bitstream of one family.

    Attributes
    ----------
    name
        Also of the folder of ``hdl/`` with modules that use its blocks.
    synth
        Yosys' pass, with what it is told.
    nextpnr, packer
        The programs after Yosys.
    pins
        nextpnr's option for the file of pins, which is what these files end in.
    constraints
        Writes that file.
    routed
        nextpnr's option for what the packer reads, and what that ends in.
    packing
        What the packer is told.
    image
        What bitstreams end in.
    held
        Of a bitstream, or of what was read back, the bytes that must be the same in the flash.
    scarce
        Yosys' names of what there is little of.
    cells
        nextpnr's names of what is counted and drawn.
    number
        Of a kind of cell and nextpnr's name of its place in a tile, the number of the place.
    shape
        Columns and rows of tiles that a block takes.
    """

    name: str
    synth: str
    nextpnr: Program
    packer: Program
    pins: str
    constraints: Callable[[Sequence[Port]], str]
    routed: str
    packing: tuple[str, ...]
    image: str
    held: Callable[[bytes], bytes]
    scarce: Mapping[str, str]
    cells: Mapping[str, str]
    number: Callable[[str, str], int]
    shape: Mapping[str, tuple[int, int]]

    @property
    def programs(self) -> tuple[Program, ...]:
        """All of them, in the order in which they run."""
        return (YOSYS, self.nextpnr, self.packer)


def _pcf(ports: Sequence[Port]) -> str:
    return "".join(f"set_io {p.name} {p.pad}\n" for p in ports if p.pad)


def _lpf(ports: Sequence[Port]) -> str:
    lines = []
    for p in ports:
        lines += [f'LOCATE COMP "{p.name}" SITE "{p.pad}";', f'IOBUF PORT "{p.name}" {p.io};']
        lines += [f'FREQUENCY PORT "{p.name}" {p.hz / 1e6:g} MHZ;'] if p.hz else []
    return "".join(f"{line}\n" for line in lines)


def _ice40_number(kind: str, bel: str) -> int:
    """lc7, spram_2; of the others, ram and mac16_0, there is one."""
    return int("".join(c for c in bel if c.isdigit())) if kind in ("lc", "spram") else 0


def _ecp5_number(kind: str, bel: str) -> int:
    """SLICEA.K0 to SLICED.K1; EBR2 and MULT18_4 have columns of their own."""
    return 2 * "ABCD".index(bel[len("SLICE")]) + int(bel[-1]) if kind == "lc" else 0


def _ecp5_held(data: bytes) -> bytes:
    """Leave out the comment before the preamble, which is two bytes of ones and two of a key.

    openFPGALoader leaves it out too, and some versions keep another byte of ones.
    """
    if data.startswith(_COMMENT):
        data = data[max(data.find(_PREAMBLE), 0) :]
    return data[1:] if data.startswith(b"\xff" + _PREAMBLE) else data


ICE40 = Toolchain(
    name="ice40",
    synth="synth_ice40 -spram -abc9 -device u",
    nextpnr=NEXTPNR_ICE40,
    packer=ICEPACK,
    pins="pcf",
    constraints=_pcf,
    routed="asc",
    packing=(),
    image="bin",
    held=lambda data: data,
    scarce={"SB_RAM40_4K": "ebr", "SB_SPRAM256KA": "spram", "SB_MAC16": "dsp"},
    cells={
        "ICESTORM_LC": "lc", "ICESTORM_RAM": "ebr", "ICESTORM_SPRAM": "spram",
        "ICESTORM_DSP": "dsp",
    },
    number=_ice40_number,
    shape={"ebr": (1, 2), "dsp": (1, 4), "spram": (1, 4)},
)  # fmt: skip
# openFPGALoader takes none but compressed bitstreams
ECP5 = Toolchain(
    name="ecp5",
    synth="synth_ecp5 -abc9",
    nextpnr=NEXTPNR_ECP5,
    packer=ECPPACK,
    pins="lpf",
    constraints=_lpf,
    routed="textcfg",
    packing=("--compress",),
    image="bit",
    held=_ecp5_held,
    scarce={"DP16KD": "ebr", "MULT18X18D": "dsp"},
    cells={"TRELLIS_COMB": "lc", "DP16KD": "ebr", "MULT18X18D": "dsp"},
    number=_ecp5_number,
    shape={"ebr": (2, 1), "dsp": (1, 1)},
)
_ALL = {t.name: t for t in (ICE40, ECP5)}
PROGRAMS = tuple(dict.fromkeys(p for t in _ALL.values() for p in t.programs))


def toolchain(name: str) -> Toolchain:
    """Return the family called `name`."""
    return _ALL[name]
