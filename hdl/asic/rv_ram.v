// SPDX-License-Identifier: Apache-2.0
// `rtl/rv_ram.v` on the macros of a chip of your own: small memories are registers, others `rv_macro`.
// Nothing fills them before the host does: Image is ignored.
`resetall
`default_nettype none

module rv_ram #(
  parameter integer Width = 16,
  parameter integer AddressBits = 8,
  parameter integer Words = 256,
  parameter integer Part = Width,
  parameter         Image = "",
  parameter integer Small = 2048      // up to as many bits are registers
) (
  input  wire                    clk_i,
  input  wire [Width/Part-1:0]   we_i,
  input  wire [AddressBits-1:0]  waddr_i,
  input  wire [Width-1:0]        wdata_i,
  input  wire                    re_i,
  input  wire [AddressBits-1:0]  raddr_i,
  output wire [Width-1:0]        rdata_o
);
  generate
    if (Width * Words > Small) begin : g_macro
      rv_macro #(
        .Width(Width), .AddressBits(AddressBits), .Words(Words), .Part(Part)
      ) u_macro (
        .clk(clk_i),
        .wen(we_i), .waddr(waddr_i), .din(wdata_i),
        .ren(re_i), .raddr(raddr_i), .dout(rdata_o)
      );
    end else begin : g_registers
      reg [Width-1:0] memory [0:Words-1];
      reg [Width-1:0] rdata_q;
      assign rdata_o = rdata_q;
      genvar k;
      for (k = 0; k < Width / Part; k = k + 1) begin : g_part
        always @(posedge clk_i) begin
          if (we_i[k]) memory[waddr_i][k*Part +: Part] <= wdata_i[k*Part +: Part];
        end
      end
      always @(posedge clk_i) begin
        if (re_i) rdata_q <= memory[raddr_i];
      end
    end
  endgenerate
endmodule

`resetall
