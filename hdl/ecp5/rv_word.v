// SPDX-License-Identifier: Apache-2.0
// `rtl/rv_word.v` for block RAMs that lie all over the chip and take more than half a period to give
// what they hold: the row is kept before a word of it is chosen.
`resetall
`default_nettype none

module rv_word #(
  parameter integer Parts = 4,
  parameter integer PartBits = 2
) (
  input  wire                clk_i,
  input  wire [16*Parts-1:0] row_i,
  input  wire [PartBits-1:0] part_i,
  output reg  [15:0]         word_o   // two cycles later
);
  reg [16*Parts-1:0] row_q;
  always @(posedge clk_i) row_q <= row_i;
  generate
    if (Parts == 1) begin : g_part
      wire unused = &{1'b0, part_i};
      always @(posedge clk_i) word_o <= row_q;
    end else begin : g_parts
      always @(posedge clk_i) word_o <= row_q[16*part_i +: 16];
    end
  endgenerate
endmodule

`resetall
