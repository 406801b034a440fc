// SPDX-License-Identifier: Apache-2.0
// `rv_mac.v` without a multiplier, where every factor is 0 or plus or minus a power of two: a shift and
// an addition, at the same times. Of the powers only those exist that some factor is.
`resetall
`default_nettype none

module rv_shift #(
  parameter integer StateW = 16,
  parameter integer FactorW = 16,
  parameter integer Shifts = 32'hFFFF  // bit k: some b is 2**k or -(2**k)
) (
  input  wire                             clk_i,
  input  wire signed [FactorW-1:0]        b_i,       // stage 2
  input  wire signed [StateW-1:0]         a_i,       // stage 3
  input  wire [StateW-1:0]                high_i,    // stage 3
  input  wire [FactorW-1:0]               low_i,     // stage 3
  input  wire                             hold_high_i,
  input  wire                             hold_low_i,
  input  wire                             clear_i,
  input  wire                             round_i,   // stage 4
  output wire [StateW+FactorW-1:0]        sum_o      // stage 5
);
  localparam integer Width = StateW + FactorW;
  localparam [31:0]  Used = Shifts;

  reg [FactorW-1:0] power_q;   // b's magnitude
  reg               less_q;    // b is negative
  reg [Width-1:0]   product_q;
  reg               minus_q;   // product_q is a complement, one too few
  reg [StateW-1:0]  high_q;
  reg [FactorW-1:0] low_q;
  reg [Width-1:0]   sum_q;

  // -(2**k) has ones from bit k up, of which the lowest counts
  wire [FactorW-1:0] power = b_i & (~b_i + 1'b1);
  wire [Width-1:0]   a = {{FactorW{a_i[StateW-1]}}, a_i};
  reg [Width-1:0]    shifted;
  integer k;
  always @* begin
    shifted = {Width{1'b0}};
    for (k = 0; k < FactorW; k = k + 1) begin
      if (Used[k] && power_q[k]) shifted = shifted | (a << k);
    end
  end
  wire [Width:0] sum = {product_q, 1'b1} + {high_q, low_q ^ {FactorW{round_i}}, minus_q};

  assign sum_o = sum_q;

  always @(posedge clk_i) begin
    power_q   <= clear_i ? {FactorW{1'b0}} : power;
    less_q    <= b_i[FactorW-1];
    product_q <= clear_i ? {Width{1'b0}} : shifted ^ {Width{less_q}};
    minus_q   <= !clear_i && less_q;
    if (clear_i) high_q <= {StateW{1'b0}};
    else if (!hold_high_i) high_q <= high_i;
    if (clear_i) low_q <= {FactorW{1'b0}};
    else if (!hold_low_i) low_q <= low_i;
    sum_q <= sum[Width:1] ^ {{StateW{1'b0}}, {FactorW{round_i}}};
  end
endmodule

`resetall
