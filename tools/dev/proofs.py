# SPDX-License-Identifier: Apache-2.0
"""What `formal.py` proves of the Verilog, and the bug that each property must catch."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Bug:
    """A change to one file that makes `caught_by`, and perhaps other properties, fail."""

    caught_by: str
    file: str
    old: str
    new: str
    steps: int = 10  # clocks in which it must show


@dataclass(frozen=True)
class Proof:
    """The properties of ``hdl/formal/<name>.v``, ``p_...``; ``i_...`` help, ``c_...`` is reached.

    Attributes
    ----------
    sources
        What is read beside it, below hdl/.
    steps
        Clocks from the start that are looked at one by one, for properties and covers.
    induction
        Clocks after which any clock more keeps them, for ever; 0 where nothing is remembered.
    bugs
        At least one a property.
    parameters
        One set a run.
    cells
        Modules taken of Yosys' models of the iCE40.
    renamed
        Modules of the first source, so that others may have their names.
    """

    name: str
    sources: tuple[str, ...]
    steps: int
    induction: int
    bugs: tuple[Bug, ...]
    parameters: tuple[dict[str, int], ...] = field(default=({},))
    cells: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()


FIFO = "rtl/rv_fifo.v"
RAM = "rtl/rv_ram.v"
LANE = "rtl/rv_lane.v"
FACTOR = "rtl/rv_factor.v"
MAC = "rtl/rv_mac.v"
SHIFT = "rtl/rv_shift.v"
PRODUCT = "formal/product_formal.v"
CONTROL = "rtl/rv_control.v"
SPI = "rtl/rv_spi.v"
QUEUE = "formal/fifo_contract.v"
READER = "rtl/rv_reader.v"
SERIALISER = "rtl/rv_serialiser.v"

PROOFS = (
    Proof(
        "fifo_formal", (FIFO, RAM), steps=10, induction=1, bugs=(
            Bug("p_held", FIFO, "!empty_o && (!valid_q || ready_i)", "!empty_o"),
            Bug("p_order", FIFO, ".raddr_i(rd_q[DepthBits-1:0])",
                ".raddr_i(~rd_q[DepthBits-1:0])"),
            Bug("p_made_up", FIFO, "valid_q && !ready_i);", "valid_q);"),
            Bug("p_withheld", FIFO, "if (push) wr_q", "if (push && valid_q) wr_q"),
            Bug("p_room", FIFO, "assign ready_o = !level_o[DepthBits]", "assign ready_o = 1'b1"),
            Bug("p_level", FIFO, "level_o = wr_q - rd_q", "level_o = wr_q - rd_q + valid_q"),
            Bug("p_empty", FIFO, "empty_o = (wr_q == rd_q)", "empty_o = !valid_q"),
        ),
    ),
    Proof(
        "lane_formal", (LANE, FACTOR, MAC), steps=6, induction=2,
        parameters=({}, {"SumW": 30, "Frac": 2}, {"SumW": 19, "WeightW": 4, "ResetValue": 77}),
        bugs=(
            Bug("p_saturation", LANE, "wire any   = (units[High-2:StateW-1]",
                "wire any   = (units[High-2:StateW]"),
            Bug("p_fires", LANE, "fire_i && !less[StateW] &&", "fire_i && !less[StateW-1] &&"),
            Bug("p_reset", LANE, "subtract_i ? less[StateW-1:0]", "subtract_i ? less[StateW:1]"),
            Bug("p_factor", FACTOR, "{(FactorW - WeightW) {weight_i[WeightW-1]}}",
                "{(FactorW - WeightW) {1'b0}}"),
            Bug("p_sum", LANE, "sum_o = whole_i ? whole : sum", "sum_o = whole_i ? sum : whole"),
            Bug("p_decay", MAC, "low_q ^ {FactorW{round_i}}", "low_q"),
        ),
    ),
    Proof(
        "product_formal", (), steps=1, induction=0, bugs=(
            Bug("p_high", PRODUCT, "f = a_high * b_high", "f = a_high * b_low"),
            Bug("p_middle", PRODUCT, "j = a_low * b_high", "j = a_high * b_high"),
            Bug("p_low", PRODUCT, "g = a_low * b_low", "g = a_low * b_high"),
            Bug("p_sum", PRODUCT, "n_i * o_i * 256 + n_i", "n_i * o_i * 255 + n_i"),
            Bug("p_whole", PRODUCT, "{{8{k[15]}}, k, 8'b0}", "{8'b0, k, 8'b0}"),
        ),
    ),
    Proof(
        "mac_formal", (MAC, "ice40/rv_mac.v"), steps=4, induction=1, cells=("SB_MAC16",),
        renamed=(("rv_mac", "rv_mac_generic"),), bugs=(
            Bug("p_sum", "ice40/rv_mac.v", ".ADDSUBBOT(round_i)", ".ADDSUBBOT(1'b0)"),
            Bug("p_sum", "ice40/rv_mac.v", ".CHOLD(hold_high_i)", ".CHOLD(hold_low_i)", steps=5),
        ),
    ),
    Proof(
        "shift_formal", (MAC, SHIFT), steps=4, induction=1, bugs=(
            Bug("p_sum", SHIFT, "minus_q   <= !clear_i && less_q", "minus_q   <= 1'b0"),
            Bug("p_sum", SHIFT, "power = b_i & (~b_i + 1'b1)", "power = b_i"),
        ),
    ),
    Proof(
        "serialiser_formal", (SERIALISER, QUEUE), steps=12, induction=1,
        parameters=({}, {"Lanes": 8, "LaneW": 3, "AddressW": 5}), bugs=(
            Bug("p_held", SERIALISER, "open_q && ready_i) begin", "open_q) begin"),
            Bug("p_spike", SERIALISER, "k = Lanes - 1; k >= 0; k = k - 1",
                "k = 0; k < Lanes; k = k + 1"),
            Bug("p_token", SERIALISER, "assign step_o  = none", "assign step_o  = none || single"),
            Bug("p_lost", SERIALISER, "(single && !last_q && ready_i)", "(single && ready_i)"),
            Bug("p_withheld", SERIALISER, "(!none || last_q)", "!none"),
        ),
    ),
    Proof(
        "flood_formal", (SERIALISER, FIFO, RAM), steps=14, induction=1, parameters=({"GroupW": 1},),
        bugs=(
            Bug("p_fits", SERIALISER, "(level[GroupW+1:GroupW] != 2'd0)", "level[GroupW+1]",
                steps=14),
        ),
    ),
    Proof(
        "spi_formal", (SPI, "formal/ram_contract.v"), steps=12, induction=1, bugs=(
            Bug("p_none", SPI, "valid_q  <= commit_q && ", "valid_q  <= open_q && "),
            Bug("p_place", SPI, "valid_q  <= commit_q && ", "valid_q  <= open_q && "),
        ),
    ),
    Proof(
        "control_formal", (CONTROL,), steps=24, induction=2, bugs=(
            Bug("p_memory", CONTROL, "(memories && !halted_o) ||", "", steps=16),
            Bug("p_room", CONTROL, "crowded_q <= events &&", "crowded_q <= !events &&", steps=24),
        ),
    ),
    Proof(
        "events_formal", ("rtl/rv_writer.v", "rtl/rv_ram.v", READER), steps=14, induction=2, bugs=(
            Bug("p_held", READER, "list_q && (!read_q || ready_i)", "list_q"),
            Bug("p_made_up", READER, "re_o || (read_q && !ready_i)", "re_o || read_q", steps=12),
            Bug("p_order", "rtl/rv_writer.v", "at_q <= at_q + 1'b1", "at_q <= at_q - 1'b1"),
            Bug("p_withheld", READER, "(writing_i && (at_q == writes_at_i))", "writing_i"),
            Bug("p_collide", READER, "(at_q == writes_at_i)", "(at_q != writes_at_i)"),
        ),
    ),
)  # fmt: skip
