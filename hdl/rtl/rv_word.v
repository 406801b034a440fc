// SPDX-License-Identifier: Apache-2.0
// The word of a row of weights that the host reads. It has time: `rv_spi` asks for a word dozens of
// cycles before it goes out.
`resetall
`default_nettype none

module rv_word #(
  parameter integer Parts = 4,    // words of a row
  parameter integer PartBits = 2  // bits of a word's number, at least 1
) (
  input  wire                clk_i,
  input  wire [16*Parts-1:0] row_i,
  input  wire [PartBits-1:0] part_i,
  output reg  [15:0]         word_o   // one cycle later
);
  generate
    if (Parts == 1) begin : g_part
      wire unused = &{1'b0, part_i};
      always @(posedge clk_i) word_o <= row_i;
    end else begin : g_parts
      always @(posedge clk_i) word_o <= row_i[16*part_i +: 16];
    end
  endgenerate
endmodule

`resetall
