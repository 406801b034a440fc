// SPDX-License-Identifier: Apache-2.0
// In the place of rv_ram, where it doesn't matter what it holds: any word at any time.
module rv_ram #(
  parameter integer Width = 16,
  parameter integer AddressBits = 8,
  parameter integer Words = 256,
  parameter integer Part = Width,
  parameter         Image = ""
) (
  input  wire                   clk_i,
  input  wire [Width/Part-1:0]  we_i,
  input  wire [AddressBits-1:0] waddr_i,
  input  wire [Width-1:0]       wdata_i,
  input  wire                   re_i,
  input  wire [AddressBits-1:0] raddr_i,
  output wire [Width-1:0]       rdata_o
);
  (* anyseq *) wire [Width-1:0] word;
  assign rdata_o = word;
endmodule
