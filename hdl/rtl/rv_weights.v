// SPDX-License-Identifier: Apache-2.0
// The weight memory: a row of a weight a lane, in parts of 16 bits that the host writes one by one.
`resetall
`default_nettype none

module rv_weights #(
  parameter integer Parts = 4,         // of a row
  parameter integer AddressBits = 14,  // of a row's address
  parameter integer Words = 16384,     // rows, at most 2**AddressBits
  parameter         Image = ""         // file of $readmemh that it starts with, if it can
) (
  input  wire                   clk_i,
  input  wire                   host_i,       // the host's address counts; nothing runs
  input  wire [AddressBits-1:0] host_addr_i,
  input  wire [Parts-1:0]       we_i,         // parts that are written; only with host_i
  input  wire [15:0]            wdata_i,
  input  wire [AddressBits-1:0] raddr_i,
  output wire [16*Parts-1:0]    rdata_o       // one cycle later
);
  rv_ram #(
    .Width(16 * Parts), .AddressBits(AddressBits), .Words(Words), .Part(16), .Image(Image)
  ) u_ram (
    .clk_i(clk_i), .we_i(we_i), .waddr_i(host_addr_i), .wdata_i({Parts{wdata_i}}),
    .re_i(1'b1), .raddr_i(host_i ? host_addr_i : raddr_i), .rdata_o(rdata_o)
  );
endmodule

`resetall
