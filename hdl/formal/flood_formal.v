// SPDX-License-Identifier: Apache-2.0
// rv_serialiser's queue never overflows as rv_sequencer begins sweeps: of at most 2**GroupW groups, only
// where crowded_o is low, and not before the last group of the sweep before was handed over. There is no
// room to spare: a sweep may begin with half the queue full, and fill it.
module flood_formal #(
  parameter integer Lanes = 2,
  parameter integer LaneW = 1,
  parameter integer GroupW = 2,
  parameter integer AddressW = 3
) (
  input wire             clk_i,
  input wire             rst_ni,
  input wire             begin_i,   // a sweep may begin
  input wire [GroupW:0]  groups_i,  // of so many groups
  input wire             beat_i,    // its next group comes
  input wire [Lanes-1:0] spikes_i,
  input wire             ready_i
);
  wire             crowded;
  reg [GroupW:0]   left_q;  // groups that are still to come
  wire             on    = (left_q != 0);
  wire             valid = on && beat_i;
  rv_serialiser #(
    .Lanes(Lanes), .LaneW(LaneW), .GroupW(GroupW), .AddressW(AddressW)
  ) u_serialiser (
    .clk_i(clk_i), .rst_ni(rst_ni), .valid_i(valid), .last_i(left_q == 1), .spikes_i(spikes_i),
    .step_o(), .address_o(), .valid_o(), .ready_i(ready_i), .busy_o(), .crowded_o(crowded)
  );
  always @* assume (groups_i <= 1 << GroupW);
  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) left_q <= 0;
    else if (!on && begin_i && !crowded) left_q <= groups_i;
    else if (valid) left_q <= left_q - 1'b1;
  end

  reg begun_q = 1'b0;
  always @(posedge clk_i) begun_q <= 1'b1;
  always @* if (!begun_q) assume (!rst_ni);
  (* hierconn *) wire [GroupW+1:0] \u_serialiser.level ;
  always @* begin
    if (rst_ni && begun_q) begin
      p_fits: assert (!valid || !\u_serialiser.level [GroupW+1]);
      // Invariants
      i_left:    assert (left_q <= 1 << GroupW);
      i_level:   assert (\u_serialiser.level + left_q <= 2 << GroupW);
      i_crowded: assert (crowded || \u_serialiser.level <= 1 << GroupW);
      c_full:    cover (\u_serialiser.level == 2 << GroupW);
    end
  end
endmodule
