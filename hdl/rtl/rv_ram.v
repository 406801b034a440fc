// SPDX-License-Identifier: Apache-2.0
// A memory with a port that reads and one that writes, each taking a cycle. A word that is read in
// the cycle in which it is written is the old one or the new one: whoever uses it must not care. So are
// only the parts that are written; the others are as they were.
`resetall
`default_nettype none

module rv_ram #(
  parameter integer Width = 16,       // bits of a word
  parameter integer AddressBits = 8,  // of an address
  parameter integer Words = 256,      // at most 2**AddressBits
  parameter integer Part = Width,     // bits that are written apart; Width is a multiple
  parameter         Image = ""        // file of $readmemh that it starts with; "": undefined
) (
  input  wire                    clk_i,
  input  wire [Width/Part-1:0]   we_i,
  input  wire [AddressBits-1:0]  waddr_i,
  input  wire [Width-1:0]        wdata_i,
  input  wire                    re_i,     // what was read stays while it is low
  input  wire [AddressBits-1:0]  raddr_i,
  output wire [Width-1:0]        rdata_o   // one cycle later
);
  (* no_rw_check *) reg [Width-1:0] memory [0:Words-1];
  reg [Width-1:0] rdata_q;

  assign rdata_o = rdata_q;

  genvar k;
  generate
    for (k = 0; k < Width / Part; k = k + 1) begin : g_part
      always @(posedge clk_i) begin
        if (we_i[k]) memory[waddr_i][k*Part +: Part] <= wdata_i[k*Part +: Part];
      end
    end
  endgenerate

  always @(posedge clk_i) begin
    if (re_i) rdata_q <= memory[raddr_i];
  end

  generate
    if (Image != "") begin : g_image
      initial $readmemh(Image, memory);
    end
  endgenerate
endmodule

`resetall
