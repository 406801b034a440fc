// SPDX-License-Identifier: Apache-2.0
// A network on one set of lanes: events in, events and readouts out, a step at a time. The weights are
// outside, behind an address and, a cycle later, a row of a weight a lane.
`resetall
`default_nettype none

module rv_core #(
  parameter integer Lanes = 8,        // neurons at a time, a power of two
  parameter integer LaneW = 3,        // bits of a lane's number, at least 1
  parameter integer Fold = 1,         // beats of a sweep a group: Lanes / Fold neurons at a time
  parameter integer Shifts = 0,       // powers of two that states are multiplied by, 0: any factor
  parameter integer Lefts = 0,        // bits that weights are shifted by, where lanes only add
  parameter integer WeightW = 8,      // bits of a weight
  parameter integer StateW = 16,      // bits of a membrane or synaptic state
  parameter integer SumW = 20,        // bits of a sum
  parameter integer Frac = 0,         // of them below a unit of the state
  parameter integer FactorW = 16,     // bits of a decay's factor
  parameter integer Strict = 0,       // some neurons fire above a threshold that is then taken off
  parameter integer ResetValue = 0,   // what membranes become where it isn't
  parameter integer Move = 1,         // there are synaptic states
  parameter integer GroupW = 8,       // bits of a group's number
  parameter integer Groups = 256,     // of Lanes / Fold neurons, of all populations
  parameter integer AddressW = 11,    // bits of an event's address
  parameter integer ValueW = 0,       // bits of its value, 0: none
  parameter integer EventW = 12,      // 1 + ValueW + AddressW
  parameter integer ListW = 10,       // bits of an address in the event memory
  parameter integer ListWords = 512,  // of it that a step takes
  parameter integer DelayW = 1,       // bits of a delay, in steps
  parameter integer WeightAW = 14,    // bits of an address in the weight memory
  parameter integer RowAW = 4,        // bits of a row's number
  parameter integer RowW =            // of a row
    15 + $clog2(StateW) + 3 * GroupW + ListW + DelayW + WeightAW + AddressW + FactorW,
  parameter integer Rows = 16,
  parameter         Table = "",       // files of $readmemh
  parameter         Thresholds = "",
  parameter integer Shared = 0,       // some weights are shared, see rv_reach:
  parameter integer ReachAW = 8,      // bits of a window's number
  parameter integer Reaches = 256,    // windows
  parameter integer RunW = 4,         // bits of a window's groups in a row, less one
  parameter integer TallW = 4,        // bits of its rows, less one
  parameter         Reach = "",       // file of $readmemh
  parameter integer TableParts = (RowW + 15) / 16,  // of 16 bits, a row's
  parameter integer Units = Lanes / Fold,
  parameter integer ThresholdParts = (Units * StateW + 15) / 16
) (
  input  wire                     clk_i,
  input  wire                     rst_ni,
  input  wire                     run_i,         // a step may begin
  // Events in, {step, value, address}: those of a step, then the token that ends it
  input  wire [EventW-1:0]        event_i,
  input  wire                     event_valid_i,
  output wire                     event_ready_o,
  // Events out, {step, address}: the spikes of the populations that are to be seen
  output wire [AddressW:0]        spike_o,
  output wire                     spike_valid_o,
  input  wire                     spike_ready_i,
  // Readouts, in the order of their neurons; of the last group all lanes. None waits: 8 may come
  // after hold_i.
  output wire [StateW-1:0]        value_o,
  output wire                     value_valid_o,
  input  wire                     hold_i,
  input  wire                     trace_i,       // all states go out
  // Weights
  output wire [WeightAW-1:0]      weight_addr_o,
  input  wire [Lanes*WeightW-1:0] weights_i,
  // Loading of the table and of thresholds between two steps, in parts of 16 bits
  input  wire [TableParts-1:0]    table_we_i,
  input  wire [ThresholdParts-1:0] threshold_we_i,
  input  wire [RowAW-1:0]         table_addr_i,
  input  wire [GroupW-1:0]        threshold_addr_i,
  input  wire [15:0]              load_i,
  // Status
  output wire                     step_o,        // pulses at the end of a step
  output wire                     between_o,     // stands between two steps
  output wire                     busy_o,        // spikes of a step are still to be handed on
  output wire                     sum_o,         // a row of weights is added
  // What a simulation looks at: all spikes, and states after the reset, a group at a time
  output wire [AddressW:0]        seen_o,
  output wire                     seen_valid_o,
  output wire                     after_valid_o,
  output wire [Units*StateW-1:0]  after_o
);
  localparam integer UnitW = (Units == 1) ? 1 : $clog2(Units);

  wire                      row_next;
  wire [RowAW-1:0]          row_addr;
  wire [16*TableParts-1:0]  row;
  wire                      read_start;
  wire                      read_input;
  wire                      read_nothing;
  wire                      read_one;
  wire [ListW-1:0]          read_at;
  wire [EventW-1:0]         event_read;
  wire                      event_read_valid;
  wire                      event_read_ready;
  wire                      write_start;
  wire [ListW-1:0]          write_at;
  wire                      writing;
  wire                      spikes_busy;
  wire                      spikes_crowded;
  wire                      take;
  wire                      emit;
  wire                      sum_valid;
  wire                      sweep_valid;
  wire                      sweep_first;
  wire                      sweep_last;
  wire                      sweep_write;
  wire [GroupW-1:0]         group;
  wire [GroupW-1:0]         to;
  wire [StateW-1:0]         x;
  wire                      clear;
  wire                      add;
  wire                      fire;
  wire                      read;
  wire                      strict;
  wire                      subtract;
  wire                      bare;
  wire                      round;
  wire [FactorW-1:0]        factor;

  rv_ram #(
    .Width(16 * TableParts), .AddressBits(RowAW), .Words(Rows), .Part(16), .Image(Table)
  ) u_table (
    .clk_i(clk_i), .we_i(table_we_i), .waddr_i(table_addr_i), .wdata_i({TableParts{load_i}}),
    .re_i(row_next), .raddr_i(row_addr), .rdata_o(row)
  );

  rv_sequencer #(
    .Lanes(Lanes), .LaneW(LaneW), .Units(Units), .UnitW(UnitW),
    .StateW(StateW), .FactorW(FactorW), .Move(Move),
    .GroupW(GroupW), .AddressW(AddressW), .ValueW(ValueW), .EventW(EventW),
    .ListW(ListW), .ListWords(ListWords), .DelayW(DelayW), .WeightAW(WeightAW), .RowAW(RowAW), .RowW(RowW),
    .Shared(Shared), .ReachAW(ReachAW), .Reaches(Reaches),
    .RunW(RunW), .TallW(TallW), .Reach(Reach)
  ) u_sequencer (
    .clk_i(clk_i), .rst_ni(rst_ni), .run_i(run_i),
    .row_next_o(row_next), .row_addr_o(row_addr), .row_i(row[RowW-1:0]),
    .read_start_o(read_start), .read_input_o(read_input), .read_nothing_o(read_nothing),
    .read_one_o(read_one),
    .read_at_o(read_at), .event_i(event_read), .event_valid_i(event_read_valid),
    .event_ready_o(event_read_ready), .write_start_o(write_start), .write_at_o(write_at),
    .writing_i(writing), .spikes_busy_i(spikes_busy), .spikes_crowded_i(spikes_crowded),
    .hold_i(hold_i), .trace_i(trace_i),
    .take_o(take), .emit_o(emit),
    .sum_valid_o(sum_valid), .sweep_valid_o(sweep_valid), .sweep_first_o(sweep_first),
    .sweep_last_o(sweep_last), .sweep_write_o(sweep_write), .group_o(group), .to_o(to),
    .weight_addr_o(weight_addr_o), .x_o(x),
    .clear_o(clear), .add_o(add), .fire_o(fire), .read_o(read), .strict_o(strict),
    .subtract_o(subtract), .bare_o(bare), .round_o(round), .factor_o(factor),
    .between_o(between_o), .step_o(step_o)
  );

  wire                   spikes_valid;
  wire                   spikes_last;
  wire [Units-1:0]       spikes;
  wire                   read_valid;
  rv_datapath #(
    .Lanes(Lanes), .Fold(Fold), .Shifts(Shifts), .Lefts(Lefts),
    .WeightW(WeightW), .StateW(StateW), .SumW(SumW), .Frac(Frac),
    .FactorW(FactorW), .Strict(Strict), .ResetValue(ResetValue),
    .GroupW(GroupW), .Groups(Groups), .Thresholds(Thresholds)
  ) u_datapath (
    .clk_i(clk_i), .rst_ni(rst_ni),
    .sum_valid_i(sum_valid), .sweep_valid_i(sweep_valid), .sweep_first_i(sweep_first),
    .sweep_last_i(sweep_last), .sweep_write_i(sweep_write), .group_i(group), .to_i(to),
    .weights_i(weights_i), .x_i(x),
    .clear_i(clear), .add_i(add), .fire_i(fire), .read_i(read), .strict_i(strict),
    .subtract_i(subtract), .bare_i(bare), .round_i(round), .factor_i(factor),
    .spikes_valid_o(spikes_valid), .spikes_last_o(spikes_last), .spikes_o(spikes),
    .read_valid_o(read_valid), .after_valid_o(after_valid_o), .after_o(after_o),
    .threshold_we_i(threshold_we_i), .load_addr_i(threshold_addr_i), .load_i(load_i)
  );

  // Spikes go to the event memory, and out where they are to be seen
  wire                spike_step;
  wire [AddressW-1:0] spike_address;
  wire                spike_valid;
  wire                spike_ready = !emit || spike_ready_i;
  rv_serialiser #(
    .Lanes(Units), .LaneW(UnitW), .GroupW(GroupW), .AddressW(AddressW)
  ) u_serialiser (
    .clk_i(clk_i), .rst_ni(rst_ni),
    .valid_i(spikes_valid), .last_i(spikes_last), .spikes_i(spikes),
    .step_o(spike_step), .address_o(spike_address), .valid_o(spike_valid), .ready_i(spike_ready),
    .busy_o(spikes_busy), .crowded_o(spikes_crowded)
  );
  assign busy_o        = spikes_busy;
  assign seen_o        = {spike_step, spike_address};
  assign seen_valid_o  = spike_valid && spike_ready;
  assign spike_o       = {spike_step, spike_address};
  assign spike_valid_o = spike_valid && emit;

  wire [EventW-1:0] spike_event;
  generate
    if (ValueW == 0) begin : g_one
      assign spike_event = {spike_step, spike_address};
    end else begin : g_value
      wire [ValueW-1:0] one = {{(ValueW - 1) {1'b0}}, 1'b1};
      assign spike_event = {spike_step, one, spike_address};
    end
  endgenerate

  wire              we;
  wire [ListW-1:0]  waddr;
  wire [EventW-1:0] wdata;
  wire              re;
  wire [ListW-1:0]  raddr;
  wire [EventW-1:0] rdata;
  rv_writer #(.EventW(EventW), .ListW(ListW)) u_writer (
    .clk_i(clk_i), .rst_ni(rst_ni), .start_i(write_start), .at_i(write_at),
    .event_i(take ? event_read : spike_event),
    .valid_i(take ? event_read_valid : (spike_valid && spike_ready)),
    .writing_o(writing), .we_o(we), .waddr_o(waddr), .wdata_o(wdata)
  );
  rv_ram #(.Width(EventW), .AddressBits(ListW), .Words(1 << ListW)) u_events (
    .clk_i(clk_i), .we_i(we), .waddr_i(waddr), .wdata_i(wdata),
    .re_i(re), .raddr_i(raddr), .rdata_o(rdata)
  );
  rv_reader #(.EventW(EventW), .AddressW(AddressW), .ListW(ListW)) u_reader (
    .clk_i(clk_i), .rst_ni(rst_ni),
    .start_i(read_start), .input_i(read_input), .nothing_i(read_nothing), .one_i(read_one),
    .at_i(read_at),
    .input_event_i(event_i), .input_valid_i(event_valid_i), .input_ready_o(event_ready_o),
    .re_o(re), .raddr_o(raddr), .rdata_i(rdata), .writing_i(writing), .writes_at_i(waddr),
    .event_o(event_read), .valid_o(event_read_valid), .ready_i(event_read_ready)
  );

  assign sum_o = sum_valid;
  rv_readout #(
    .Lanes(Units), .LaneW(UnitW), .StateW(StateW)
  ) u_readout (
    .clk_i(clk_i), .rst_ni(rst_ni), .valid_i(read_valid), .v_i(after_o),
    .value_o(value_o), .valid_o(value_valid_o)
  );
endmodule

`resetall
