// SPDX-License-Identifier: Apache-2.0
// `rtl/rv_weights.v` in the iCE40UP5K's single-port RAM, which no bitstream fills. Its one port is the
// host's while no step is under way. Image is ignored.
`resetall
`default_nettype none

module rv_weights #(
  parameter integer Parts = 4,
  parameter integer AddressBits = 14,
  parameter integer Words = 16384,
  parameter         Image = ""
) (
  input  wire                   clk_i,
  input  wire                   host_i,
  input  wire [AddressBits-1:0] host_addr_i,
  input  wire [Parts-1:0]       we_i,
  input  wire [15:0]            wdata_i,
  input  wire [AddressBits-1:0] raddr_i,
  output wire [16*Parts-1:0]    rdata_o
);
  wire [AddressBits-1:0] address = host_i ? host_addr_i : raddr_i;

  genvar k;
  generate
    for (k = 0; k < Parts; k = k + 1) begin : g_part
      (* ram_style = "huge", no_rw_check *) reg [15:0] memory [0:Words-1];
      reg [15:0] rdata_q;
      always @(posedge clk_i) begin
        if (we_i[k]) memory[address] <= wdata_i;
        else rdata_q <= memory[address];
      end
      assign rdata_o[16*k +: 16] = rdata_q;
    end
  endgenerate
endmodule

`resetall
