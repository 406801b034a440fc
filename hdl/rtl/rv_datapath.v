// SPDX-License-Identifier: Apache-2.0
// The lanes with the memories of their sums and thresholds. A beat goes through all lanes at once: a
// group of Lanes neurons, one row of each memory. The stages are those of `rv_lane`.
`resetall
`default_nettype none

module rv_datapath #(
  parameter integer Lanes = 8,
  parameter integer WeightW = 8,
  parameter integer StateW = 16,
  parameter integer SumW = 20,
  parameter integer Frac = 0,
  parameter integer FactorW = 16,
  parameter integer ShiftMin = 15,
  parameter integer ShiftW = 1,
  parameter integer Ceil = 1,
  parameter integer Move = 1,
  parameter integer GroupW = 8,      // bits of a group's number
  parameter integer Groups = 256,    // of all neurons
  parameter         Thresholds = ""  // file of $readmemh, a row a group, lane 0 lowest
) (
  input  wire                     clk_i,
  input  wire                     rst_ni,
  // Beat, stage 0
  input  wire                     sum_valid_i,    // an event reaches this group
  input  wire                     sweep_valid_i,  // this group is updated, or moved
  input  wire                     sweep_first_i,  // it is the first of its sweep
  input  wire                     sweep_last_i,   // and the last
  input  wire                     sweep_write_i,  // its sums are written
  input  wire [GroupW-1:0]        group_i,
  input  wire [GroupW-1:0]        to_i,           // the row that a sweep's first group is written to
  // Event, stage 1
  input  wire [Lanes*WeightW-1:0] weights_i,
  input  wire signed [FactorW-1:0] x_i,
  // What a sweep does; steady from its first beat until 8 cycles after its last
  input  wire                     move_i,
  input  wire                     fire_i,
  input  wire                     read_i,
  input  wire                     strict_i,
  input  wire                     subtract_i,
  input  wire                     clear_i,
  input  wire signed [StateW-1:0] reset_i,
  input  wire signed [FactorW-1:0] factor_i,
  input  wire [ShiftW-1:0]        shift_i,
  input  wire                     ceil_i,
  // Spikes of a group, stage 6
  output wire                     spikes_valid_o,
  output wire                     spikes_last_o,
  output wire [Lanes-1:0]         spikes_o,
  // Membranes of a group before the reset, stage 4, and after it, stage 6
  output wire                     v_valid_o,
  output wire [Lanes*StateW-1:0]  v_o,
  output wire                     after_valid_o,
  output wire [Lanes*StateW-1:0]  after_o,
  // Loading of thresholds
  input  wire                     threshold_we_i,
  input  wire [GroupW-1:0]        threshold_addr_i,
  input  wire [Lanes*StateW-1:0]  threshold_i
);
  // The way of a beat
  reg [4:1] sum_q;
  reg [7:1] sweep_q;
  reg [8:1] write_q;
  reg [6:1] last_q;
  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      sum_q   <= 4'b0;
      sweep_q <= 7'b0;
      write_q <= 8'b0;
    end else begin
      sum_q   <= {sum_q[3:1], sum_valid_i};
      sweep_q <= {sweep_q[6:1], sweep_valid_i};
      write_q <= {write_q[7:1], sweep_valid_i && sweep_write_i};
    end
  end
  always @(posedge clk_i) last_q <= {last_q[5:1], sweep_last_i};

  // Rows: of an event a sum is read in stage 2 and written in stage 4, in a sweep in 2 and 8
  reg [GroupW-1:0] group1_q;
  reg [GroupW-1:0] group2_q;
  reg [GroupW-1:0] group3_q;
  reg [GroupW-1:0] group4_q;
  reg [GroupW-1:0] to_q;
  always @(posedge clk_i) begin
    group1_q <= group_i;
    group2_q <= group1_q;
    group3_q <= group2_q;
    group4_q <= group3_q;
    if (sweep_valid_i && sweep_first_i) to_q <= to_i;
    else if (write_q[8]) to_q <= to_q + 1'b1;
  end

  wire [GroupW-1:0] row;
  generate
    if (Move != 0) begin : g_move
      // The sums that a moved state goes to are read in stage 6, in the pauses between four beats.
      reg [GroupW-1:0] into_q;
      always @(posedge clk_i) begin
        if (sweep_valid_i && sweep_first_i) into_q <= to_i;
        else if (sweep_q[6]) into_q <= into_q + 1'b1;
      end
      assign row = (move_i && sweep_q[6]) ? into_q : group2_q;
    end else begin : g_no_move
      assign row = group2_q;
    end
  endgenerate

  wire [Lanes*SumW-1:0]   sum_rdata;
  wire [Lanes*SumW-1:0]   sum_wdata;
  wire [Lanes*StateW-1:0] threshold;
  rv_ram #(
    .Width(Lanes * SumW), .AddressBits(GroupW), .Words(Groups)
  ) u_sums (
    .clk_i(clk_i),
    .we_i(sum_q[4] || write_q[8]),
    .waddr_i(write_q[8] ? to_q : group4_q),
    .wdata_i(sum_wdata),
    .re_i(1'b1),
    .raddr_i(row),
    .rdata_o(sum_rdata)
  );
  rv_ram #(
    .Width(Lanes * StateW), .AddressBits(GroupW), .Words(Groups), .Image(Thresholds)
  ) u_thresholds (
    .clk_i(clk_i),
    .we_i(threshold_we_i),
    .waddr_i(threshold_addr_i),
    .wdata_i(threshold_i),
    .re_i(1'b1),
    .raddr_i(group3_q),
    .rdata_o(threshold)
  );

  wire [Lanes-1:0] fired;
  reg  [Lanes-1:0] spikes_q;
  always @(posedge clk_i) spikes_q <= fired;

  wire signed [FactorW-1:0] multiplier = sweep_q[5] ? factor_i : x_i;
  genvar i;
  generate
    for (i = 0; i < Lanes; i = i + 1) begin : g_lane
      rv_lane #(
        .WeightW(WeightW), .StateW(StateW), .SumW(SumW), .Frac(Frac), .FactorW(FactorW),
        .ShiftMin(ShiftMin), .ShiftW(ShiftW), .Ceil(Ceil), .Move(Move)
      ) u_lane (
        .clk_i(clk_i),
        .weight_i(weights_i[i*WeightW +: WeightW]),
        .x_i(multiplier),
        .sum_i(sum_rdata[i*SumW +: SumW]),
        .threshold_i(threshold[i*StateW +: StateW]),
        .sum_o(sum_wdata[i*SumW +: SumW]),
        .spike_o(fired[i]),
        .v_o(v_o[i*StateW +: StateW]),
        .after_o(after_o[i*StateW +: StateW]),
        .update_i(sweep_q[5]),
        .keep_i(!fire_i),
        .strict_i(strict_i),
        .subtract_i(subtract_i),
        .clear_i(clear_i),
        .reset_i(reset_i),
        .settle_i(sweep_q[7] && !move_i),
        .shift_i(shift_i),
        .ceil_i(ceil_i),
        .move_i(sweep_q[7] && move_i)
      );
    end
  endgenerate

  assign spikes_valid_o = sweep_q[6] && fire_i;
  assign spikes_last_o  = last_q[6];
  assign spikes_o       = spikes_q;
  assign v_valid_o      = sweep_q[4] && read_i;
  assign after_valid_o  = write_q[6] && !move_i && !clear_i;
endmodule

`resetall
