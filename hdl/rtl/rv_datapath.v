// SPDX-License-Identifier: Apache-2.0
// The lanes with the memories of their sums and thresholds. A beat goes through all lanes at once: a
// group of Lanes neurons, one row of each memory. The stages are those of `rv_lane`. Where lanes are
// folded, or only shift, events are added by `rv_sums`; a sweep passes Lanes / Fold neurons at a time.
`resetall
`default_nettype none

module rv_datapath #(
  parameter integer Lanes = 8,
  parameter integer Fold = 1,
  parameter integer Shifts = 0,
  parameter integer Lefts = 0,
  parameter integer WeightW = 8,
  parameter integer StateW = 16,
  parameter integer SumW = 20,
  parameter integer Frac = 0,
  parameter integer FactorW = 16,
  parameter integer Strict = 0,
  parameter integer ResetValue = 0,
  parameter integer GroupW = 8,      // bits of a group's number
  parameter integer Groups = 256,    // of a sweep, of all neurons
  parameter         Thresholds = "",  // file of $readmemh, a row a group, lane 0 lowest
  parameter integer Units = Lanes / Fold,
  parameter integer ThresholdParts = (Units * StateW + 15) / 16
) (
  input  wire                     clk_i,
  input  wire                     rst_ni,
  // Beat, stage 0
  input  wire                     sum_valid_i,    // an event reaches this group
  input  wire                     sweep_valid_i,  // this group is updated, or added to another
  input  wire                     sweep_first_i,  // it is the first of its sweep
  input  wire                     sweep_last_i,   // and the last
  input  wire                     sweep_write_i,  // its sums are written
  input  wire [GroupW-1:0]        group_i,
  input  wire [GroupW-1:0]        to_i,           // the group that is written
  // Event: its weights in stage 1, its value in stage 0
  input  wire [Lanes*WeightW-1:0] weights_i,
  input  wire [StateW-1:0]        x_i,
  // What a sweep does; stage 0
  input  wire                     clear_i,
  input  wire                     add_i,
  input  wire                     fire_i,
  input  wire                     read_i,
  input  wire                     strict_i,
  input  wire                     subtract_i,
  input  wire                     bare_i,
  input  wire                     round_i,
  input  wire [FactorW-1:0]       factor_i,
  // Spikes of a group, stage 3
  output wire                     spikes_valid_o,
  output wire                     spikes_last_o,
  output wire [Units-1:0]         spikes_o,
  // States of a group, stage 3: as they are handed on, a lane at a time, and once
  output wire                     read_valid_o,
  output wire                     after_valid_o,
  output wire [Units*StateW-1:0]  after_o,
  // Loading of thresholds, in parts of 16 bits
  input  wire [ThresholdParts-1:0] threshold_we_i,
  input  wire [GroupW-1:0]        load_addr_i,
  input  wire [15:0]              load_i
);
  localparam integer Apart = ((Fold > 1) || (Shifts != 0)) ? 1 : 0;  // lanes don't see events
  wire lane_sum = (Apart == 0) && sum_valid_i;

  // The way of a beat
  reg [3:1] sweep_q;
  reg [5:1] write_q;
  reg [5:1] add_q;    // to a sum, which is read in stage 2
  reg       sum_q;    // of an event, stage 1
  reg       first_q;  // stage 1
  reg [3:1] last_q;
  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      sweep_q <= 3'b0;
      write_q <= 5'b0;
    end else begin
      sweep_q <= {sweep_q[2:1], sweep_valid_i};
      write_q <= {write_q[4:1], lane_sum || (sweep_valid_i && sweep_write_i)};
    end
  end
  always @(posedge clk_i) begin
    add_q   <= {add_q[4:1], lane_sum || (sweep_valid_i && add_i)};
    sum_q   <= lane_sum;
    first_q <= sweep_valid_i && sweep_first_i;
    last_q  <= {last_q[2:1], sweep_last_i};
  end

  // What a sweep does stays until the next one, which keeps its distance
  reg               clear_q;
  reg               fire_q;
  reg               read_q;
  reg               strict_q;
  reg               subtract_q;
  reg               bare_q;
  reg               round_q;
  reg [FactorW-1:0] factor_q;
  always @(posedge clk_i) begin
    if (sweep_valid_i) begin
      clear_q    <= clear_i;
      fire_q     <= fire_i;
      read_q     <= read_i;
      strict_q   <= strict_i;
      subtract_q <= subtract_i;
      bare_q     <= bare_i;
      round_q    <= round_i;
      factor_q   <= factor_i;
    end
  end
  reg fires_q;   // stage 2
  reg rounds_q;  // stage 4
  always @(posedge clk_i) begin
    fires_q  <= sweep_q[1] && fire_q;
    rounds_q <= round_q && !add_q[3];
  end

  // An event's value, and 0 while sums become membranes
  reg [StateW-1:0] x_q;
  reg              zero_q;
  always @(posedge clk_i) begin
    x_q <= lane_sum ? x_i : {StateW{1'b0}};
    zero_q <= lane_sum || (sweep_valid_i && clear_i);
  end

  // Groups
  reg [5*GroupW-1:0] to_q;
  always @(posedge clk_i) to_q <= {to_q[4*GroupW-1:0], to_i};

  wire [Units*SumW-1:0]   sum_rdata;
  wire [Units*SumW-1:0]   sum_wdata;
  wire [16*ThresholdParts-1:0] threshold;
  generate
    if (Apart != 0) begin : g_apart
      rv_sums #(
        .Lanes(Lanes), .Fold(Fold), .WeightW(WeightW), .StateW(StateW), .SumW(SumW),
        .GroupW(GroupW), .Groups(Groups), .Lefts(Lefts)
      ) u_sums (
        .clk_i(clk_i), .rst_ni(rst_ni),
        .event_i(sum_valid_i), .x_i(x_i), .weights_i(weights_i),
        .row_i(to_q[GroupW +: GroupW]), .into_i(to_q[3*GroupW +: GroupW]),
        .we_i(write_q[5]), .waddr_i(to_q[4*GroupW +: GroupW]), .wdata_i(sum_wdata),
        .raddr_i(add_q[2] ? to_q[GroupW +: GroupW] : group_i), .rdata_o(sum_rdata)
      );
    end else begin : g_whole
      rv_ram #(
        .Width(Lanes * SumW), .AddressBits(GroupW), .Words(Groups)
      ) u_sums (
        .clk_i(clk_i),
        .we_i(write_q[5]),
        .waddr_i(to_q[4*GroupW +: GroupW]),
        .wdata_i(sum_wdata),
        .re_i(1'b1),
        .raddr_i(add_q[2] ? to_q[GroupW +: GroupW] : group_i),
        .rdata_o(sum_rdata)
      );
    end
  endgenerate
  rv_ram #(
    .Width(16 * ThresholdParts), .AddressBits(GroupW), .Words(Groups), .Part(16),
    .Image(Thresholds)
  ) u_thresholds (
    .clk_i(clk_i),
    .we_i(threshold_we_i),
    .waddr_i(load_addr_i),
    .wdata_i({ThresholdParts{load_i}}),
    .re_i(1'b1),
    .raddr_i(to_q[0 +: GroupW]),
    .rdata_o(threshold)
  );

  wire [Units-1:0] fired;
  reg  [Units-1:0] spikes_q;
  always @(posedge clk_i) spikes_q <= fired;

  genvar i;
  generate
    for (i = 0; i < Units; i = i + 1) begin : g_lane
      rv_lane #(
        .Shifts(Shifts), .WeightW(WeightW), .StateW(StateW), .SumW(SumW), .Frac(Frac), .FactorW(FactorW),
        .Strict(Strict), .ResetValue(ResetValue)
      ) u_lane (
        .clk_i(clk_i),
        .weight_i(weights_i[i*WeightW +: WeightW]),
        .factor_i(factor_q),
        .x_i(x_q),
        .sum_i(sum_rdata[i*SumW +: SumW]),
        .threshold_i(threshold[i*StateW +: StateW]),
        .sum_o(sum_wdata[i*SumW +: SumW]),
        .spike_o(fired[i]),
        .after_o(after_o[i*StateW +: StateW]),
        .weigh_i(sum_q),
        .zero_i(zero_q),
        .fire_i(fires_q),
        .strict_i(strict_q),
        .subtract_i(subtract_q),
        .add_i(add_q[3]),
        .bare_i(bare_q),
        .clear_i(first_q),
        .round_i(rounds_q),
        .whole_i(!add_q[5])
      );
    end
  endgenerate

  assign spikes_valid_o = sweep_q[3] && write_q[3] && fire_q;
  assign spikes_last_o  = last_q[3];
  assign spikes_o       = spikes_q;
  assign read_valid_o   = sweep_q[3] && read_q;
  assign after_valid_o  = sweep_q[3] && write_q[3] && !add_q[3] && !clear_q;
endmodule

`resetall
