// SPDX-License-Identifier: Apache-2.0
// What the core asks of an SRAM macro: a port that writes, parts of a word apart, and one that reads. Put
// your foundry's macro here, or several side by side; this model simulates the least that will do.
`resetall
`default_nettype none

module rv_macro #(
  parameter integer Width = 16,
  parameter integer AddressBits = 8,
  parameter integer Words = 256,
  parameter integer Part = Width
) (
  input  wire                    clk,
  input  wire [Width/Part-1:0]   wen,
  input  wire [AddressBits-1:0]  waddr,
  input  wire [Width-1:0]        din,
  input  wire                    ren,
  input  wire [AddressBits-1:0]  raddr,
  output reg  [Width-1:0]        dout    // after the edge at which ren is high; kept while it is low
);
  reg [Width-1:0] memory [0:Words-1];
  wire meets = (wen != {(Width / Part) {1'b0}}) && (waddr == raddr);

  integer k;
  always @(posedge clk) begin
    for (k = 0; k < Width / Part; k = k + 1) begin
      if (wen[k]) memory[waddr][k*Part +: Part] <= din[k*Part +: Part];
    end
    // A word that is read as it is written may be anything.
    if (ren) dout <= meets ? {Width{1'bx}} : memory[raddr];
  end
endmodule

`resetall
