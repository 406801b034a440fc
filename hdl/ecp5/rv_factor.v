// SPDX-License-Identifier: Apache-2.0
// `rtl/rv_factor.v` where weights come late: they are kept as they come, and chosen afterwards.
`resetall
`default_nettype none

module rv_factor #(
  parameter integer WeightW = 8,
  parameter integer FactorW = 16
) (
  input  wire               clk_i,
  input  wire               weigh_i,
  input  wire [WeightW-1:0] weight_i,
  input  wire [FactorW-1:0] factor_i,
  output wire [FactorW-1:0] factor_o
);
  reg [WeightW-1:0] weight_q;
  reg               weigh_q;
  always @(posedge clk_i) begin
    weight_q <= weight_i;
    weigh_q  <= weigh_i;
  end
  assign factor_o = weigh_q ? {{(FactorW - WeightW) {weight_q[WeightW-1]}}, weight_q} : factor_i;
endmodule

`resetall
