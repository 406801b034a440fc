// SPDX-License-Identifier: Apache-2.0
// rv_lane against what it is to compute, written down with wide numbers, for all inputs: what saturates,
// fires, is reset, and every sum. Inputs are free each cycle; what is assumed of them is what rv_datapath
// keeps to, which simulation alone shows, and what `lower` keeps to.
module lane_formal #(
  parameter integer WeightW = 8,
  parameter integer SumW = 20,
  parameter integer Frac = 0,
  parameter integer ResetValue = -5
) (
  input wire                      clk_i,
  input wire signed [WeightW-1:0] weight_i,
  input wire signed [15:0]        factor_i,
  input wire signed [15:0]        x_i,
  input wire signed [SumW-1:0]    sum_i,
  input wire signed [15:0]        threshold_i,
  input wire                      weigh_i,
  input wire                      zero_i,
  input wire                      fire_i,
  input wire                      strict_i,
  input wire                      subtract_i,
  input wire                      add_i,
  input wire                      bare_i,
  input wire                      clear_i,
  input wire                      round_i,
  input wire                      whole_i
);
  localparam signed [31:0] Most = 32767, Least = -32768;
  wire [SumW-1:0]    sum_o;
  wire               spike_o;
  wire signed [15:0] after_o;
  rv_lane #(
    .WeightW(WeightW), .StateW(16), .SumW(SumW), .Frac(Frac), .FactorW(16), .Strict(1),
    .ResetValue(ResetValue)
  ) u_lane (
    .clk_i(clk_i), .weight_i(weight_i), .factor_i(factor_i), .x_i(x_i), .sum_i(sum_i),
    .threshold_i(threshold_i), .sum_o(sum_o), .spike_o(spike_o), .after_o(after_o),
    .weigh_i(weigh_i), .zero_i(zero_i), .fire_i(fire_i), .strict_i(strict_i),
    .subtract_i(subtract_i), .add_i(add_i), .bare_i(bare_i), .clear_i(clear_i), .round_i(round_i),
    .whole_i(whole_i)
  );

  reg [1:0] begun_q = 2'd0;  // cycles, up to two
  always @(posedge clk_i) if (!begun_q[1]) begun_q <= begun_q + 1'b1;

  (* hierconn *) wire signed [15:0] \u_lane.v_q ;

  // Stage 1: an event's value, or the sum in units of v, limited
  wire signed [31:0] units   = sum_i >>> Frac;
  wire signed [31:0] limited = (units > Most) ? Most : (units < Least) ? Least : units;
  reg signed [15:0]  v_q;
  reg signed [15:0]  factor2_q;
  always @(posedge clk_i) begin
    v_q       <= zero_i ? x_i : limited[15:0];
    factor2_q <= weigh_i ? {{(16 - WeightW) {weight_i[WeightW-1]}}, weight_i} : factor_i;
  end
  always @* assume (zero_i || x_i == 0);

  // Stage 2: the comparison and the reset
  wire signed [16:0] less  = v_q - threshold_i;
  wire               fired = fire_i && (strict_i ? v_q > threshold_i : v_q >= threshold_i);
  wire signed [31:0] reset = subtract_i ? less : ResetValue;
  wire signed [31:0] after = fired ? reset : v_q;
  reg signed [31:0]  after_q;
  reg signed [15:0]  factor_q;
  reg                lost2_q;  // the beat in stage 3 was in stage 2 while clear_i was high
  always @(posedge clk_i) begin
    after_q  <= after;
    factor_q <= factor2_q;
    lost2_q  <= clear_i || (begun_q == 0);
  end
  always @* assume (!subtract_i || threshold_i >= 0);

  // Stage 3: the product, and what it is added to. Nothing is in stages 2 and 3 while clear_i is high.
  // The factors are the lane's own registers, which p_reset and p_factor hold equal to ours: a solver sees then
  // that both products are one.
  (* hierconn *) wire signed [15:0] \u_lane.g_multiply.u_mac.b_q ;
  wire signed [31:0] times = after_o * \u_lane.g_multiply.u_mac.b_q ;
  wire               lost  = lost2_q || clear_i;
  reg low_q = 1'b0;   // since the last clear_i nothing was added to a sum,
  reg high_q = 1'b0;  //   and nothing to v
  reg signed [31:0] product_q;
  reg signed [31:0] base_q;
  reg               sums_q;
  reg               known_q = 1'b0;
  always @(posedge clk_i) begin
    low_q     <= clear_i || (low_q && !add_i);
    high_q    <= clear_i || (high_q && !add_i && bare_i);
    product_q <= times;
    base_q    <= add_i ? sum_i : bare_i ? 32'sd0 : after_q;
    sums_q    <= add_i;
    known_q   <= begun_q[1] && !lost && (add_i || (low_q && (!bare_i || high_q)));
  end
  always @* assume (add_i || bare_i || factor_q <= 0);

  // Stages 4 and 5: the sum, or v decayed
  wire signed [32:0] rounded = product_q + (round_i ? 33'sd65535 : 33'sd0);
  wire signed [31:0] decayed = base_q + (rounded >>> 16);
  wire signed [31:0] scaled  = decayed <<< Frac;
  wire signed [31:0] summed  = base_q + product_q;
  reg [SumW-1:0] sum_q;
  reg            sums5_q;
  reg            known5_q = 1'b0;
  always @(posedge clk_i) begin
    sum_q    <= sums_q ? summed[SumW-1:0] : scaled[SumW-1:0];
    sums5_q  <= sums_q;
    known5_q <= known_q;
  end
  always @* begin
    assume (!(sums_q && round_i));
    assume (whole_i == !sums5_q);
  end

  always @* begin
    if (begun_q != 0) begin
      p_saturation: assert (\u_lane.v_q == v_q);
      p_fires:      assert (spike_o == fired);
    end
    if (begun_q[1]) begin
      p_reset: assert (after_o == after_q);
      // Halves of sum_o: an event's, and a sweep's
      p_sum:   assert (!(known5_q && sums5_q) || sum_o == sum_q);
      p_decay: assert (!(known5_q && !sums5_q) || sum_o == sum_q);
    end
  end

  // Invariants
  (* hierconn *) wire signed [31:0] \u_lane.g_multiply.u_mac.product_q ;
  (* hierconn *) wire [15:0]        \u_lane.g_multiply.u_mac.low_q ;
  (* hierconn *) wire [15:0]        \u_lane.g_multiply.u_mac.high_q ;
  (* hierconn *) wire [15:0]        \u_lane.factor ;
  wire [31:0] held = {\u_lane.g_multiply.u_mac.high_q , \u_lane.g_multiply.u_mac.low_q };
  always @* begin
    if (begun_q != 0) i_factor: assert (\u_lane.factor == factor2_q);
    if (begun_q[1]) begin
      i_after:   assert (after_q >= Least && after_q <= Most);
      p_factor:  assert (lost2_q || \u_lane.g_multiply.u_mac.b_q == factor_q);
      i_product: assert (!known_q || \u_lane.g_multiply.u_mac.product_q == product_q);
      i_sum:     assert (!(known_q && sums_q) || held[SumW-1:0] == base_q[SumW-1:0]);
      i_base:    assert (!(known_q && !sums_q) || held == base_q <<< 16);
      i_range:   assert (sums_q || (base_q >= Least && base_q <= Most));
    end
    i_low:  assert (!low_q || \u_lane.g_multiply.u_mac.low_q == 0);
    i_high: assert (!high_q || \u_lane.g_multiply.u_mac.high_q == 0);
  end

  always @* begin
    c_sum:   cover (known5_q && sums5_q && sum_q == 100);
    c_decay: cover (known5_q && !sums5_q && low_q && high_q && sum_o == 100 << Frac);
    c_reset: cover (begun_q[1] && spike_o && subtract_i && strict_i && v_q == Most);
  end
endmodule
