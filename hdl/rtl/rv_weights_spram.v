// SPDX-License-Identifier: Apache-2.0
// The weight memory in the iCE40UP5K's single-port RAM, which no bitstream fills: it is written over
// the host's link, a row at a time, while nothing reads.
`resetall
`default_nettype none

module rv_weights_spram #(
  parameter integer Width = 64,       // bits of a row: a weight a lane
  parameter integer AddressBits = 14  // of a row's address
) (
  input  wire                   clk_i,
  input  wire                   we_i,
  input  wire [AddressBits-1:0] waddr_i,
  input  wire [Width-1:0]       wdata_i,
  input  wire [AddressBits-1:0] raddr_i,
  output wire [Width-1:0]       rdata_o  // one cycle later
);
  (* ram_style = "huge", no_rw_check *) reg [Width-1:0] memory [0:(1 << AddressBits) - 1];
  reg [Width-1:0] rdata_q;
  wire [AddressBits-1:0] address = we_i ? waddr_i : raddr_i;

  assign rdata_o = rdata_q;

  always @(posedge clk_i) begin
    if (we_i) memory[address] <= wdata_i;
    else rdata_q <= memory[address];
  end
endmodule

`resetall
