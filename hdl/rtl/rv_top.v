// SPDX-License-Identifier: Apache-2.0
// The core behind SPI: its memories are written, events come and spikes and readouts go as frames of
// `rv_spi`; `rv_control` has the registers. Whatever is not a whole frame leaves the core as it is.
`resetall
`default_nettype none

module rv_top #(
  // Of the core, see rv_core
  parameter integer Lanes = 8, LaneW = 3, Fold = 1, Shifts = 0, Lefts = 0,
  parameter integer WeightW = 8, StateW = 16, SumW = 20, Frac = 0,
  parameter integer FactorW = 16, Strict = 0, ResetValue = 0, Move = 1,
  parameter integer GroupW = 5, Groups = 32, AddressW = 11, ValueW = 0, EventW = 12,
  parameter integer ListW = 10, ListWords = 512, DelayW = 1, WeightAW = 14, WeightRows = 16384,
  parameter integer RowAW = 4,
  parameter integer RowW =
    15 + $clog2(StateW) + 3 * GroupW + ListW + DelayW + WeightAW + AddressW + FactorW,
  parameter integer Rows = 16,
  parameter integer Loadable = 1,   // the host may write the layer table, which then is no ROM
  parameter integer Shared = 0, ReachAW = 8, Reaches = 256, RunW = 4, TallW = 4,
  parameter         Table = "", Thresholds = "", Weights = "", Reach = "",
  parameter [31:0]  Signature = 32'd0,  // of the network whose table it is
  // Queues: 2**… words
  parameter integer EventsW = 8, SpikesW = 7, ValuesW = 7
) (
  input  wire clk_i,
  input  wire rst_ni,
  input  wire sck_i,
  input  wire mosi_i,
  output wire miso_o,
  input  wire cs_ni,
  output wire irq_o
);
  localparam integer TableParts = (RowW + 15) / 16;
  localparam integer ThresholdParts = (Lanes / Fold * StateW + 15) / 16;
  localparam integer WeightParts = (Lanes * WeightW + 15) / 16;
  localparam integer WeightPartBits = (WeightParts == 1) ? 1 : $clog2(WeightParts);
  localparam integer EventParts = (EventW + 15) / 16;
  localparam integer ValueParts = (StateW + 15) / 16;
  localparam integer SpikeW = AddressW + 1;
  localparam integer SpikeParts = (SpikeW + 15) / 16;
  `include "rv_map.vh"
  localparam [7:0] Writable = (Loadable != 0) ? SpacesWritable
                                               : SpacesWritable & ~(8'd1 << SpaceTable);

  wire        reads;
  wire        next;
  wire [2:0]  space;
  wire [15:0] address;
  wire [5:0]  more;
  wire        writes;
  wire        refuse;
  reg  [15:0] answer_q;
  wire        valid;
  wire [15:0] data;
  wire        done;
  wire        command_error;
  wire        frame_error;
  wire        crc_error;
  wire        refused;
  rv_spi #(.Readable(SpacesReadable), .Writable(Writable)) u_spi (
    .clk_i(clk_i), .rst_ni(rst_ni),
    .sck_i(sck_i), .mosi_i(mosi_i), .cs_ni(cs_ni), .miso_o(miso_o),
    .space_o(space), .address_o(address), .more_o(more), .write_o(writes), .refuse_i(refuse),
    .data_i(answer_q), .begin_o(reads), .next_o(next), .valid_o(valid), .data_o(data), .done_o(done),
    .command_o(command_error), .frame_o(frame_error), .crc_o(crc_error), .refused_o(refused)
  );

  wire [15:0]      register;
  wire             event_valid;
  wire [EventsW:0] events_level;
  wire [SpikesW:0] spikes_level;
  wire [ValuesW:0] values_level;
  wire             spikes_crowded;
  wire             values_crowded;
  wire             take_spikes;
  wire             take_values;
  wire             between;
  wire             busy;
  wire             step;
  wire             sum;
  wire             run;
  wire             trace;
  wire [7:0]       page;
  wire             halted;
  wire             core_rst_n;
  rv_control #(
    .Signature(Signature), .EventParts(EventParts), .EventsW(EventsW), .SpikesW(SpikesW), .ValuesW(ValuesW)
  ) u_control (
    .clk_i(clk_i), .rst_ni(rst_ni),
    .space_i(space), .address_i(address), .more_i(more), .write_i(writes), .refuse_o(refuse),
    .valid_i(valid), .data_i(data), .done_i(done), .command_i(command_error),
    .frame_i(frame_error), .crc_i(crc_error), .refused_i(refused), .data_o(register),
    .events_valid_i(event_valid), .events_level_i(events_level),
    .spikes_level_i(spikes_level), .spikes_crowded_i(spikes_crowded),
    .values_level_i(values_level), .values_crowded_i(values_crowded),
    .take_spikes_o(take_spikes), .take_values_o(take_values),
    .between_i(between), .busy_i(busy), .step_i(step), .sum_i(sum), .run_o(run), .trace_o(trace),
    .page_o(page), .halted_o(halted),
    .core_rst_no(core_rst_n), .irq_o(irq_o)
  );

  // Memories
  wire [TableParts-1:0]     table_we;
  wire [RowAW-1:0]          table_row;
  wire [ThresholdParts-1:0] threshold_we;
  wire [GroupW-1:0]         threshold_row;
  wire [WeightParts-1:0]    weight_we;
  wire [WeightAW-1:0]       weight_row;
  // A word's address; of small memories, its page is always 0
  localparam integer Bits = WeightAW + WeightPartBits;
  wire [23:0] place = {(Bits > 16) ? page : 8'd0, address};
  rv_window #(.Parts(TableParts), .RowBits(RowAW)) u_table (
    .we_i((Loadable != 0) && valid && (space == SpaceTable)), .address_i(place),
    .row_o(table_row), .we_o(table_we)
  );
  rv_window #(.Parts(ThresholdParts), .RowBits(GroupW)) u_thresholds (
    .we_i(valid && (space == SpaceThresholds)), .address_i(place), .row_o(threshold_row),
    .we_o(threshold_we)
  );
  rv_window #(.Parts(WeightParts), .RowBits(WeightAW)) u_weight (
    .we_i(valid && (space == SpaceWeights)), .address_i(place), .row_o(weight_row),
    .we_o(weight_we)
  );

  wire [WeightAW-1:0]       weight_addr;
  wire [16*WeightParts-1:0] weights;
  reg                       host_q;
  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) host_q <= 1'b0;
    else host_q <= halted && (space == SpaceWeights);
  end
  rv_weights #(
    .Parts(WeightParts), .AddressBits(WeightAW), .Words(WeightRows), .Image(Weights)
  ) u_weights (
    .clk_i(clk_i), .host_i(host_q), .host_addr_i(weight_row), .we_i(weight_we), .wdata_i(data),
    .raddr_i(weight_addr), .rdata_o(weights)
  );

  // Events, of one word or two
  wire [EventW-1:0] event_in;
  wire              event_push;
  generate
    if (EventParts == 1) begin : g_word
      assign event_in   = data[EventW-1:0];
      assign event_push = valid && (space == SpaceEvents);
    end else begin : g_words
      reg [15:0] high_q;
      always @(posedge clk_i) if (valid) high_q <= data;
      wire [31:0] both = {high_q, data};
      assign event_in   = both[EventW-1:0];
      assign event_push = valid && (space == SpaceEvents) && address[0];
    end
  endgenerate
  wire [EventW-1:0] event_out;
  wire              event_ready;
  rv_fifo #(.Width(EventW), .DepthBits(EventsW)) u_events (
    .clk_i(clk_i), .rst_ni(core_rst_n),
    .data_i(event_in), .valid_i(event_push), .ready_o(), .data_o(event_out),
    .valid_o(event_valid), .ready_i(event_ready), .empty_o(), .level_o(events_level)
  );

  wire [SpikeW-1:0] spike;
  wire              spike_valid;
  wire [StateW-1:0] value;
  wire              value_valid;
  rv_core #(
    .Lanes(Lanes), .LaneW(LaneW), .Fold(Fold), .Shifts(Shifts), .Lefts(Lefts),
    .WeightW(WeightW), .StateW(StateW), .SumW(SumW), .Frac(Frac),
    .FactorW(FactorW), .Strict(Strict), .ResetValue(ResetValue), .Move(Move),
    .GroupW(GroupW), .Groups(Groups), .AddressW(AddressW), .ValueW(ValueW), .EventW(EventW),
    .ListW(ListW), .ListWords(ListWords), .DelayW(DelayW), .WeightAW(WeightAW), .RowAW(RowAW),
    .RowW(RowW), .Rows(Rows),
    .Shared(Shared), .ReachAW(ReachAW), .Reaches(Reaches),
    .RunW(RunW), .TallW(TallW),
    .Table(Table), .Thresholds(Thresholds), .Reach(Reach)
  ) u_core (
    .clk_i(clk_i), .rst_ni(core_rst_n), .run_i(run),
    .event_i(event_out), .event_valid_i(event_valid), .event_ready_o(event_ready),
    .spike_o(spike), .spike_valid_o(spike_valid), .spike_ready_i(!spikes_crowded),
    .value_o(value), .value_valid_o(value_valid), .hold_i(values_crowded), .trace_i(trace),
    .weight_addr_o(weight_addr), .weights_i(weights[Lanes*WeightW-1:0]),
    .table_we_i(table_we), .threshold_we_i(threshold_we), .table_addr_i(table_row),
    .threshold_addr_i(threshold_row), .load_i(data),
    .step_o(step), .between_o(between), .busy_o(busy), .sum_o(sum),
    .seen_o(), .seen_valid_o(), .after_valid_o(), .after_o()
  );

  // Of a spike, or a readout, of two words the last one takes it
  wire spike_ends = (SpikeParts == 1) || address[0];
  wire value_ends = (ValueParts == 1) || address[0];
  wire [SpikeW-1:0] spike_read;
  wire [StateW-1:0] value_read;
  rv_outbox #(.Width(SpikeW), .DepthBits(SpikesW)) u_spikes (
    .clk_i(clk_i), .rst_ni(core_rst_n), .data_i(spike),
    .valid_i(spike_valid && !spikes_crowded), .crowded_o(spikes_crowded),
    .level_o(spikes_level), .begin_i(reads && (space == SpaceSpikes)),
    .next_i(next && (space == SpaceSpikes) && spike_ends), .take_i(take_spikes), .data_o(spike_read)
  );
  rv_outbox #(.Width(StateW), .DepthBits(ValuesW)) u_values (
    .clk_i(clk_i), .rst_ni(core_rst_n), .data_i(value), .valid_i(value_valid),
    .crowded_o(values_crowded), .level_o(values_level),
    .begin_i(reads && (space == SpaceValues)), .next_i(next && (space == SpaceValues) && value_ends),
    .take_i(take_values), .data_o(value_read)
  );

  // Answers
  wire [15:0] weight_read;
  rv_word #(.Parts(WeightParts), .PartBits(WeightPartBits)) u_word (
    .clk_i(clk_i), .row_i(weights), .part_i(address[WeightPartBits-1:0]), .word_o(weight_read)
  );
  wire [31:0] spike_wide = {{(32 - SpikeW) {1'b0}}, spike_read};
  wire [31:0] value_wide = {{(32 - StateW) {1'b0}}, value_read};
  wire [15:0] spike_word = spike_ends ? spike_wide[15:0] : spike_wide[31:16];
  wire [15:0] value_word = value_ends ? value_wide[15:0] : value_wide[31:16];
  always @(posedge clk_i) begin
    case (space[1:0])
      SpaceWeights[1:0]: answer_q <= weight_read;
      SpaceSpikes[1:0]:  answer_q <= spike_word;
      SpaceValues[1:0]:  answer_q <= value_word;
      default:           answer_q <= register;
    endcase
  end
endmodule

`resetall
