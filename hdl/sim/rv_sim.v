// SPDX-License-Identifier: Apache-2.0
// The core with a memory of weights that begins full: what is simulated in bulk.
`resetall
`default_nettype none

module rv_sim #(
  parameter integer Lanes = 8, LaneW = 3, Fold = 1, Shifts = 0, Lefts = 0,
  parameter integer WeightW = 8, StateW = 16, SumW = 20, Frac = 0,
  parameter integer FactorW = 16, Strict = 0, ResetValue = 0, Move = 1,
  parameter integer GroupW = 8, Groups = 256, AddressW = 11, ValueW = 0, EventW = 12,
  parameter integer ListW = 10, ListWords = 512, DelayW = 1, WeightAW = 14, WeightRows = 16384,
  parameter integer RowAW = 4, RowW = 128, Rows = 16,
  parameter integer Shared = 0, ReachAW = 8, Reaches = 256, RunW = 4, TallW = 4,
  parameter         Table = "", Thresholds = "", Weights = "", Reach = ""
) (
  input  wire                    clk_i,
  input  wire                    rst_ni,
  input  wire [EventW-1:0]       event_i,
  input  wire                    event_valid_i,
  output wire                    event_ready_o,
  output wire [AddressW:0]       spike_o,
  output wire                    spike_valid_o,
  input  wire                    spike_ready_i,
  output wire [StateW-1:0]       value_o,
  output wire                    value_valid_o,
  input  wire                    hold_i,
  input  wire                    trace_i,
  output wire                    step_o,
  output wire [AddressW:0]       seen_o,
  output wire                    seen_valid_o,
  output wire                    after_valid_o,
  output wire [Lanes/Fold*StateW-1:0] after_o
);
  localparam integer TableParts = (RowW + 15) / 16;
  localparam integer ThresholdParts = (Lanes / Fold * StateW + 15) / 16;

  wire [WeightAW-1:0]      weight_addr;
  wire [Lanes*WeightW-1:0] weights;
  rv_ram #(
    .Width(Lanes * WeightW), .AddressBits(WeightAW), .Words(WeightRows), .Image(Weights)
  ) u_weights (
    .clk_i(clk_i), .we_i(1'b0), .waddr_i({WeightAW{1'b0}}), .wdata_i({Lanes*WeightW{1'b0}}),
    .re_i(1'b1), .raddr_i(weight_addr), .rdata_o(weights)
  );
  rv_core #(
    .Lanes(Lanes), .LaneW(LaneW), .Fold(Fold), .Shifts(Shifts), .Lefts(Lefts),
    .WeightW(WeightW), .StateW(StateW), .SumW(SumW), .Frac(Frac),
    .FactorW(FactorW), .Strict(Strict), .ResetValue(ResetValue), .Move(Move),
    .GroupW(GroupW), .Groups(Groups), .AddressW(AddressW), .ValueW(ValueW), .EventW(EventW),
    .ListW(ListW), .ListWords(ListWords), .DelayW(DelayW), .WeightAW(WeightAW), .RowAW(RowAW),
    .RowW(RowW), .Rows(Rows), .Table(Table), .Thresholds(Thresholds),
    .Shared(Shared), .ReachAW(ReachAW), .Reaches(Reaches),
    .RunW(RunW), .TallW(TallW), .Reach(Reach)
  ) u_core (
    .clk_i(clk_i), .rst_ni(rst_ni), .run_i(1'b1),
    .event_i(event_i), .event_valid_i(event_valid_i), .event_ready_o(event_ready_o),
    .spike_o(spike_o), .spike_valid_o(spike_valid_o), .spike_ready_i(spike_ready_i),
    .value_o(value_o), .value_valid_o(value_valid_o), .hold_i(hold_i), .trace_i(trace_i),
    .weight_addr_o(weight_addr), .weights_i(weights),
    .table_we_i({TableParts{1'b0}}), .threshold_we_i({ThresholdParts{1'b0}}), .table_addr_i({RowAW{1'b0}}),
    .threshold_addr_i({GroupW{1'b0}}), .load_i(16'd0),
    .step_o(step_o), .between_o(), .busy_o(), .sum_o(), .seen_o(seen_o), .seen_valid_o(seen_valid_o),
    .after_valid_o(after_valid_o), .after_o(after_o)
  );
endmodule

`resetall
