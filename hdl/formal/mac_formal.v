// SPDX-License-Identifier: Apache-2.0
// ice40/rv_mac.v, with Yosys' model of the SB_MAC16, and rtl/rv_mac.v, here rv_mac_generic, give the same
// sums for the same inputs, whatever they are and were. That a product of 16 bits is what the cell makes of
// four of 8 is proved in product_formal.v and assumed here.
module mac_formal (
  input wire               clk_i,
  input wire signed [15:0] a_i,
  input wire signed [15:0] b_i,
  input wire [15:0]        high_i,
  input wire [15:0]        low_i,
  input wire               hold_high_i,
  input wire               hold_low_i,
  input wire               clear_i,
  input wire               round_i
);
  wire [31:0] generic, ice40;
  rv_mac_generic u_generic (
    .clk_i(clk_i), .b_i(b_i), .a_i(a_i), .high_i(high_i), .low_i(low_i), .hold_high_i(hold_high_i),
    .hold_low_i(hold_low_i), .clear_i(clear_i), .round_i(round_i), .sum_o(generic)
  );
  rv_mac u_ice40 (
    .clk_i(clk_i), .b_i(b_i), .a_i(a_i), .high_i(high_i), .low_i(low_i), .hold_high_i(hold_high_i),
    .hold_low_i(hold_low_i), .clear_i(clear_i), .round_i(round_i), .sum_o(ice40)
  );

  (* hierconn *) wire signed [15:0] \u_generic.b_q ;
  (* hierconn *) wire [31:0]        \u_generic.product_q ;
  (* hierconn *) wire [15:0]        \u_generic.high_q ;
  (* hierconn *) wire [15:0]        \u_generic.low_q ;
  (* hierconn *) wire [15:0]        \u_ice40.u_mac.rB ;
  (* hierconn *) wire [15:0]        \u_ice40.u_mac.rC ;
  (* hierconn *) wire [15:0]        \u_ice40.u_mac.rD ;
  (* hierconn *) wire [31:0]        \u_ice40.u_mac.iL ;
  (* hierconn *) wire [15:0]        \u_ice40.u_mac.p_Ah_Bh ;
  (* hierconn *) wire [15:0]        \u_ice40.u_mac.p_Al_Bh ;
  (* hierconn *) wire [15:0]        \u_ice40.u_mac.p_Ah_Bl ;
  (* hierconn *) wire [15:0]        \u_ice40.u_mac.p_Al_Bl ;

  wire [15:0] f = \u_ice40.u_mac.p_Ah_Bh ;
  wire [15:0] j = \u_ice40.u_mac.p_Al_Bh ;
  wire [15:0] k = \u_ice40.u_mac.p_Ah_Bl ;
  wire [15:0] g = \u_ice40.u_mac.p_Al_Bl ;
  wire [31:0] whole = a_i * \u_generic.b_q ;
  wire [31:0] parts = {16'b0, g} + {{8{k[15]}}, k, 8'b0} + {{8{j[15]}}, j, 8'b0} + {f, 16'b0};

  // Nothing is known of either until both are cleared; the cell clears at once, the other with the clock.
  reg cleared_q = 1'b0;
  reg clear_q;
  always @(posedge clk_i) begin
    if (clear_i) cleared_q <= 1'b1;
    clear_q <= clear_i;
  end
  reg summed_q = 1'b0;  // what sum_o holds was computed after that
  always @(posedge clk_i) summed_q <= cleared_q && !clear_i;

  always @* begin
    assume (\u_generic.b_q != \u_ice40.u_mac.rB || whole == parts);
    p_sum: assert (!summed_q || generic == ice40);
    if (cleared_q && !clear_i) begin
      i_b:       assert (\u_generic.b_q == \u_ice40.u_mac.rB );
      i_product: assert (\u_generic.product_q == \u_ice40.u_mac.iL );
      i_high:    assert (\u_generic.high_q == \u_ice40.u_mac.rC );
      i_low:     assert (\u_generic.low_q == \u_ice40.u_mac.rD );
    end
    c_held: cover (summed_q && hold_high_i && hold_low_i && round_i && generic == 32'h7fff_1234);
  end
endmodule
