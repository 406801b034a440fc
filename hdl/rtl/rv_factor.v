// SPDX-License-Identifier: Apache-2.0
// What a lane multiplies by: an event's weight, or a sweep's factor.
`resetall
`default_nettype none

module rv_factor #(
  parameter integer WeightW = 8,  // bits of a weight
  parameter integer FactorW = 16  // bits of a factor
) (
  input  wire               clk_i,
  input  wire               weigh_i,   // stage 1: the weight
  input  wire [WeightW-1:0] weight_i,  // stage 1
  input  wire [FactorW-1:0] factor_i,  // stage 1, and as long as a beat of its sweep is under way
  output wire [FactorW-1:0] factor_o   // stage 2
);
  reg [FactorW-1:0] factor_q;
  always @(posedge clk_i) begin
    factor_q <= weigh_i ? {{(FactorW - WeightW) {weight_i[WeightW-1]}}, weight_i} : factor_i;
  end
  assign factor_o = factor_q;
endmodule

`resetall
