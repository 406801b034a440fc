// SPDX-License-Identifier: Apache-2.0
// Where a word that the host writes belongs in a memory of wider rows: which row, and which of its
// parts. Words beyond the memory belong nowhere.
`resetall
`default_nettype none

module rv_window #(
  parameter integer Parts = 4,    // of 16 bits, a row's
  parameter integer RowBits = 14  // of a row's address; with a part's at most 24
) (
  input  wire               we_i,
  input  wire [23:0]        address_i,
  output wire [RowBits-1:0] row_o,
  output wire [Parts-1:0]   we_o
);
  localparam integer PartBits = $clog2(Parts);

  wire [31:0] address = {8'd0, address_i};
  wire        fits  = ((address >> (PartBits + RowBits)) == 32'd0);
  wire [31:0] part    = address & ((32'd1 << PartBits) - 32'd1);

  assign row_o = address[PartBits +: RowBits];

  genvar k;
  generate
    for (k = 0; k < Parts; k = k + 1) begin : g_part
      assign we_o[k] = we_i && fits && (part == k);
    end
  endgenerate
endmodule

`resetall
