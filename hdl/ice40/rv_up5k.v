// SPDX-License-Identifier: Apache-2.0
// The chip: `rv_top` with the pins and the clock of an iCE40UP5K.
`resetall
`default_nettype none

module rv_up5k #(
  parameter integer ClockPin = 0,          // the clock comes from clk, else from the chip's oscillator,
  parameter         Divider = "0b01",      //   48 MHz by 1, 2, 4, 8: "0b00", "0b01", "0b10", "0b11"
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
  parameter         Table = "", Thresholds = "", Reach = "",
  parameter [31:0]  Signature = 32'd0,
  parameter integer EventsW = 8, SpikesW = 7, ValuesW = 7
) (
  input  wire clk,   // unused unless ClockPin
  input  wire sck,
  input  wire mosi,
  inout  wire miso,  // high impedance while cs_n is high
  input  wire cs_n,
  output wire irq
);
  wire clk_core;
  generate
    if (ClockPin != 0) begin : g_pin
      assign clk_core = clk;
    end else begin : g_oscillator
      SB_HFOSC #(.CLKHF_DIV(Divider)) u_oscillator (
        .CLKHFEN(1'b1), .CLKHFPU(1'b1), .CLKHF(clk_core)
      );
    end
  endgenerate

  // Registers are zero when the chip is configured; the first cycles reset it.
  reg awake_q = 1'b0;
  reg rst_nq = 1'b0;
  always @(posedge clk_core) begin
    awake_q <= 1'b1;
    rst_nq  <= awake_q;
  end

  wire miso_out;
  SB_IO #(.PIN_TYPE(6'b1010_01), .PULLUP(1'b0)) u_miso (
    .PACKAGE_PIN(miso), .OUTPUT_ENABLE(!cs_n), .D_OUT_0(miso_out)
  );

  rv_top #(
    .Lanes(Lanes), .LaneW(LaneW), .Fold(Fold), .Shifts(Shifts), .Lefts(Lefts),
    .WeightW(WeightW), .StateW(StateW), .SumW(SumW), .Frac(Frac),
    .FactorW(FactorW), .Strict(Strict), .ResetValue(ResetValue), .Move(Move), .GroupW(GroupW),
    .Groups(Groups), .AddressW(AddressW), .ValueW(ValueW), .EventW(EventW), .ListW(ListW),
    .ListWords(ListWords), .DelayW(DelayW), .WeightAW(WeightAW), .WeightRows(WeightRows),
    .RowAW(RowAW), .RowW(RowW), .Rows(Rows), .Loadable(Loadable),
    .Table(Table), .Thresholds(Thresholds), .Signature(Signature),
    .Shared(Shared), .ReachAW(ReachAW), .Reaches(Reaches),
    .RunW(RunW), .TallW(TallW), .Reach(Reach),
    .EventsW(EventsW), .SpikesW(SpikesW), .ValuesW(ValuesW)
  ) u_top (
    .clk_i(clk_core), .rst_ni(rst_nq),
    .sck_i(sck), .mosi_i(mosi), .miso_o(miso_out), .cs_ni(cs_n), .irq_o(irq)
  );
endmodule

`resetall
