// SPDX-License-Identifier: Apache-2.0
// Walks the layer table, row by row, once a step, and issues the beats of each row. A row adds up what
// one source brings to one population (SUM), sweeps over a population's neurons (SWEEP), or keeps the
// input's events for later rows (TAKE). A sweep decays; it may make neurons fire, hand on membranes, or
// move synaptic states to membranes.
`resetall
`default_nettype none

module rv_sequencer #(
  parameter integer Lanes = 8,
  parameter integer LaneW = 3,
  parameter integer StateW = 16,
  parameter integer FactorW = 16,
  parameter integer ShiftW = 1,
  parameter integer GroupW = 8,
  parameter integer Groups = 256,
  parameter integer AddressW = 11,  // bits of an event's address
  parameter integer ValueW = 0,     // bits of its value; 0: each event counts one
  parameter integer EventW = 12,    // 1 + ValueW + AddressW
  parameter integer ListW = 10,     // bits of an address in the event memory,
  parameter integer SlotW = 1,      //   the highest SlotW of which count steps
  parameter integer WeightAW = 14,  // bits of an address in the weight memory
  parameter integer RowAW = 4,      // bits of a row's number
  parameter integer RowW = 11 + 3 * GroupW + ListW + WeightAW + AddressW + 4 + FactorW + ShiftW + 2 +
                           StateW
) (
  input  wire                      clk_i,
  input  wire                      rst_ni,
  input  wire                      run_i,  // a step may begin
  // Layer table
  output wire [RowAW-1:0]          row_addr_o,
  input  wire [RowW-1:0]           row_i,  // one cycle later
  // Events
  output wire                      read_start_o,
  output wire                      read_input_o,
  output wire                      read_nothing_o,
  output wire                      read_one_o,
  output wire [ListW-1:0]          read_at_o,
  input  wire [EventW-1:0]         event_i,
  input  wire                      event_valid_i,
  output wire                      event_ready_o,
  output wire                      write_start_o,
  output wire [ListW-1:0]          write_at_o,
  input  wire                      writing_i,
  input  wire                      spikes_busy_i,
  input  wire                      values_busy_i,
  output wire                      take_o,   // the writer gets the input's events, not the spikes
  output wire                      emit_o,   // spikes go out
  // Beat
  output wire                      sum_valid_o,
  output wire                      sweep_valid_o,
  output wire                      sweep_first_o,
  output wire                      sweep_last_o,
  output wire                      sweep_write_o,
  output wire [GroupW-1:0]         group_o,
  output wire [GroupW-1:0]         to_o,
  output wire [WeightAW-1:0]       weight_addr_o,
  output wire signed [FactorW-1:0] x_o,       // one cycle after its beat
  // What a sweep does
  output wire                      move_o,
  output wire                      fire_o,
  output wire                      read_o,
  output wire                      strict_o,
  output wire                      subtract_o,
  output wire                      clear_o,
  output wire signed [StateW-1:0]  reset_o,
  output wire signed [FactorW-1:0] factor_o,
  output wire [ShiftW-1:0]         shift_o,
  output wire                      ceil_o,
  // Status
  output wire                      idle_o,    // waits for the step's first event
  output wire                      step_o     // pulses as a step's last row begins its last beat
);
  localparam [1:0] Sum = 2'd0, Take = 2'd1, Sweep = 2'd2;

  // Fields of a row, lowest first
  wire [1:0]          f_op;
  wire                f_end;     // the step's last row
  wire                f_input;   // SUM: from the input
  wire                f_one;     // SUM: from the constant one
  wire                f_fire;    // SWEEP: neurons fire,
  wire                f_store;   //   some row reads the spikes,
  wire                f_emit;    //   they go out;
  wire                f_read;    //   membranes go out;
  wire                f_move;    //   synaptic states go to membranes
  wire [GroupW-1:0]   f_base;    // first group
  wire [GroupW-1:0]   f_more;    // groups, less one
  wire [GroupW-1:0]   f_to;      // first group written
  wire [ListW-1:0]    f_list;    // SUM: the list, its delay in the highest bits; else where to
  wire [WeightAW-1:0] f_weight;  // SUM: the first source's row of the first group
  wire [AddressW-1:0] f_stride;  // SUM: rows from one group to the next, the sources
  wire [3:0]          f_left;    // SUM: what comes is shifted left
  wire [FactorW-1:0]  f_factor;
  wire [ShiftW-1:0]   f_shift;
  wire                f_ceil;
  wire                f_strict;
  wire                f_subtract;
  wire [StateW-1:0]   f_reset;
  assign {f_reset, f_subtract, f_strict, f_ceil, f_shift, f_factor, f_left, f_stride, f_weight, f_list, f_to,
          f_more, f_base, f_move, f_read, f_emit, f_store, f_fire, f_one, f_input, f_end, f_op} = row_i;

  wire f_sweeps = (f_op == Sweep);

  // Where the walk stands
  reg             boot_q;     // the sums are cleared
  reg [RowAW-1:0] row_q;
  reg             fetched_q;  // row_i is that row
  reg             sum_q;      // a row of events is under way
  reg             take_q;     // the input is taken down
  reg             sweep_q;    // a sweep is under way
  reg             turn_q;     // the row under way ends the step
  reg [SlotW-1:0] now_q;      // this step's slot in the event memory
  reg [SlotW:0]   past_q;     // steps before this one, up to what slots count

  // The group under way
  reg                beat_q;
  reg                first_q;
  reg [GroupW-1:0]   group_q;
  reg [GroupW-1:0]   left_q;    // groups after this one
  reg [LaneW-1:0]    lane_q;    // READ: times it has come
  reg [2:0]          burst_q;   // MOVE: four beats, four pauses
  reg [WeightAW-1:0] weight_q;
  reg [AddressW-1:0] along_q;   // from its row to the next group's

  // Rows of events have fields of their own: one may begin while a sweep is still on its way.
  reg [GroupW-1:0]   base_q;
  reg [GroupW-1:0]   more_q;
  reg [WeightAW-1:0] from_q;
  reg [AddressW-1:0] stride_q;
  reg [3:0]          shift_left_q;
  // Of a sweep
  reg                clear_q;
  reg                fire_q;
  reg                read_q;
  reg                move_q;
  reg                emit_q;
  reg [GroupW-1:0]   to_q;
  reg [FactorW-1:0]  factor_q;
  reg [ShiftW-1:0]   shift_q;
  reg                ceil_q;
  reg                strict_q;
  reg                subtract_q;
  reg [StateW-1:0]   reset_q;

  // Cycles that must pass: before the next sum or sweep may read what the last one writes, and not
  // meet it at the multiplier; before the next sweep, so that the last one has left the lanes.
  reg [2:0] wait_q;
  reg [3:0] drain_q;

  wire paused     = sweep_q && move_q && burst_q[2];
  wire group_done = beat_q && !paused && (!(sweep_q && read_q) || (lane_q == Lanes[LaneW-1:0] - 1'b1));
  wire beats_done = group_done && (left_q == {GroupW{1'b0}});
  wire free       = !beat_q || beats_done;

  wire taken     = event_valid_i && event_ready_o;
  wire token     = event_i[EventW-1];
  wire sum_beat  = sum_q && taken && !token;
  wire row_ends  = (sweep_q && beats_done) || ((sum_q || take_q) && taken && token);
  wire between   = !boot_q && (row_ends || !(sum_q || take_q || sweep_q));
  wire sweep_may = free && (wait_q == 3'd0) && (drain_q == 4'd0) && !sweep_q &&
                   !(f_fire && (spikes_busy_i || writing_i)) && !(f_read && values_busy_i);
  wire starts    = between && fetched_q && (run_i || (row_q != {RowAW{1'b0}})) &&
                   (!f_sweeps || sweep_may) && !((f_op == Take) && writing_i);
  wire steps     = starts && turn_q;

  assign event_ready_o = take_q || (sum_q && (token || (free && (wait_q == 3'd0))));
  assign take_o = take_q;
  assign emit_o = emit_q;

  wire [SlotW-1:0] now = now_q + {{(SlotW - 1) {1'b0}}, turn_q};
  wire [SlotW:0]   past = past_q + {{SlotW{1'b0}}, turn_q && !past_q[SlotW]};
  wire [SlotW-1:0] delay = f_list[ListW-1 -: SlotW];
  assign read_start_o   = starts && !f_sweeps;
  assign read_input_o   = f_input || (f_op == Take);
  assign read_one_o     = f_one;
  assign read_nothing_o = ({1'b0, delay} > past);
  assign read_at_o      = {now - delay, f_list[ListW-SlotW-1:0]};
  assign write_start_o  = starts && ((f_sweeps && f_store) || (f_op == Take));
  assign write_at_o     = {now, f_list[ListW-SlotW-1:0]};
  assign row_addr_o     = row_q;

  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      boot_q      <= 1'b1;
      row_q       <= {RowAW{1'b0}};
      fetched_q   <= 1'b0;
      sum_q       <= 1'b0;
      take_q      <= 1'b0;
      sweep_q     <= 1'b0;
      turn_q      <= 1'b0;
      now_q       <= {SlotW{1'b0}};
      past_q      <= {(SlotW + 1) {1'b0}};
    end else begin
      fetched_q <= !starts;
      if (starts) row_q <= f_end ? {RowAW{1'b0}} : row_q + 1'b1;
      if (starts) turn_q <= f_end;
      if (steps) begin
        now_q <= now;
        past_q <= past;
      end
      if (starts) begin
        sum_q   <= (f_op == Sum);
        take_q  <= (f_op == Take);
        sweep_q <= f_sweeps;
      end else if (row_ends) begin
        sum_q   <= 1'b0;
        take_q  <= 1'b0;
        sweep_q <= 1'b0;
      end else if (boot_q && !sweep_q && !beat_q) begin
        sweep_q <= 1'b1;  // the first sweep clears all groups
      end
      if (boot_q && row_ends) boot_q <= 1'b0;
    end
  end

  always @(posedge clk_i) begin
    if (starts && !f_sweeps) begin
      base_q       <= f_base;
      more_q       <= f_more;
      from_q       <= f_weight;
      stride_q     <= f_stride;
      shift_left_q <= f_left;
    end
    if (boot_q) begin
      clear_q <= 1'b1;
      fire_q  <= 1'b0;
      read_q  <= 1'b0;
      move_q  <= 1'b0;
      emit_q  <= 1'b0;
      to_q    <= {GroupW{1'b0}};
    end else if (starts && f_sweeps) begin
      clear_q    <= 1'b0;
      fire_q     <= f_fire;
      read_q     <= f_read;
      move_q     <= f_move;
      if (f_fire) emit_q <= f_emit;
      to_q       <= f_to;
      factor_q   <= f_factor;
      shift_q    <= f_shift;
      ceil_q     <= f_ceil;
      strict_q   <= f_strict;
      subtract_q <= f_subtract;
      reset_q    <= f_reset;
    end
  end

  // Beats
  localparam [31:0] Most = Groups - 1;
  wire boot_starts  = boot_q && !sweep_q && !beat_q;
  wire sweep_starts = (starts && f_sweeps) || boot_starts;
  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) beat_q <= 1'b0;
    else beat_q <= sum_beat || sweep_starts || (beat_q && !beats_done);
  end
  always @(posedge clk_i) begin
    first_q <= sweep_starts;
    burst_q <= sweep_starts ? 3'd0 : burst_q + 1'b1;
    lane_q  <= (sweep_starts || group_done) ? {LaneW{1'b0}} : lane_q + 1'b1;
    if (sum_beat) begin
      group_q  <= base_q;
      left_q   <= more_q;
      along_q  <= stride_q;
      weight_q <= from_q + {{(WeightAW - AddressW) {1'b0}}, event_i[AddressW-1:0]};
    end else if (sweep_starts) begin
      group_q <= boot_q ? {GroupW{1'b0}} : f_base;
      left_q  <= boot_q ? Most[GroupW-1:0] : f_more;
    end else if (group_done) begin
      group_q  <= group_q + 1'b1;
      left_q   <= left_q - 1'b1;
      weight_q <= weight_q + {{(WeightAW - AddressW) {1'b0}}, along_q};
    end
  end

  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      wait_q  <= 3'd0;
      drain_q <= 4'd0;
    end else begin
      if (sum_beat) wait_q <= 3'd2;
      else if (sweep_valid_o && sweep_first_o) wait_q <= 3'd5;
      else if (sweep_valid_o && (wait_q <= 3'd3)) wait_q <= 3'd3;
      else if (wait_q != 3'd0) wait_q <= wait_q - 1'b1;
      if (sweep_valid_o) drain_q <= 4'd8;
      else if (drain_q != 4'd0) drain_q <= drain_q - 1'b1;
    end
  end

  // What an event is worth
  reg signed [FactorW-1:0] x_q;
  wire signed [FactorW-1:0] x;
  generate
    if (ValueW == 0) begin : g_one
      assign x = {{(FactorW - 1) {1'b0}}, 1'b1};
    end else begin : g_value
      assign x = {{(FactorW - ValueW) {event_i[EventW-2]}}, event_i[EventW-2 -: ValueW]};
    end
  endgenerate
  reg signed [FactorW-1:0] x1_q;
  always @(posedge clk_i) begin
    if (sum_beat) x_q <= x <<< shift_left_q;
    x1_q <= x_q;
  end
  assign x_o = x1_q;

  assign sum_valid_o   = beat_q && !sweep_q;
  assign sweep_valid_o = beat_q && sweep_q && !paused;
  assign sweep_first_o = first_q;
  assign sweep_last_o  = (left_q == {GroupW{1'b0}});
  assign sweep_write_o = group_done;
  assign group_o       = group_q;
  assign to_o          = to_q;
  assign weight_addr_o = weight_q;
  assign move_o        = move_q;
  assign fire_o        = fire_q;
  assign read_o        = read_q;
  assign strict_o      = strict_q;
  assign subtract_o    = subtract_q;
  assign clear_o       = clear_q;
  assign reset_o       = reset_q;
  assign factor_o      = factor_q;
  assign shift_o       = shift_q;
  assign ceil_o        = ceil_q;
  assign idle_o        = sum_q && !beat_q && !event_valid_i;
  assign step_o        = row_ends && turn_q;
endmodule

`resetall
