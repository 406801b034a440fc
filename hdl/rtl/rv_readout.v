// SPDX-License-Identifier: Apache-2.0
// Hands on states, one a cycle: each group comes Lanes times, for a lane each.
`resetall
`default_nettype none

module rv_readout #(
  parameter integer Lanes = 8,
  parameter integer LaneW = 3,   // bits of a lane's number, at least 1
  parameter integer StateW = 16
) (
  input  wire                    clk_i,
  input  wire                    rst_ni,
  input  wire                    valid_i,
  input  wire [Lanes*StateW-1:0] v_i,
  output wire [StateW-1:0]       value_o,
  output wire                    valid_o
);
  reg [LaneW-1:0]  lane_q;
  reg [StateW-1:0] value_q;
  reg              valid_q;

  assign value_o = value_q;
  assign valid_o = valid_q;

  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      lane_q  <= {LaneW{1'b0}};
      valid_q <= 1'b0;
    end else begin
      if (valid_i) lane_q <= (lane_q == Lanes[LaneW-1:0] - 1'b1) ? {LaneW{1'b0}} : lane_q + 1'b1;
      valid_q <= valid_i;
    end
  end
  always @(posedge clk_i) value_q <= v_i[lane_q*StateW +: StateW];
endmodule

`resetall
