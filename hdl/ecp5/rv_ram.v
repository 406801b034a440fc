// SPDX-License-Identifier: Apache-2.0
// `rtl/rv_ram.v`, with small memories that begin empty in logic cells: a block RAM takes more than
// half a period to give what it holds.
`resetall
`default_nettype none

module rv_ram #(
  parameter integer Width = 16,
  parameter integer AddressBits = 8,
  parameter integer Words = 256,
  parameter integer Part = Width,
  parameter         Image = ""
) (
  input  wire                    clk_i,
  input  wire [Width/Part-1:0]   we_i,
  input  wire [AddressBits-1:0]  waddr_i,
  input  wire [Width-1:0]        wdata_i,
  input  wire                    re_i,
  input  wire [AddressBits-1:0]  raddr_i,
  output wire [Width-1:0]        rdata_o
);
  localparam integer Small = 24576;  // bits: 384 of the 5481 slices that can be such a memory
  localparam integer BankBits = (AddressBits > 9) ? 9 : AddressBits;
  localparam integer Banks = 1 << (AddressBits - BankBits);
  localparam integer Depth = (Banks == 1) ? Words : 1 << BankBits;  // of a bank

  genvar k;
  genvar n;
  generate
    if ((Image == "") && (Words * Width <= Small)) begin : g_logic
      // Words are chosen from in two cycles: each bank gives one, and one of these is it.
      wire [Banks*Width-1:0] given;
      for (n = 0; n < Banks; n = n + 1) begin : g_bank
        (* ram_style = "distributed", no_rw_check *) reg [Width-1:0] memory [0:Depth-1];
        reg [Width-1:0] word_q;
        for (k = 0; k < Width / Part; k = k + 1) begin : g_part
          always @(posedge clk_i) begin
            if (we_i[k] && (waddr_i >> BankBits) == n[AddressBits-1:0]) begin
              memory[waddr_i[BankBits-1:0]][k*Part +: Part] <= wdata_i[k*Part +: Part];
            end
          end
        end
        always @(posedge clk_i) if (re_i) word_q <= memory[raddr_i[BankBits-1:0]];
        assign given[n*Width +: Width] = word_q;
      end
      if (Banks == 1) begin : g_one
        assign rdata_o = given;
      end else begin : g_more
        reg [AddressBits-BankBits-1:0] bank_q;
        always @(posedge clk_i) if (re_i) bank_q <= raddr_i[AddressBits-1:BankBits];
        assign rdata_o = given[bank_q*Width +: Width];
      end
    end else begin : g_any
      reg [Width-1:0] rdata_q;
      assign rdata_o = rdata_q;
      (* no_rw_check *) reg [Width-1:0] memory [0:Words-1];
      for (k = 0; k < Width / Part; k = k + 1) begin : g_part
        always @(posedge clk_i) begin
          if (we_i[k]) memory[waddr_i][k*Part +: Part] <= wdata_i[k*Part +: Part];
        end
      end
      always @(posedge clk_i) if (re_i) rdata_q <= memory[raddr_i];
      if (Image != "") begin : g_image
        initial $readmemh(Image, memory);
      end
    end
  endgenerate
endmodule

`resetall
