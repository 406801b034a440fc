// SPDX-License-Identifier: Apache-2.0
// Goes through the groups of neurons that a sweep passes or an event reaches, and through its weights:
// those of the row of the layer table, one after the other, or where weights are shared the event's
// window, see rv_reach.
`resetall
`default_nettype none

module rv_span #(
  parameter integer Lanes = 8,
  parameter integer LaneW = 3,
  parameter integer FactorW = 16,
  parameter integer Move = 1,       // some sweep writes other groups than it reads
  parameter integer GroupW = 8,
  parameter integer AddressW = 11,
  parameter integer WeightAW = 14,
  parameter integer Shared = 0,     // some rows' weights are shared
  parameter integer ReachAW = 8,
  parameter integer Reaches = 256,
  parameter integer RunW = 4,
  parameter integer TallW = 4,
  parameter         Reach = ""      // file of $readmemh
) (
  input  wire                clk_i,
  input  wire                rst_ni,
  // The next event
  input  wire                sum_i,      // else a sweep
  input  wire [AddressW-1:0] address_i,
  input  wire                valid_i,
  // Fields of the row
  input  wire [GroupW-1:0]   base_i,
  input  wire [GroupW-1:0]   more_i,     // groups, less one
  input  wire [GroupW-1:0]   to_i,       // SWEEP: first group written; SUM: from row to row of a window
  input  wire [WeightAW-1:0] weight_i,   // SUM: source 0's of the first group; from row to row of a window
  input  wire [AddressW-1:0] stride_i,   // SUM: rows of weights from group to group
  input  wire                window_i,   // SUM: weights are shared,
  input  wire                single_i,   //   each address has its window,
  input  wire [FactorW-1:0]  first_i,    //   which of address 0 is this
  output wire                shared_o,   // weights are shared
  output wire                known_o,    // where the next event goes
  // The walk
  input  wire                free_i,     // none is under way: the next may begin
  input  wire                next_i,     // the group is done
  output wire [GroupW-1:0]   group_o,
  output wire [GroupW-1:0]   to_o,       // the group that is written
  output wire [WeightAW-1:0] weight_addr_o,
  output wire                last_o      // it is the last group
);
  reg                last_q;
  reg [GroupW-1:0]   group_q;
  reg [GroupW-1:0]   left_q;    // groups after this one, in its row of a window
  reg [WeightAW-1:0] weight_q;
  assign group_o       = group_q;
  assign weight_addr_o = weight_q;
  assign last_o        = last_q;

  wire                turn;      // the row of a window is over, and another follows
  wire [GroupW-1:0]   begin_group;
  wire [GroupW-1:0]   begin_left;
  wire                begin_last;
  wire [WeightAW-1:0] begin_weight;
  wire                last_row;
  wire [GroupW-1:0]   turn_group;
  wire [GroupW-1:0]   turn_left;
  wire                turn_last;
  wire [WeightAW-1:0] turn_weight;
  always @(posedge clk_i) begin
    if (free_i) begin
      group_q  <= begin_group;
      left_q   <= begin_left;
      last_q   <= begin_last;
      weight_q <= begin_weight;
    end else if (turn) begin
      group_q  <= turn_group;
      left_q   <= turn_left;
      last_q   <= turn_last;
      weight_q <= turn_weight;
    end else if (next_i) begin
      group_q  <= group_q + 1'b1;
      left_q   <= left_q - 1'b1;
      last_q   <= (left_q == {{(GroupW - 1) {1'b0}}, 1'b1}) && last_row;
      weight_q <= weight_q + {{(WeightAW - AddressW) {1'b0}}, stride_i};
    end
  end
  generate
    if (Move != 0) begin : g_move
      reg [GroupW-1:0] to_q;
      always @(posedge clk_i) begin
        if (free_i) to_q <= shared_o ? begin_group : to_i;
        else if (turn) to_q <= turn_group;
        else if (next_i) to_q <= to_q + 1'b1;
      end
      assign to_o = to_q;
    end else begin : g_no_move
      assign to_o = group_q;
    end
  endgenerate

  wire [WeightAW-1:0] own_weight = weight_i + {{(WeightAW - AddressW) {1'b0}}, address_i};
  generate
    if (Shared != 0) begin : g_shared
      wire [GroupW-1:0]   group;
      wire [WeightAW-1:0] weight;
      wire [RunW-1:0]     run;
      wire [RunW-1:0]     turn_run;
      wire                flat;
      wire                found;
      wire                next;
      rv_reach #(
        .Lanes(Lanes), .LaneW(LaneW), .GroupW(GroupW), .AddressW(AddressW), .WeightAW(WeightAW),
        .ReachAW(ReachAW), .Reaches(Reaches), .RunW(RunW), .TallW(TallW), .Image(Reach)
      ) u_reach (
        .clk_i(clk_i), .rst_ni(rst_ni),
        .address_i(address_i), .valid_i(valid_i),
        .known_o(found), .group_o(group), .weight_o(weight), .run_o(run), .flat_o(flat),
        .shared_i(shared_o), .single_i(single_i), .first_i(first_i[ReachAW-1:0]), .groups_i(to_i),
        .weights_i(weight_i),
        .free_i(free_i), .turn_i(turn), .last_o(last_row), .next_o(next),
        .turn_group_o(turn_group), .turn_weight_o(turn_weight), .turn_run_o(turn_run)
      );
      wire one = (run == {RunW{1'b0}});
      assign shared_o     = sum_i && window_i;
      assign known_o      = !shared_o || found;
      assign begin_group  = shared_o ? group : base_i;
      assign begin_left   = shared_o ? {{(GroupW - RunW) {1'b0}}, run} : more_i;
      assign begin_last   = shared_o ? (one && flat) : (more_i == {GroupW{1'b0}});
      assign begin_weight = shared_o ? weight : own_weight;
      assign turn         = !free_i && !last_row && (left_q == {GroupW{1'b0}});
      assign turn_left    = {{(GroupW - RunW) {1'b0}}, turn_run};
      assign turn_last    = (turn_run == {RunW{1'b0}}) && next;
    end else begin : g_own
      assign shared_o     = 1'b0;
      assign known_o      = 1'b1;
      assign begin_group  = base_i;
      assign begin_left   = more_i;
      assign begin_last   = (more_i == {GroupW{1'b0}});
      assign begin_weight = own_weight;
      assign turn         = 1'b0;
      assign last_row     = 1'b1;
      assign turn_group   = {GroupW{1'b0}};
      assign turn_left    = {GroupW{1'b0}};
      assign turn_last    = 1'b0;
      assign turn_weight  = {WeightAW{1'b0}};
    end
  endgenerate
endmodule

`resetall
