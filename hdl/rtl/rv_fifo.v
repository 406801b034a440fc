// SPDX-License-Identifier: Apache-2.0
// A queue between two valid/ready streams. What it hands on comes out of a register, so that the
// memory may be a block RAM; a word passes in two cycles when the queue is empty.
`resetall
`default_nettype none

module rv_fifo #(
  parameter integer Width = 16,    // bits of a word
  parameter integer DepthBits = 4  // 2**DepthBits words wait, and one more in the register
) (
  input  wire               clk_i,
  input  wire               rst_ni,   // asynchronous, active low
  input  wire [Width-1:0]   data_i,
  input  wire               valid_i,
  output wire               ready_o,
  output wire [Width-1:0]   data_o,
  output wire               valid_o,
  input  wire               ready_i,
  output wire               empty_o,  // nothing waits behind the register
  output wire [DepthBits:0] level_o   // words that wait behind it
);
  reg [DepthBits:0] wr_q;  // one bit more than an address tells full from empty
  reg [DepthBits:0] rd_q;
  reg               valid_q;

  wire push = valid_i && !level_o[DepthBits];
  wire pop  = !empty_o && (!valid_q || ready_i);

  assign empty_o = (wr_q == rd_q);
  assign level_o = wr_q - rd_q;
  assign ready_o = !level_o[DepthBits];
  assign valid_o = valid_q;

  rv_ram #(.Width(Width), .AddressBits(DepthBits), .Words(1 << DepthBits)) u_ram (
    .clk_i(clk_i), .we_i(push), .waddr_i(wr_q[DepthBits-1:0]), .wdata_i(data_i),
    .re_i(pop), .raddr_i(rd_q[DepthBits-1:0]), .rdata_o(data_o)
  );

  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      wr_q    <= 0;
      rd_q    <= 0;
      valid_q <= 1'b0;
    end else begin
      if (push) wr_q <= wr_q + 1'b1;
      if (pop) rd_q <= rd_q + 1'b1;
      valid_q <= pop || (valid_q && !ready_i);
    end
  end
endmodule

`resetall
