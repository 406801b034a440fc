// SPDX-License-Identifier: Apache-2.0
// `rtl/rv_mac.v` in an SB_MAC16 of the iCE40 UltraPlus. Lattice FPGA-TN-02007, figure 1: the registers
// of C and D are what is held; round_i makes the lower adder take D's complement, which is all ones.
`resetall
`default_nettype none

module rv_mac #(
  parameter integer StateW = 16,  // 16
  parameter integer FactorW = 16  // 16
) (
  input  wire                      clk_i,
  input  wire signed [FactorW-1:0] b_i,
  input  wire signed [StateW-1:0]  a_i,
  input  wire [StateW-1:0]         high_i,
  input  wire [FactorW-1:0]        low_i,
  input  wire                      hold_high_i,
  input  wire                      hold_low_i,
  input  wire                      clear_i,
  input  wire                      round_i,
  output wire [StateW+FactorW-1:0] sum_o
);
  SB_MAC16 #(
    .NEG_TRIGGER(1'b0), .A_REG(1'b0), .B_REG(1'b1), .C_REG(1'b1), .D_REG(1'b1),
    .TOP_8x8_MULT_REG(1'b1), .BOT_8x8_MULT_REG(1'b1),
    .PIPELINE_16x16_MULT_REG1(1'b1), .PIPELINE_16x16_MULT_REG2(1'b0),
    .TOPOUTPUT_SELECT(2'b01), .BOTOUTPUT_SELECT(2'b01),
    .TOPADDSUB_LOWERINPUT(2'b10), .TOPADDSUB_UPPERINPUT(1'b1), .TOPADDSUB_CARRYSELECT(2'b10),
    .BOTADDSUB_LOWERINPUT(2'b10), .BOTADDSUB_UPPERINPUT(1'b1), .BOTADDSUB_CARRYSELECT(2'b00),
    .MODE_8x8(1'b0), .A_SIGNED(1'b1), .B_SIGNED(1'b1)
  ) u_mac (
    .CLK(clk_i), .CE(1'b1), .A(a_i), .B(b_i), .C(high_i), .D(low_i), .O(sum_o),
    .AHOLD(1'b0), .BHOLD(1'b0), .CHOLD(hold_high_i), .DHOLD(hold_low_i),
    .IRSTTOP(clear_i), .IRSTBOT(clear_i), .ORSTTOP(1'b0), .ORSTBOT(1'b0),
    .OHOLDTOP(1'b0), .OHOLDBOT(1'b0), .OLOADTOP(1'b0), .OLOADBOT(1'b0),
    .ADDSUBTOP(1'b0), .ADDSUBBOT(round_i), .CI(1'b0), .ACCUMCI(1'b0), .SIGNEXTIN(1'b0),
    .CO(), .ACCUMCO(), .SIGNEXTOUT()
  );
endmodule

`resetall
