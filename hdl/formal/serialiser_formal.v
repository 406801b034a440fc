// SPDX-License-Identifier: Apache-2.0
// rv_serialiser makes of each word of its queue, in the place of which stands fifo_contract.v, the spikes
// that are in it, in the order of lanes, each once and with its neuron's number, and of a sweep's last
// the token behind them. Resets come at any time.
module serialiser_formal #(
  parameter integer Lanes = 4,
  parameter integer LaneW = 2,
  parameter integer GroupW = 2,
  parameter integer AddressW = 4
) (
  input wire             clk_i,
  input wire             rst_ni,
  input wire             valid_i,
  input wire             last_i,
  input wire [Lanes-1:0] spikes_i,
  input wire             ready_i
);
  wire                step, valid, busy, crowded;
  wire [AddressW-1:0] address;
  rv_serialiser #(
    .Lanes(Lanes), .LaneW(LaneW), .GroupW(GroupW), .AddressW(AddressW)
  ) u_serialiser (
    .clk_i(clk_i), .rst_ni(rst_ni), .valid_i(valid_i), .last_i(last_i), .spikes_i(spikes_i),
    .step_o(step), .address_o(address), .valid_o(valid), .ready_i(ready_i), .busy_o(busy),
    .crowded_o(crowded)
  );
  (* hierconn *) wire             \u_serialiser.load ;
  (* hierconn *) wire             \u_serialiser.queued_valid ;
  (* hierconn *) wire [Lanes:0]   \u_serialiser.queued ;
  wire takes = valid && ready_i;
  wire loads = \u_serialiser.load && \u_serialiser.queued_valid ;

  // What is due of the word in hand
  reg [Lanes-1:0]  due_q;
  reg              token_q;
  reg [GroupW-1:0] group_q;  // of the word in hand
  reg              first_q;  // the next word is a sweep's first
  reg              held_q;
  reg [AddressW:0] event_q;
  integer k;
  reg [LaneW-1:0] lane;
  always @* begin
    lane = 0;
    for (k = Lanes - 1; k >= 0; k = k - 1) if (due_q[k]) lane = k;
  end
  wire [Lanes-1:0] left  = due_q & ~(takes && !step ? 1 << lane : 0);
  wire             token = token_q && !(takes && step);
  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      due_q   <= 0;
      token_q <= 1'b0;
      first_q <= 1'b1;
      held_q  <= 1'b0;
    end else begin
      due_q   <= loads ? \u_serialiser.queued [Lanes-1:0] : left;
      token_q <= loads ? \u_serialiser.queued [Lanes] : token;
      if (loads) first_q <= \u_serialiser.queued [Lanes];
      held_q  <= valid && !ready_i;
    end
  end
  always @(posedge clk_i) begin
    if (loads) group_q <= first_q ? 0 : group_q + 1'b1;
    event_q <= {step, address};
  end

  reg begun_q = 1'b0;
  always @(posedge clk_i) begun_q <= 1'b1;
  always @* if (!begun_q) assume (!rst_ni);
  always @* begin
    if (rst_ni && begun_q) begin
      p_held:     assert (!held_q || (valid && {step, address} == event_q));
      p_spike:    assert (!(valid && !step) || (due_q != 0 && address == {group_q, lane}));
      p_token:    assert (!(valid && step) || (due_q == 0 && token_q));
      p_lost:     assert (!loads || (left == 0 && !token));
      p_withheld: assert (valid == (due_q != 0 || token_q));
    end
  end

  // Invariants
  (* hierconn *) wire              \u_serialiser.open_q ;
  (* hierconn *) wire              \u_serialiser.last_q ;
  (* hierconn *) wire              \u_serialiser.begin_q ;
  (* hierconn *) wire [Lanes-1:0]  \u_serialiser.rest_q ;
  (* hierconn *) wire [GroupW-1:0] \u_serialiser.group_q ;
  always @* begin
    if (rst_ni && begun_q) begin
      i_begin: assert (\u_serialiser.begin_q == first_q);
      i_group: assert (first_q || \u_serialiser.group_q == group_q);
      i_open:  assert (\u_serialiser.open_q ||
                       (due_q == 0 && !token_q));
      i_rest:  assert (!\u_serialiser.open_q || (\u_serialiser.rest_q == due_q &&
                       \u_serialiser.last_q == token_q && \u_serialiser.group_q == group_q));
      c_ends:  cover (takes && step && group_q == 2 && held_q);
    end
  end
endmodule
