// SPDX-License-Identifier: Apache-2.0
// rv_shift.v and rv_mac.v give the same sums for the same inputs, where a factor is 0 or plus or minus a
// power of two. Of 8 bits, which a solver does in seconds; 16 are compared in simulation.
module shift_formal #(
  parameter integer W = 8
) (
  input wire               clk_i,
  input wire signed [W-1:0] a_i,
  input wire [W-1:0]        power_i,
  input wire               less_i,
  input wire [W-1:0]        high_i,
  input wire [W-1:0]        low_i,
  input wire               hold_high_i,
  input wire               hold_low_i,
  input wire               clear_i,
  input wire               round_i
);
  wire signed [W-1:0] b = less_i ? -power_i : power_i;
  wire [2*W-1:0] multiplied, shifted;
  rv_mac #(.StateW(W), .FactorW(W)) u_mac (
    .clk_i(clk_i), .b_i(b), .a_i(a_i), .high_i(high_i), .low_i(low_i), .hold_high_i(hold_high_i),
    .hold_low_i(hold_low_i), .clear_i(clear_i), .round_i(round_i), .sum_o(multiplied)
  );
  rv_shift #(.StateW(W), .FactorW(W)) u_shift (
    .clk_i(clk_i), .b_i(b), .a_i(a_i), .high_i(high_i), .low_i(low_i), .hold_high_i(hold_high_i),
    .hold_low_i(hold_low_i), .clear_i(clear_i), .round_i(round_i), .sum_o(shifted)
  );

  (* hierconn *) wire [W-1:0] \u_mac.b_q ;
  (* hierconn *) wire [2*W-1:0] \u_mac.product_q ;
  (* hierconn *) wire [W-1:0] \u_mac.high_q ;
  (* hierconn *) wire [W-1:0] \u_mac.low_q ;
  (* hierconn *) wire [W-1:0] \u_shift.power_q ;
  (* hierconn *) wire        \u_shift.less_q ;
  (* hierconn *) wire [2*W-1:0] \u_shift.product_q ;
  (* hierconn *) wire        \u_shift.minus_q ;
  (* hierconn *) wire [W-1:0] \u_shift.high_q ;
  (* hierconn *) wire [W-1:0] \u_shift.low_q ;
  wire [W-1:0] power = \u_shift.power_q ;

  // Nothing is known of either until both are cleared.
  reg cleared_q = 1'b0;
  reg summed_q = 1'b0;  // what sum_o holds was computed after that
  always @(posedge clk_i) begin
    if (clear_i) cleared_q <= 1'b1;
    summed_q <= cleared_q;
  end

  always @* begin
    assume ((power_i & (power_i - 1'b1)) == {W{1'b0}});
    p_sum: assert (!summed_q || multiplied == shifted);
    if (cleared_q) begin
      i_power:   assert ((power & (power - 1'b1)) == {W{1'b0}});
      i_least:   assert (\u_shift.less_q || !power[W-1]);
      i_b:       assert (\u_mac.b_q == (\u_shift.less_q ? -power : power));
      i_product: assert (\u_mac.product_q == \u_shift.product_q + {{(2 * W - 1) {1'b0}}, \u_shift.minus_q });
      i_high:    assert (\u_mac.high_q == \u_shift.high_q );
      i_low:     assert (\u_mac.low_q == \u_shift.low_q );
    end
    c_less: cover (summed_q && less_i && hold_high_i && round_i && shifted == {1'b0, {(W - 1) {1'b1}}, {(W - 4) {1'b0}}, 4'd9});
  end
endmodule
