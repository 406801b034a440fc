// SPDX-License-Identifier: Apache-2.0
// One lane: a neuron's sum takes a weight times what came, or becomes its membrane, is compared,
// reset and decayed. One multiplier serves both. A sum is what the neuron starts the step from,
// D(v), plus all that has come; it has Frac bits below a unit of v.
//
// The stages are counted from the beat's issue; `rv_pipeline` drives the selects:
//
//   sum (an event)            update (a sweep)
//   1  w and x to the multiplier
//   2  product                2  the sum is addressed
//   3  sum + product          3  v = sat(sum >> Frac)
//   4  written                4  v - threshold
//                             5  reset; v and the factor to the multiplier
//                             6  product
//                             7  v - (product >> 16)
//                             8  written
`resetall
`default_nettype none

module rv_lane #(
  parameter integer WeightW = 8,    // bits of a weight
  parameter integer StateW = 16,    // bits of v
  parameter integer SumW = 20,      // bits of a sum
  parameter integer Frac = 0,       // of them below a unit of v
  parameter integer FactorW = 16,   // bits of a decay's factor and of what is multiplied by a weight
  parameter integer ShiftMin = 15,  // the least that a product with a factor is shifted right
  parameter integer ShiftW = 1,     // bits of what it may be more
  parameter integer Ceil = 1,       // some decay is a multiplication: v*m >> k is v - ceil(v*a >> k)
  parameter integer Move = 1        // some neurons have a synaptic state, which is moved to their sums
) (
  input  wire                      clk_i,
  // Data
  input  wire signed [WeightW-1:0] weight_i,     // stage 1
  input  wire signed [FactorW-1:0] x_i,          // stage 1 of a sum, 5 of an update: the factor
  input  wire signed [SumW-1:0]    sum_i,        // stage 3
  input  wire signed [StateW-1:0]  threshold_i,  // stage 4
  output wire signed [SumW-1:0]    sum_o,        // stage 4, or 8
  output wire                      spike_o,      // stage 5
  output wire signed [StateW-1:0]  v_o,          // stage 4: before the reset
  output wire signed [StateW-1:0]  after_o,      // stage 6: after it
  // Control
  input  wire                      update_i,     // stage 5: v goes to the multiplier
  input  wire                      keep_i,       // stage 5: no reset, whatever v is
  input  wire                      strict_i,     // stage 5: v fires above the threshold only
  input  wire                      subtract_i,   // stage 5: a spike takes the threshold off
  input  wire                      clear_i,      // stage 5: v becomes 0
  input  wire signed [StateW-1:0]  reset_i,      // stage 5: what v becomes otherwise
  input  wire                      settle_i,     // stage 7: an update's result, else a sum's
  input  wire [ShiftW-1:0]         shift_i,      // stage 7: beyond ShiftMin
  input  wire                      ceil_i,       // stage 7: the product is rounded up
  input  wire                      move_i        // stage 7: the shifted product goes to the sum
);
  localparam integer FactorA = (StateW > WeightW) ? StateW : WeightW;
  localparam integer ProductW = FactorA + FactorW;
  localparam integer High = SumW - Frac;  // bits of a sum in units of v

  // Stage 3: the membrane
  wire signed [High-1:0] units = sum_i[SumW-1:Frac];
  wire over = (units[High-1:StateW-1] != {(High - StateW + 1) {units[High-1]}});
  reg signed [StateW-1:0] v_q;
  always @(posedge clk_i) begin
    v_q <= over ? {units[High-1], {(StateW - 1) {!units[High-1]}}} : units[StateW-1:0];
  end
  assign v_o = v_q;

  // Stage 4: one subtraction compares, and takes the threshold off
  reg signed [StateW:0]   less_q;
  reg signed [StateW-1:0] held_q;
  always @(posedge clk_i) begin
    less_q <= $signed({v_q[StateW-1], v_q}) - $signed({threshold_i[StateW-1], threshold_i});
    held_q <= v_q;
  end

  // Stage 5: the reset
  wire fired = !less_q[StateW] && !(strict_i && (less_q == {(StateW + 1) {1'b0}})) && !keep_i;
  wire signed [StateW-1:0] after =
      clear_i ? {StateW{1'b0}} : fired ? (subtract_i ? less_q[StateW-1:0] : reset_i) : held_q;
  assign spike_o = fired;

  // Stages 1, 2 and 5, 6: the multiplier
  reg signed [FactorA-1:0]  a_q;
  reg signed [FactorW-1:0]  b_q;
  reg signed [ProductW-1:0] product_q;
  reg signed [StateW-1:0]   after_q;
  reg signed [StateW-1:0]   waiting_q;
  always @(posedge clk_i) begin
    a_q <= update_i ? $signed(after) : {{(FactorA - WeightW) {weight_i[WeightW-1]}}, weight_i};
    b_q <= x_i;
    product_q <= a_q * b_q;
    after_q <= after;
    waiting_q <= after_q;
  end
  assign after_o = after_q;

  // Stage 7: what is left of v
  wire signed [ProductW-1:0] leaked = product_q >>> (ShiftMin + shift_i);
  wire low = (Ceil != 0) && ceil_i &&
             ((product_q & ~({ProductW{1'b1}} << (ShiftMin + shift_i))) != {ProductW{1'b0}});
  wire [StateW:0] left = {waiting_q, 1'b1} + {~leaked[StateW-1:0], !low};

  // Stages 3 and 7: the new sum; it wraps where it must not get to anyway
  wire signed [SumW-1:0] product;
  generate
    if (SumW > ProductW) begin : g_wide
      assign product = {{(SumW - ProductW) {product_q[ProductW-1]}}, product_q};
    end else begin : g_narrow
      assign product = product_q[SumW-1:0];
    end
  endgenerate
  reg signed [SumW-1:0] sum_q;
  wire signed [SumW-1:0] settled = {{(High - StateW) {left[StateW]}}, left[StateW:1], {Frac{1'b0}}};
  wire signed [SumW-1:0] moved = {{(High - StateW) {leaked[StateW-1]}}, leaked[StateW-1:0], {Frac{1'b0}}};
  wire signed [SumW-1:0] term = ((Move != 0) && move_i) ? moved : product;
  always @(posedge clk_i) sum_q <= settle_i ? settled : sum_i + term;
  assign sum_o = sum_q;
endmodule

`resetall
