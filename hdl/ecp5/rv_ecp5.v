// SPDX-License-Identifier: Apache-2.0
// The chip: `rv_top` with the pins and the clock of a Lattice ECP5.
`resetall
`default_nettype none

module rv_ecp5 #(
  // The clock: what comes in at clk, or a PLL's, clk / ClkiDiv * ClkfbDiv. Its oscillator, that times
  // ClkopDiv, must be 400 to 800 MHz.
  parameter integer Pll = 0, ClkiDiv = 1, ClkfbDiv = 1, ClkopDiv = 8,
  // Of the core and its queues, see rv_top
  parameter integer Lanes = 8, LaneW = 3, Fold = 1, Shifts = 0, Lefts = 0,
  parameter integer WeightW = 8, StateW = 16, SumW = 20, Frac = 0,
  parameter integer FactorW = 16, Strict = 0, ResetValue = 0, Move = 1,
  parameter integer GroupW = 5, Groups = 32, AddressW = 11, ValueW = 0, EventW = 12,
  parameter integer ListW = 10, ListWords = 512, DelayW = 1, WeightAW = 14, WeightRows = 16384,
  parameter integer RowAW = 4,
  parameter integer RowW =
    15 + $clog2(StateW) + 3 * GroupW + ListW + DelayW + WeightAW + AddressW + FactorW,
  parameter integer Rows = 16,
  parameter integer Loadable = 0,
  parameter integer Shared = 0, ReachAW = 8, Reaches = 256, RunW = 4, TallW = 4,
  parameter         Table = "", Thresholds = "", Weights = "", Reach = "",
  parameter [31:0]  Signature = 32'd0,
  parameter integer EventsW = 8, SpikesW = 7, ValuesW = 7
) (
  input  wire clk,
  input  wire sck,
  input  wire mosi,
  inout  wire miso,  // high impedance while cs_n is high
  input  wire cs_n,
  output wire irq,
  output wire awake  // high: the ULX3S' ESP32 leaves the chip alone
);
  wire clk_core;
  wire locked;
  generate
    if (Pll != 0) begin : g_pll
      // As ecppll of Project Trellis instantiates it
      (* ICP_CURRENT="12" *) (* LPF_RESISTOR="8" *)
      (* MFG_ENABLE_FILTEROPAMP="1" *) (* MFG_GMCREF_SEL="2" *)
      EHXPLLL #(
        .CLKI_DIV(ClkiDiv), .CLKFB_DIV(ClkfbDiv), .CLKOP_DIV(ClkopDiv),
        .CLKOP_CPHASE(ClkopDiv / 2), .CLKOP_FPHASE(0), .CLKOP_ENABLE("ENABLED"),
        .FEEDBK_PATH("CLKOP"), .PLLRST_ENA("DISABLED"), .INTFB_WAKE("DISABLED"),
        .STDBY_ENABLE("DISABLED"), .DPHASE_SOURCE("DISABLED"), .OUTDIVIDER_MUXA("DIVA"),
        .OUTDIVIDER_MUXB("DIVB"), .OUTDIVIDER_MUXC("DIVC"), .OUTDIVIDER_MUXD("DIVD")
      ) u_pll (
        .CLKI(clk), .CLKFB(clk_core), .CLKOP(clk_core), .LOCK(locked), .CLKINTFB(),
        .RST(1'b0), .STDBY(1'b0), .PHASESEL0(1'b0), .PHASESEL1(1'b0), .PHASEDIR(1'b1),
        .PHASESTEP(1'b1), .PHASELOADREG(1'b1), .PLLWAKESYNC(1'b0), .ENCLKOP(1'b0)
      );
    end else begin : g_pin
      assign clk_core = clk;
      assign locked   = 1'b1;
    end
  endgenerate

  // Registers are zero when the chip is configured; until the clock is steady, and in the first cycles
  // after, all is reset.
  reg [2:0] rst_nq = 3'b0;
  always @(posedge clk_core) rst_nq <= {rst_nq[1:0], locked};

  wire miso_out;
  BB u_miso (.B(miso), .I(miso_out), .T(cs_n), .O());
  assign awake = 1'b1;

  rv_top #(
    .Lanes(Lanes), .LaneW(LaneW), .Fold(Fold), .Shifts(Shifts), .Lefts(Lefts),
    .WeightW(WeightW), .StateW(StateW), .SumW(SumW), .Frac(Frac),
    .FactorW(FactorW), .Strict(Strict), .ResetValue(ResetValue), .Move(Move), .GroupW(GroupW),
    .Groups(Groups), .AddressW(AddressW), .ValueW(ValueW), .EventW(EventW), .ListW(ListW),
    .ListWords(ListWords), .DelayW(DelayW), .WeightAW(WeightAW), .WeightRows(WeightRows),
    .RowAW(RowAW), .RowW(RowW), .Rows(Rows), .Loadable(Loadable),
    .Table(Table), .Thresholds(Thresholds), .Weights(Weights),
    .Shared(Shared), .ReachAW(ReachAW), .Reaches(Reaches), .RunW(RunW), .TallW(TallW), .Reach(Reach),
    .Signature(Signature), .EventsW(EventsW), .SpikesW(SpikesW), .ValuesW(ValuesW)
  ) u_top (
    .clk_i(clk_core), .rst_ni(rst_nq[2]),
    .sck_i(sck), .mosi_i(mosi), .miso_o(miso_out), .cs_ni(cs_n), .irq_o(irq)
  );
endmodule

`resetall
