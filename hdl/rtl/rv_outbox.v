// SPDX-License-Identifier: Apache-2.0
// A queue that a host reads before it takes out what it has read, so that an answer that gets lost on
// its way loses nothing.
`resetall
`default_nettype none

module rv_outbox #(
  parameter integer Width = 16,    // bits of a word
  parameter integer DepthBits = 8  // 2**DepthBits words are in the memory, at least 16
) (
  input  wire               clk_i,
  input  wire               rst_ni,
  input  wire [Width-1:0]   data_i,
  input  wire               valid_i,    // always taken; not long after crowded_o
  output wire               crowded_o,  // there is room for 8 more, though
  output wire [DepthBits:0] level_o,    // words that wait
  input  wire               begin_i,    // reading begins at the oldest,
  input  wire               next_i,     // goes on,
  input  wire               take_i,     // and what was read leaves
  output wire [Width-1:0]   data_o
);
  reg [DepthBits:0] wr_q;
  reg [DepthBits:0] rd_q;
  reg [DepthBits:0] at_q;
  reg [DepthBits:0] level_q;
  reg               some_q;  // there is more at at_q

  assign level_o   = level_q;
  assign crowded_o = level_q[DepthBits] || (&level_q[DepthBits-1:3]);

  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      wr_q    <= {(DepthBits + 1) {1'b0}};
      rd_q    <= {(DepthBits + 1) {1'b0}};
      at_q    <= {(DepthBits + 1) {1'b0}};
      level_q <= {(DepthBits + 1) {1'b0}};
      some_q  <= 1'b0;
    end else begin
      if (valid_i) wr_q <= wr_q + 1'b1;
      if (take_i) rd_q <= at_q;
      if (begin_i) at_q <= rd_q;
      else if (next_i && some_q) at_q <= at_q + 1'b1;
      level_q <= wr_q - rd_q;
      some_q  <= (at_q != wr_q);
    end
  end

  rv_ram #(.Width(Width), .AddressBits(DepthBits), .Words(1 << DepthBits)) u_words (
    .clk_i(clk_i), .we_i(valid_i), .waddr_i(wr_q[DepthBits-1:0]), .wdata_i(data_i),
    .re_i(1'b1), .raddr_i(at_q[DepthBits-1:0]), .rdata_o(data_o)
  );
endmodule

`resetall
