// SPDX-License-Identifier: Apache-2.0
// Makes events of the spikes of a sweep: the lanes of each group in order, then the step's token. All
// groups of a sweep may come one a cycle; its queue takes them unless it is crowded.
`resetall
`default_nettype none

module rv_serialiser #(
  parameter integer Lanes = 8,
  parameter integer LaneW = 3,      // bits of a lane's number, at least 1
  parameter integer GroupW = 8,     // bits of a group's number; the queue holds twice 2**GroupW groups
  parameter integer AddressW = 11   // bits of a neuron's number in its population
) (
  input  wire                clk_i,
  input  wire                rst_ni,
  // Groups, from 0 up
  input  wire                valid_i,
  input  wire                last_i,  // of the sweep
  input  wire [Lanes-1:0]    spikes_i,
  // Events
  output wire                step_o,  // the step's end, else a spike
  output wire [AddressW-1:0] address_o,
  output wire                valid_o,
  input  wire                ready_i,
  output wire                busy_o,    // something of a sweep is still to be handed on
  output wire                crowded_o  // there is no room for another sweep behind it
);
  wire [Lanes:0] queued;
  wire           queued_valid;
  wire           load;
  wire           empty;
  wire [GroupW+1:0] level;
  rv_fifo #(.Width(Lanes + 1), .DepthBits(GroupW + 1)) u_queue (
    .clk_i(clk_i), .rst_ni(rst_ni),
    .data_i({last_i, spikes_i}), .valid_i(valid_i), .ready_o(),
    .data_o(queued), .valid_o(queued_valid), .ready_i(load), .empty_o(empty), .level_o(level)
  );

  reg              open_q;   // a group is in hand
  reg              last_q;
  reg [Lanes-1:0]  rest_q;   // its spikes that are left
  reg [GroupW-1:0] group_q;
  reg              begin_q;  // the next group is a sweep's first

  wire [Lanes-1:0] without = rest_q & (rest_q - 1'b1);
  wire none   = (rest_q == {Lanes{1'b0}});
  wire single = (without == {Lanes{1'b0}});
  // A group's last spike, or its token, goes; the token follows the last spike of the last group.
  wire leaves = open_q && (none ? (!last_q || ready_i) : (single && !last_q && ready_i));
  assign load = queued_valid && (!open_q || leaves);

  assign step_o  = none;
  assign valid_o = open_q && (!none || last_q);

  reg busy_q;
  reg crowded_q;
  assign busy_o    = busy_q;
  assign crowded_o = crowded_q;
  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_q    <= 1'b0;
      crowded_q <= 1'b0;
    end else begin
      busy_q    <= valid_i || !empty || queued_valid || open_q;
      crowded_q <= (level[GroupW+1:GroupW] != 2'd0);  // half full
    end
  end

  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      open_q  <= 1'b0;
      begin_q <= 1'b1;
    end else begin
      open_q <= load || (open_q && !leaves);
      if (load) begin_q <= queued[Lanes];
    end
  end

  always @(posedge clk_i) begin
    if (load) begin
      {last_q, rest_q} <= queued;
      group_q <= begin_q ? {GroupW{1'b0}} : group_q + 1'b1;
    end else if (open_q && ready_i) begin
      rest_q <= without;
    end
  end

  reg [LaneW-1:0] lane;
  integer k;
  always @* begin
    lane = {LaneW{1'b0}};
    for (k = Lanes - 1; k >= 0; k = k - 1) if (rest_q[k]) lane = k[LaneW-1:0];
  end
  wire [AddressW+GroupW+LaneW-1:0] address;
  generate
    if (Lanes > 1) begin : g_lanes
      assign address = {{AddressW{1'b0}}, group_q, lane};
    end else begin : g_lane
      assign address = {{(AddressW + LaneW) {1'b0}}, group_q};
    end
  endgenerate
  assign address_o = none ? {AddressW{1'b0}} : address[AddressW-1:0];
endmodule

`resetall
