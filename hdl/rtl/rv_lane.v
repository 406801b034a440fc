// SPDX-License-Identifier: Apache-2.0
// One lane: a neuron's sum takes a weight times what came, or becomes its membrane, is compared,
// reset and decayed. A sum is what the neuron starts the step from, D(v), plus all that has come; it
// has Frac bits below a unit of v. One multiplier with its adder serves both:
//
//   an event   sum + x * weight
//   a sweep    (v * 2**16 + v * -a + r) >> 16, which is v - (v*a >> 16) where r is 2**16 - 1;
//              or without the first term (v*m + r) >> 16
//   an addition of a synaptic state, or of a part of it: sum + v * factor
//
// The stages are counted from the beat's issue; `rv_datapath` drives the selects:
//
//   1  x, or the sum, limited to StateW bits   2  v, weight or factor
//   2  v - threshold; reset                    3  v after the reset
//   3  product; what is added                  4
//   4  sum                                     5  written
`resetall
`default_nettype none

module rv_lane #(
  parameter integer Shifts = 0,      // bit k: some factor is plus or minus 2**k; 0: a multiplier
  parameter integer WeightW = 8,     // bits of a weight
  parameter integer StateW = 16,     // bits of v
  parameter integer SumW = 20,       // bits of a sum, more than FactorW + Frac
  parameter integer Frac = 0,        // of them below a unit of v
  parameter integer FactorW = 16,    // bits of a factor, and of its fraction
  parameter integer Strict = 0,      // some neurons fire above a threshold that is then taken off
  parameter integer ResetValue = 0   // what v becomes where the threshold isn't taken off
) (
  input  wire                      clk_i,
  // Data
  input  wire signed [WeightW-1:0] weight_i,     // stage 1
  input  wire signed [FactorW-1:0] factor_i,     // stage 1
  input  wire [StateW-1:0]         x_i,          // stage 1: of an event, else 0
  input  wire [SumW-1:0]           sum_i,        // stage 1 for v, 3 to be added to
  input  wire [StateW-1:0]         threshold_i,  // stage 2
  output wire [SumW-1:0]           sum_o,        // stage 5
  output wire                      spike_o,      // stage 2
  output wire [StateW-1:0]         after_o,      // stage 3: v after the reset
  // Control
  input  wire                      weigh_i,      // stage 1: an event's weight, else the factor
  input  wire                      zero_i,       // stage 1: not the sum
  input  wire                      fire_i,       // stage 2: v is compared
  input  wire                      strict_i,     // stage 2: it fires above the threshold only
  input  wire                      subtract_i,   // stage 2: a spike takes the threshold off
  input  wire                      add_i,        // stage 3: the product is added to the sum
  input  wire                      bare_i,       // stage 3: and to nothing
  input  wire                      clear_i,      // before the first of a sweep comes to stage 3
  input  wire                      round_i,      // stage 4: r
  input  wire                      whole_i       // stage 5: what is above the fraction is written
);
  localparam integer High = SumW - Frac;  // bits of a sum in units of v
  localparam [31:0]  Reset = ResetValue;

  // Stage 1: the membrane
  wire [High-1:0] units = sum_i[SumW-1:Frac];
  wire sign  = units[High-1];
  wire any   = (units[High-2:StateW-1] != {(High - StateW) {1'b0}});
  wire all   = (units[High-2:StateW-1] == {(High - StateW) {1'b1}});
  wire most  = !sign && any && !zero_i;
  wire least = (sign && !all) || zero_i;
  reg [StateW-1:0] v_q;
  always @(posedge clk_i) begin
    v_q[StateW-1]   <= (sign && !zero_i) || x_i[StateW-1];
    v_q[StateW-2:0] <= (units[StateW-2:0] & ~{(StateW - 1) {least}}) | {(StateW - 1) {most}} |
                       x_i[StateW-2:0];
  end

  // Stage 2: one subtraction compares, and takes the threshold off
  wire [StateW:0] less = {v_q[StateW-1], v_q} - {threshold_i[StateW-1], threshold_i};
  wire at_it = (Strict != 0) && strict_i && (less == {(StateW + 1) {1'b0}});
  wire fired = fire_i && !less[StateW] && !at_it;
  reg [StateW-1:0] after_q;
  always @(posedge clk_i) begin
    after_q <= fired ? (subtract_i ? less[StateW-1:0] : Reset[StateW-1:0]) : v_q;
  end
  assign spike_o = fired;
  assign after_o = after_q;

  // Stages 2 to 5
  wire [FactorW-1:0] factor;
  rv_factor #(.WeightW(WeightW), .FactorW(FactorW)) u_factor (
    .clk_i(clk_i), .weigh_i(weigh_i), .weight_i(weight_i), .factor_i(factor_i), .factor_o(factor)
  );
  wire [StateW-1:0] high = {after_q[StateW-1:SumW-FactorW],
                            add_i ? sum_i[SumW-1:FactorW] : after_q[SumW-FactorW-1:0]};
  wire [StateW+FactorW-1:0] sum;
  generate
    if (Shifts == 0) begin : g_multiply
      rv_mac #(.StateW(StateW), .FactorW(FactorW)) u_mac (
        .clk_i(clk_i), .b_i(factor), .a_i(after_q), .high_i(high), .low_i(sum_i[FactorW-1:0]),
        .hold_high_i(bare_i && !add_i), .hold_low_i(!add_i), .clear_i(clear_i), .round_i(round_i),
        .sum_o(sum)
      );
    end else begin : g_shift
      rv_shift #(.StateW(StateW), .FactorW(FactorW), .Shifts(Shifts)) u_shift (
        .clk_i(clk_i), .b_i(factor), .a_i(after_q), .high_i(high), .low_i(sum_i[FactorW-1:0]),
        .hold_high_i(bare_i && !add_i), .hold_low_i(!add_i), .clear_i(clear_i), .round_i(round_i),
        .sum_o(sum)
      );
    end
  endgenerate
  wire [High-1:0] whole = {{(High - StateW) {sum[StateW+FactorW-1]}}, sum[StateW+FactorW-1:FactorW]};
  generate
    if (Frac > 0) begin : g_fraction
      assign sum_o = whole_i ? {whole, {Frac{1'b0}}} : sum[SumW-1:0];
    end else begin : g_units
      assign sum_o = whole_i ? whole : sum[SumW-1:0];
    end
  endgenerate
endmodule

`resetall
