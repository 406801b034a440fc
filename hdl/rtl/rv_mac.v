// SPDX-License-Identifier: Apache-2.0
// A multiplication and an addition, three cycles: what a DSP block of most FPGAs is. The addition has
// registers of its own that can be held, and cleared once before they are. `ice40/rv_mac.v` is the same
// in an SB_MAC16.
`resetall
`default_nettype none

module rv_mac #(
  parameter integer StateW = 16,  // bits of a, and of what is added from bit FactorW up
  parameter integer FactorW = 16  // bits of b, and of what is added below
) (
  input  wire                             clk_i,
  input  wire signed [FactorW-1:0]        b_i,       // stage 2
  input  wire signed [StateW-1:0]         a_i,       // stage 3
  input  wire [StateW-1:0]                high_i,    // stage 3: {high, low} is added
  input  wire [FactorW-1:0]               low_i,     // stage 3
  input  wire                             hold_high_i,  // stage 3: the last one is added again
  input  wire                             hold_low_i,
  input  wire                             clear_i,   // nothing is on its way: what is held becomes 0
  input  wire                             round_i,   // stage 4: low is inverted, and so is it in sum_o
  output wire [StateW+FactorW-1:0]        sum_o      // stage 5
);
  reg signed [FactorW-1:0]        b_q;
  reg signed [StateW+FactorW-1:0] product_q;
  reg [StateW-1:0]                high_q;
  reg [FactorW-1:0]               low_q;
  reg [StateW+FactorW-1:0]        sum_q;
  wire [StateW+FactorW-1:0] sum = product_q + {high_q, low_q ^ {FactorW{round_i}}};

  assign sum_o = sum_q;

  always @(posedge clk_i) begin
    if (clear_i) b_q <= {FactorW{1'b0}};
    else b_q <= b_i;
    if (clear_i) product_q <= {(StateW + FactorW) {1'b0}};
    else product_q <= a_i * b_q;
    if (clear_i) high_q <= {StateW{1'b0}};
    else if (!hold_high_i) high_q <= high_i;
    if (clear_i) low_q <= {FactorW{1'b0}};
    else if (!hold_low_i) low_q <= low_i;
    sum_q <= sum ^ {{StateW{1'b0}}, {FactorW{round_i}}};
  end
endmodule

`resetall
