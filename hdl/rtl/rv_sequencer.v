// SPDX-License-Identifier: Apache-2.0
// Walks the layer table, row by row, once a step, and issues the beats of each row. A row adds up what
// one source brings to one population (SUM), sweeps over a population's neurons (SWEEP), or keeps the
// input's events for later rows (TAKE). A sweep decays; it may make neurons fire, hand on membranes, or
// add synaptic states to membranes. Row 0 clears all sums after a reset; a step begins with row 1.
`resetall
`default_nettype none

module rv_sequencer #(
  parameter integer Lanes = 8,
  parameter integer LaneW = 3,
  parameter integer Units = Lanes,  // lanes that a sweep passes at a time: its groups are of so many
  parameter integer UnitW = LaneW,
  parameter integer StateW = 16,
  parameter integer FactorW = 16,
  parameter integer Move = 1,       // some sweep writes other groups than it reads
  parameter integer GroupW = 8,
  parameter integer AddressW = 11,  // bits of an event's address
  parameter integer ValueW = 0,     // bits of its value; 0: each event counts one
  parameter integer EventW = 12,    // 1 + ValueW + AddressW
  parameter integer ListW = 10,     // bits of an address in the event memory, a ring
  parameter integer ListWords = 512,  // of which a step takes so many words
  parameter integer DelayW = 1,     // bits of a delay, in steps
  parameter integer WeightAW = 14,  // bits of an address in the weight memory
  parameter integer RowAW = 4,      // bits of a row's number
  parameter integer RowW =
    15 + $clog2(StateW) + 3 * GroupW + ListW + DelayW + WeightAW + AddressW + FactorW,
  parameter integer Shared = 0,     // some rows' weights are shared, see rv_reach
  parameter integer ReachAW = 8,
  parameter integer Reaches = 256,
  parameter integer RunW = 4,
  parameter integer TallW = 4,
  parameter         Reach = ""      // file of $readmemh
) (
  input  wire                clk_i,
  input  wire                rst_ni,
  input  wire                run_i,       // a step may begin
  // Layer table
  output wire                row_next_o,  // the row at row_addr_o, one cycle later, until the next
  output wire [RowAW-1:0]    row_addr_o,
  input  wire [RowW-1:0]     row_i,
  // Events
  output wire                read_start_o,
  output wire                read_input_o,
  output wire                read_nothing_o,
  output wire                read_one_o,
  output wire [ListW-1:0]    read_at_o,
  input  wire [EventW-1:0]   event_i,
  input  wire                event_valid_i,
  output wire                event_ready_o,
  output wire                write_start_o,
  output wire [ListW-1:0]    write_at_o,
  input  wire                writing_i,
  input  wire                spikes_busy_i,
  input  wire                spikes_crowded_i,
  input  wire                hold_i,      // no more states are to go out
  input  wire                trace_i,     // all states go out; constant during a step
  output wire                take_o,      // the writer gets the input's events, not the spikes
  output wire                emit_o,      // spikes go out
  // Beat
  output wire                sum_valid_o,
  output wire                sweep_valid_o,
  output wire                sweep_first_o,
  output wire                sweep_last_o,
  output wire                sweep_write_o,
  output wire [GroupW-1:0]   group_o,
  output wire [GroupW-1:0]   to_o,
  output wire [WeightAW-1:0] weight_addr_o,
  output wire [StateW-1:0]   x_o,
  // What a sweep does
  output wire                clear_o,
  output wire                add_o,
  output wire                fire_o,
  output wire                read_o,
  output wire                strict_o,
  output wire                subtract_o,
  output wire                bare_o,
  output wire                round_o,
  output wire [FactorW-1:0]  factor_o,
  // Status
  output wire                between_o,   // stands between two steps
  output wire                step_o       // pulses at the end of a step
);
  localparam [1:0]  Sum = 2'd0, Take = 2'd1, Sweep = 2'd2;
  localparam integer LeftW = $clog2(StateW);
  localparam [31:0] Words = ListWords;
  localparam [31:0] Less = Units - 2;
  localparam [RowAW-1:0] First = 1;

  // Fields of a row, lowest first
  wire [1:0]          f_op;
  wire                f_end;       // the step's last row
  wire                f_clear;     // SWEEP: sums become 0
  wire                f_input;     // SUM: from the input
  wire                f_one;       // SUM: from the constant one
  wire                f_fire;      // SWEEP: neurons fire,
  wire                f_store;     //   some row reads the spikes,
  wire                f_emit;      //   they go out;
  wire                f_read;      //   membranes go out;
  wire                f_add;       //   v * factor is added to the sums at f_to
  wire                f_subtract;
  wire                f_strict;
  wire                f_bare;      // SWEEP: v * factor alone; SUM: weights are shared,
  wire                f_round;     //   rounded up;              each address has its window
  wire [GroupW-1:0]   f_base;      // first group
  wire [GroupW-1:0]   f_more;      // groups, less one
  wire [GroupW-1:0]   f_to;        // first group written; SUM: groups from row to row of a window
  wire [ListW-1:0]    f_list;      // where the list is read or written, from the step's first word on
  wire [DelayW-1:0]   f_delay;     // SUM: steps that the list is old; f_list allows for it
  wire [WeightAW-1:0] f_weight;    // SUM: the first source's row of the first group; the same for weights
  wire [AddressW-1:0] f_stride;    // SUM: rows from one group to the next, the sources
  wire [LeftW-1:0]    f_left;      // SUM: what comes is shifted left
  wire [FactorW-1:0]  f_factor;    // SUM: the window of address 0
  assign {f_factor, f_left, f_stride, f_weight, f_delay, f_list, f_to, f_more, f_base, f_round, f_bare,
          f_strict, f_subtract, f_add, f_read, f_emit, f_store, f_fire, f_one, f_input, f_clear, f_end,
          f_op} = row_i;

  // Where the walk stands
  reg             loaded_q;  // row_i is a row
  reg             fresh_q;   // that hasn't begun,
  reg             active_q;  // or has
  reg             opens_q;   // and is a step's first
  reg [RowAW-1:0] row_q;
  reg [RowAW-1:0] next_q;    // the row after it
  reg [ListW-1:0] now_q;     // this step's first word in the event memory
  reg [DelayW:0]  past_q;    // steps before this one, up to what delays count
  reg             emit_q;
  reg             read_q;    // SWEEP: states go out

  // The group under way
  reg                beat_q;
  reg                first_q;
  reg [UnitW-1:0]    lane_q;    // READ: times it has come,
  reg                whole_q;   //   one less than all
  reg [1:0]          burst_q;   // ADD: two beats, two pauses in which the sums are read
  reg [StateW-1:0]   x_q;

  // Cycles that must pass before the next event, or sweep, may read what the last beats write
  reg [1:0] wait_q;
  reg [2:0] drain_q;
  wire waited  = (wait_q == 2'd0);
  wire drained = (drain_q == 3'd0);

  wire sum_on   = active_q && (f_op == Sum);
  wire take_on  = active_q && (f_op == Take);
  wire sweeps   = (f_op == Sweep);
  wire sweep_on = active_q && sweeps;

  wire paused     = (f_add && burst_q[1]) || (read_q && hold_i);
  wire group_done = !paused && !(read_q && !whole_q);
  wire done       = sweep_last_o && group_done;
  wire free       = !beat_q || done;

  wire token    = event_i[EventW-1];
  wire taken    = event_valid_i && event_ready_o;
  wire sum_beat = sum_on && taken && !token;
  wire shared;   // the event's weights are
  wire known;    // its groups are

  wire row_ends = (sweep_on && beat_q && done) || (taken && token);
  // Spikes on their way don't hold up a sweep whose own go the same way
  wire follows  = (f_emit == emit_q) && !f_store && !spikes_crowded_i;
  wire may      = sweeps ? drained && !(f_fire && (writing_i || (spikes_busy_i && !follows)))
                         : !((f_op == Take) && writing_i);
  wire starts   = fresh_q && may && (run_i || !opens_q);
  wire begins   = sum_beat || (starts && sweeps);

  assign event_ready_o = take_on || (sum_on && free && (token || (waited && known)));
  assign take_o     = take_on;
  assign emit_o     = emit_q;
  assign row_addr_o = next_q;
  assign row_next_o = row_ends || !loaded_q;
  assign step_o     = row_ends && f_end;

  wire [ListW-1:0] at = now_q + f_list;
  assign read_start_o   = starts && !sweeps;
  assign read_input_o   = f_input || (f_op == Take);
  assign read_one_o     = f_one;
  assign read_nothing_o = ({1'b0, f_delay} > past_q);
  assign read_at_o      = at;
  assign write_start_o  = starts && (sweeps ? f_store : (f_op == Take));
  assign write_at_o     = at;

  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      loaded_q <= 1'b0;
      fresh_q  <= 1'b0;
      active_q <= 1'b0;
      opens_q  <= 1'b0;
      row_q    <= {RowAW{1'b0}};
      next_q   <= {RowAW{1'b0}};
      now_q    <= {ListW{1'b0}};
      past_q   <= {(DelayW + 1) {1'b0}};
      beat_q   <= 1'b0;
      wait_q   <= 2'd0;
      drain_q  <= 3'd0;
    end else begin
      loaded_q <= 1'b1;
      fresh_q  <= row_ends || !loaded_q || (fresh_q && !starts);
      active_q <= starts || (active_q && !row_ends);
      if (row_ends) row_q <= next_q;
      next_q   <= f_end ? First : row_q + 1'b1;
      if (row_ends) opens_q <= f_end || f_clear;
      if (step_o) begin
        now_q <= now_q + Words[ListW-1:0];
        if (!past_q[DelayW]) past_q <= past_q + 1'b1;
      end
      beat_q <= begins || (beat_q && !done);
      if (sum_beat) wait_q <= 2'd3;
      else if (sweep_valid_o || (shared && beat_q)) wait_q <= 2'd2;
      else if (!waited) wait_q <= wait_q - 1'b1;
      if (beat_q) drain_q <= (shared || (f_more == {GroupW{1'b0}})) ? 3'd4 : 3'd3;
      else if (!drained) drain_q <= drain_q - 1'b1;
    end
  end

  // Beats. Where none is under way, all is ready for one that may begin.
  always @(posedge clk_i) begin
    read_q  <= sweeps && (f_read || (trace_i && !f_add && !f_clear));
    first_q <= free || (first_q && paused);
    burst_q <= free ? 2'd0 : burst_q + 1'b1;
    if (free || !paused) begin
      lane_q  <= (free || group_done) ? {UnitW{1'b0}} : lane_q + 1'b1;
      whole_q <= (free || group_done) ? (Units == 1) : (lane_q == Less[UnitW-1:0]);
    end
    if (starts && sweeps && f_fire) emit_q <= f_emit;
  end
  rv_span #(
    .Lanes(Lanes), .LaneW(LaneW), .FactorW(FactorW), .Move(Move), .GroupW(GroupW),
    .AddressW(AddressW), .WeightAW(WeightAW), .Shared(Shared), .ReachAW(ReachAW),
    .Reaches(Reaches), .RunW(RunW), .TallW(TallW), .Reach(Reach)
  ) u_span (
    .clk_i(clk_i), .rst_ni(rst_ni),
    .sum_i(!sweeps), .address_i(event_i[AddressW-1:0]), .valid_i(sum_on && event_valid_i),
    .base_i(f_base), .more_i(f_more), .to_i(f_to), .weight_i(f_weight), .stride_i(f_stride),
    .window_i(f_bare), .single_i(f_round), .first_i(f_factor),
    .shared_o(shared), .known_o(known), .free_i(free), .next_i(group_done),
    .group_o(group_o), .to_o(to_o), .weight_addr_o(weight_addr_o), .last_o(sweep_last_o)
  );

  // What an event is worth
  wire signed [StateW-1:0] x;
  generate
    if (ValueW == 0) begin : g_one
      assign x = {{(StateW - 1) {1'b0}}, 1'b1};
    end else begin : g_value
      assign x = {{(StateW - ValueW) {event_i[EventW-2]}}, event_i[EventW-2 -: ValueW]};
    end
  endgenerate
  always @(posedge clk_i) begin
    if (free) x_q <= x <<< f_left;
  end

  assign sum_valid_o   = beat_q && !sweeps;
  assign sweep_valid_o = beat_q && sweeps && !paused;
  assign sweep_first_o = first_q;
  assign sweep_write_o = group_done;
  assign x_o           = x_q;
  assign clear_o       = f_clear;
  assign add_o         = f_add;
  assign fire_o        = f_fire;
  assign read_o        = read_q;
  assign strict_o      = f_strict;
  assign subtract_o    = f_subtract;
  assign bare_o        = f_bare;
  assign round_o       = f_round;
  assign factor_o      = f_factor;
  assign between_o     = fresh_q && opens_q;
endmodule

`resetall
