// SPDX-License-Identifier: Apache-2.0
// Where an event goes whose weights are shared: to a window of groups, row by row, as a convolution's
// does. A memory says for each place that events come from which window that is, and where in the weight
// memory its rows begin; all rows of a window are as long and as far apart. An event's window is looked
// up while the one before it is under way.
`resetall
`default_nettype none

module rv_reach #(
  parameter integer Lanes = 8,
  parameter integer LaneW = 3,
  parameter integer GroupW = 8,
  parameter integer AddressW = 11,
  parameter integer WeightAW = 14,
  parameter integer ReachAW = 8,    // bits of an address in the memory of windows
  parameter integer Reaches = 256,  // windows, at most 2**ReachAW
  parameter integer RunW = 4,       // bits of a window's groups in a row, less one
  parameter integer TallW = 4,      // bits of its rows, less one
  parameter         Image = ""      // file of $readmemh
) (
  input  wire                clk_i,
  input  wire                rst_ni,
  // The next event; it stays until it is taken, which isn't in the cycle after another one was
  input  wire [AddressW-1:0] address_i,
  input  wire                valid_i,
  output wire                known_o,   // what follows is its window's
  output wire [GroupW-1:0]   group_o,
  output wire [WeightAW-1:0] weight_o,
  output wire [RunW-1:0]     run_o,     // groups of a row, less one
  output wire                flat_o,    // there is one row
  // Of the row of the layer table
  input  wire                shared_i,  // weights are shared
  input  wire                single_i,  // each address has its window, else all of a group have one
  input  wire [ReachAW-1:0]  first_i,   // address 0's window
  input  wire [GroupW-1:0]   groups_i,  // from row to row
  input  wire [WeightAW-1:0] weights_i,
  // The window under way
  input  wire                free_i,    // there is none: the next event's may begin
  input  wire                turn_i,    // a row is over, and the next one begins
  output wire                last_o,    // it is in its last row,
  output wire                next_o,    //   or in the one before
  output wire [GroupW-1:0]   turn_group_o,
  output wire [WeightAW-1:0] turn_weight_o,
  output wire [RunW-1:0]     turn_run_o
);
  localparam integer Width = GroupW + WeightAW + RunW + TallW;

  wire [AddressW-1:0] group;  // that the event comes from
  wire [AddressW-1:0] lane;
  generate
    if (Lanes > 1) begin : g_lanes
      assign group = {{LaneW{1'b0}}, address_i[AddressW-1:LaneW]};
      assign lane  = {{(AddressW - LaneW) {1'b0}}, address_i[LaneW-1:0]};
    end else begin : g_lane
      assign group = address_i;
      assign lane  = {AddressW{1'b0}};
    end
  endgenerate

  wire [AddressW+ReachAW-1:0] wide = {{ReachAW{1'b0}}, single_i ? address_i : group};
  wire [WeightAW-1:0]         base;
  wire [TallW-1:0]            tall;
  rv_ram #(
    .Width(Width), .AddressBits(ReachAW), .Words(Reaches), .Image(Image)
  ) u_windows (
    .clk_i(clk_i), .we_i(1'b0), .waddr_i({ReachAW{1'b0}}), .wdata_i({Width{1'b0}}),
    .re_i(1'b1), .raddr_i(first_i + wide[ReachAW-1:0]), .rdata_o({tall, run_o, base, group_o})
  );
  assign weight_o = base + (single_i ? {WeightAW{1'b0}} : {{(WeightAW - AddressW) {1'b0}}, lane});
  assign flat_o   = (tall == {TallW{1'b0}});

  reg known_q;
  assign known_o = known_q;
  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) known_q <= 1'b0;
    else known_q <= valid_i;
  end

  reg [GroupW-1:0]   group_q;   // where the row under way began
  reg [WeightAW-1:0] weight_q;
  reg [RunW-1:0]     run_q;
  reg [TallW-1:0]    rest_q;    // rows after it
  assign turn_group_o  = group_q + groups_i;
  assign turn_weight_o = weight_q + weights_i;
  assign turn_run_o    = run_q;
  assign last_o        = (rest_q == {TallW{1'b0}});
  assign next_o        = (rest_q == {{(TallW - 1) {1'b0}}, 1'b1});
  always @(posedge clk_i) begin
    if (free_i) begin
      group_q  <= group_o;
      weight_q <= weight_o;
      run_q    <= run_o;
      rest_q   <= shared_i ? tall : {TallW{1'b0}};
    end else if (turn_i) begin
      group_q  <= turn_group_o;
      weight_q <= turn_weight_o;
      rest_q   <= rest_q - 1'b1;
    end
  end
endmodule

`resetall
