// SPDX-License-Identifier: Apache-2.0
// The multiply-add as it is written and as an SB_MAC16, side by side on random input.
`timescale 1ns / 1ps
module mac_tb;
  reg clk = 1'b0;
  reg [15:0] a, b, high, low;
  reg hold_high, hold_low, clear, round;
  wire [31:0] generic, ice40;
  integer k, wrong;
  reg cleared = 1'b1;
  rv_mac_generic u_generic (
    .clk_i(clk), .b_i(b), .a_i(a), .high_i(high), .low_i(low), .hold_high_i(hold_high),
    .hold_low_i(hold_low), .clear_i(clear), .round_i(round), .sum_o(generic)
  );
  rv_mac u_ice40 (
    .clk_i(clk), .b_i(b), .a_i(a), .high_i(high), .low_i(low), .hold_high_i(hold_high),
    .hold_low_i(hold_low), .clear_i(clear), .round_i(round), .sum_o(ice40)
  );
  initial begin
    wrong = 0;
    for (k = 0; k < 200000; k = k + 1) begin
      {a, b} = $random;
      {high, low} = $random;
      if ($random % 8 == 0) a = 16'h8000;
      if ($random % 8 == 0) b = 16'h8000;
      {hold_high, hold_low, round} = $random;
      clear = (k < 4) || ($random % 16 == 0);
      #1;
      if (k > 8 && !cleared && generic !== ice40) wrong = wrong + 1;
      // An SB_MAC16 clears at once, so that the sum of a cycle with clear_i is another.
      cleared = clear;
      #4 clk = 1'b1;
      #5 clk = 1'b0;
    end
    $display("%0d wrong of %0d", wrong, k);
    $finish;
  end
endmodule
