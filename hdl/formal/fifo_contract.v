// SPDX-License-Identifier: Apache-2.0
// What a user of rv_fifo may rely on, in its place: any word at any time, which then stays until it is
// taken. That rv_fifo does so, and that its words are those that went in, is proved in fifo_formal.v.
module rv_fifo #(
  parameter integer Width = 16,
  parameter integer DepthBits = 4
) (
  input  wire               clk_i,
  input  wire               rst_ni,
  input  wire [Width-1:0]   data_i,
  input  wire               valid_i,
  output wire               ready_o,
  output wire [Width-1:0]   data_o,
  output wire               valid_o,
  input  wire               ready_i,
  output wire               empty_o,
  output wire [DepthBits:0] level_o
);
  (* anyseq *) wire               ready;
  (* anyseq *) wire [Width-1:0]   data;
  (* anyseq *) wire               valid;
  (* anyseq *) wire               empty;
  (* anyseq *) wire [DepthBits:0] level;
  assign ready_o = ready;
  assign data_o  = data;
  assign valid_o = valid && rst_ni;
  assign empty_o = empty;
  assign level_o = level;
  reg             held_q;
  reg [Width-1:0] data_q;
  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) held_q <= 1'b0;
    else held_q <= valid_o && !ready_i;
  end
  always @(posedge clk_i) data_q <= data_o;
  always @* assume (!held_q || !rst_ni || (valid && data == data_q));
endmodule
