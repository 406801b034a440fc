# SPDX-License-Identifier: Apache-2.0
"""FPGAs as data: what core they get, what they hold, and how they are placed and programmed.

The file of a part names its `silicon`, the file of the chip that it shares with others.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from ranvier.targets.board_file import fill, table, unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """How many of each kind of cell a chip has.

    Attributes
    ----------
    lc
        Logic cells: a table of four inputs and a flip-flop.
    ebr
        Block RAMs.
    spram
        Single-port RAMs.
    dsp
        Multipliers, of 16 x 16 bits at least.
    columns, rows
        Of its tiles.
    """

    columns: int
    rows: int
    lc: int
    ebr: int
    dsp: int
    spram: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """A port of the top module.

    Attributes
    ----------
    direction
        ``input``, ``output`` or ``inout``.
    pad
        Where it leaves the package; empty where somebody else places it.
    io
        What a ``.lpf`` says of it: voltage, strength, pull.
    hz
        The clock that comes in at it; 0: no clock, or one that follows from elsewhere.
    """

    name: str
    direction: Literal["input", "output", "inout"]
    pad: str = ""
    io: str = ""
    hz: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A clock that the core can have.

    Attributes
    ----------
    tolerance
        How much faster it may be than it says, relative.
    set
        Parameters of the top module that choose it, as Verilog.
    """

    hz: int
    source: str
    tolerance: float = 0.0
    set: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Usb:
    """How a board's programmer is recognised on USB.

    Attributes
    ----------
    vendor, product
        Ids, which boards of other makers have as well.
    says
        What its product name begins with, which they don't.
    """

    vendor: int
    product: int
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A chip or a board with one, or RTL for a chip of the user's own.

    Attributes
    ----------
    kind
        ``verilog``: RTL that is simulated here and placed by somebody else; ``fpga``.
    top
        The module of ``hdl/`` that is its top.
    ports
        Those of `top`.
    images
        Parameters of `top` that name files of ``$readmemh``.
    lanes
        Neurons at a time, where the user does not say.
    state_bits
        The most that the core may have; 24 where nothing limits its multiplier.
    chip, package
        As its maker writes them, the latter in nextpnr's way.
    device, speed
        nextpnr's option that names the chip, and its speed grade; empty where it has none.
    toolchain
        The family of chips, see ``toolchain.py``.
    cells
        What there is; None where nothing limits it.
    weights_in
        The kind of cell that holds weights.
    weight_words
        Words of 16 bits in each of these; 0 where nothing limits them.
    block_bits
        Of a block RAM, where sums and thresholds lie in nothing else; 0: small memories may lie in
        logic cells.
    energy
        The file of what its power is estimated from; empty where nobody published that.
    clocks
        What the core may run at, the usual one first; none: the user's own.
    programmer
        The program that writes the bitstream; empty where there is none.
    loader
        What openFPGALoader calls the board; empty where it doesn't know it.
    usb
        How the board is recognised before it is written to.
    """

    name: str
    describes: str
    kind: Literal["verilog", "fpga"]
    top: str
    ports: tuple[Port, ...]
    images: tuple[str, ...]
    lanes: int = 8
    state_bits: int = 16
    chip: str = ""
    package: str = ""
    device: str = ""
    speed: str = ""
    toolchain: str = ""
    cells: Cells | None = None
    weights_in: Literal["ebr", "spram"] = "spram"
    weight_words: int = 0
    block_bits: int = 0
    energy: str = ""
    clocks: tuple[Clock, ...] = ()
    programmer: str = ""
    loader: str = ""
    usb: Usb | None = None

    @property
    def family(self) -> Literal["fpga"]:
        """Whose way of being compiled and verified it has."""
        return "fpga"

    @property
    def weight_rams(self) -> int:
        """How many cells may hold weights; 0 where nothing limits them."""
        return 0 if self.cells is None else int(getattr(self.cells, self.weights_in))


NAMES = ("up5k", "icebreaker", "upduino31", "ecp5", "ulx3s", "verilog")


@cache
def part(name: str) -> Part:
    """Return the part called `name`.

    Raises
    ------
    RanvierError
        B001 for a name that is not known.
    """
    if name not in NAMES:
        raise unknown("FPGA", name, NAMES)
    own = _read(f"parts/{name}.toml")
    chip = _read(f"chips/{own.pop('silicon')}.toml") if "silicon" in own else {}
    clocks = own.get("clocks", [])
    rates = {clock["hz"] for clock in clocks}
    clocks = clocks + [clock for clock in chip.get("clocks", []) if clock["hz"] not in rates]
    return fill(Part, {**chip, **own, "clocks": clocks}, f"parts/{name}.toml")


def _read(path: str) -> dict[str, Any]:
    text = files("ranvier.targets.fpga").joinpath(path).read_text("utf-8")
    return table(text, path)
