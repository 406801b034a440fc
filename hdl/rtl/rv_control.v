// SPDX-License-Identifier: Apache-2.0
// The registers of `targets/fpga/registers.py`: status and errors, when steps begin, what the host may
// do now, and counters.
`resetall
`default_nettype none

module rv_control #(
  parameter [31:0]  Signature = 32'd0,  // of the network that it was made for
  parameter integer EventParts = 1,  // words of an event, 1 or 2
  parameter integer EventsW = 8,     // 2**EventsW events wait
  parameter integer SpikesW = 7,     // at most 7
  parameter integer ValuesW = 7
) (
  input  wire               clk_i,
  input  wire               rst_ni,
  // Frames
  input  wire [2:0]         space_i,
  input  wire [15:0]        address_i,
  input  wire [5:0]         more_i,
  input  wire               write_i,
  output wire               refuse_o,
  input  wire               valid_i,
  input  wire [15:0]        data_i,
  input  wire               done_i,
  input  wire               command_i,
  input  wire               frame_i,
  input  wire               crc_i,
  input  wire               refused_i,
  output wire [15:0]        data_o,         // a register, a cycle after its address
  // Queues
  input  wire               events_valid_i,
  input  wire [EventsW:0]   events_level_i,
  input  wire [SpikesW:0]   spikes_level_i,
  input  wire               spikes_crowded_i,
  input  wire [ValuesW:0]   values_level_i,
  input  wire               values_crowded_i,
  output wire               take_spikes_o,
  output wire               take_values_o,
  // Core
  input  wire               between_i,
  input  wire               busy_i,
  input  wire               step_i,
  input  wire               sum_i,
  output wire               run_o,
  output wire               trace_o,
  output wire [7:0]         page_o,         // of addresses in memories, above their 16 bits
  output wire               halted_o,
  output wire               core_rst_no,    // of the core and the queues
  output wire               irq_o
);
  `include "rv_map.vh"

  // What a word does
  wire registers = valid_i && (space_i == SpaceRegisters);
  wire memories  = (space_i == SpaceWeights) || (space_i == SpaceThresholds) ||
                   (space_i == SpaceTable);
  wire [3:0] register = address_i[3:0];
  wire clears   = registers && (register == RegStatus);
  wire controls = registers && (register == RegControl);
  wire takes    = registers && (register == RegWaiting);
  wire loads    = valid_i && memories;
  wire restarts = controls && data_i[ControlRestart];
  wire zeroes   = controls && data_i[ControlClear];

  assign take_spikes_o = takes && data_i[WaitingSpikes];
  assign take_values_o = takes && data_i[WaitingValues];

  // What a frame may do, which is asked long after what it addresses was known. An event's place
  // is never used, so that the room is the complement of what waits.
  localparam integer Halves = EventParts - 1;
  wire [EventsW-1:0] room   = ~events_level_i[EventsW-1:0];
  wire               events = (space_i == SpaceEvents);
  // Registers that may be written are the first three, up to WAITING
  reg past;
  always @* begin
    case (more_i[1:0])
      2'd0:    past = (address_i[1:0] == 2'd3);
      2'd1:    past = address_i[1];
      2'd2:    past = (address_i[1:0] != 2'd0);
      default: past = 1'b1;
    endcase
  end
  wire beyond  = (address_i[3:2] != 2'd0) || (more_i[5:2] != 4'd0) || past;
  wire unknown = (address_i[15:4] != 12'd0) || (write_i && beyond);
  reg unknown_q;
  reg locked_q;
  reg crowded_q;
  always @(posedge clk_i) begin
    unknown_q <= ((space_i == SpaceRegisters) && unknown) ||
                 (events && (EventParts == 2) && (address_i[0] || !more_i[0]));
    locked_q  <= (memories && !halted_o) || (events && !loaded_q);
    crowded_q <= events && (room <= {{(EventsW - 6) {1'b0}}, more_i >> Halves});
  end
  assign refuse_o = unknown_q || locked_q || crowded_q;

  // When a step begins
  reg  run_q;
  reg  step_q;
  reg  loaded_q;
  reg  trace_q;
  reg  [7:0] page_q;
  reg  go_q;
  reg  core_rst_nq;
  wire waiting = events_valid_i || (events_level_i != {(EventsW + 1) {1'b0}});
  wire goes    = (run_q || step_q) && waiting;
  assign run_o       = go_q;
  assign trace_o     = trace_q;
  assign page_o      = page_q;
  assign halted_o    = !loaded_q || (between_i && !go_q && !goes);
  assign core_rst_no = core_rst_nq;
  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      run_q       <= 1'b0;
      step_q      <= 1'b0;
      loaded_q    <= 1'b0;
      trace_q     <= 1'b0;
      page_q      <= 8'd0;
      go_q        <= 1'b0;
      core_rst_nq <= 1'b0;
    end else begin
      core_rst_nq <= loaded_q && !restarts;
      go_q        <= goes && !step_i;
      if (controls) run_q <= data_i[ControlRun];
      if (controls) trace_q <= data_i[ControlTrace];
      if (controls) page_q <= data_i[ControlPage +: 8];
      if (controls) step_q <= data_i[ControlStep];
      else if (step_i) step_q <= 1'b0;
      if (loads) loaded_q <= 1'b0;
      else if (controls) loaded_q <= data_i[ControlLoaded];
    end
  end

  // What a step gives has reached its queue long before this has counted up
  reg [3:0] quiet_q;
  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) quiet_q <= 4'd0;
    else if (!halted_o || waiting || busy_i) quiet_q <= 4'd0;
    else if (!(&quiet_q)) quiet_q <= quiet_q + 1'b1;
  end

  // Errors and status
  reg [4:0]  errors_q;
  reg [3:0]  frames_q;
  reg [3:0]  overflows_q;
  reg        irq_q;
  wire [15:0] status;
  wire [4:0]  errors;
  assign status[StatusHalted]  = halted_o;
  assign status[StatusDone]    = &quiet_q;
  assign status[StatusSpikes]  = (spikes_level_i != {(SpikesW + 1) {1'b0}});
  assign status[StatusValues]  = (values_level_i != {(ValuesW + 1) {1'b0}});
  assign status[StatusLoaded]  = loaded_q;
  assign status[StatusCommand +: 5] = errors_q;
  assign status[11:10]         = 2'd0;
  assign status[StatusFrames +: 4] = frames_q;
  assign errors = {
    refused_i && crowded_q, refused_i && locked_q, crc_i, frame_i,
    command_i || (refused_i && unknown_q)
  };
  assign irq_o = irq_q;
  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      errors_q    <= 5'd0;
      frames_q    <= 4'd0;
      overflows_q <= 4'd0;
      irq_q       <= 1'b0;
    end else begin
      errors_q <= (errors_q & ~(clears ? data_i[StatusCommand +: 5] : 5'd0)) | errors;
      irq_q    <= status[StatusDone] || (errors_q != 5'd0) || spikes_crowded_i ||
                  values_crowded_i;
      if (done_i) frames_q <= frames_q + 1'b1;
      if (refused_i && crowded_q) overflows_q <= overflows_q + 1'b1;
    end
  end

  // Counters
  reg        running_q;  // a cycle late, as all that is counted need only come out right
  reg [7:0]  steps_q;
  reg [31:0] cycles_q;
  reg [31:0] sop_q;
  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) running_q <= 1'b0;
    else running_q <= !halted_o;
  end
  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      steps_q  <= 8'd0;
      cycles_q <= 32'd0;
      sop_q    <= 32'd0;
    end else if (zeroes) begin
      steps_q  <= 8'd0;
      cycles_q <= 32'd0;
      sop_q    <= 32'd0;
    end else begin
      if (step_i) steps_q <= steps_q + 1'b1;
      if (running_q) cycles_q <= cycles_q + 1'b1;
      if (sum_i) sop_q <= sop_q + 1'b1;
    end
  end

  // A register has 8 bits for each
  generate
    if ((SpikesW > 7) || (ValuesW > 7)) begin : g_deep
      rv_queues_are_too_deep u_refused ();
    end
  endgenerate

  // What is read. A counter's halves, an even register and the odd one after it, are those of when the
  // first of them was addressed.
  reg [3:0]  register_q;
  reg [15:0] low_q;
  reg [15:0] data_q;
  wire arrives = (register != register_q);
  wire second  = register[0] && (register_q[3:1] == register[3:1]);
  wire holds   = register[3] && !register[0] && !arrives;
  assign data_o = data_q;
  always @(posedge clk_i) begin
    register_q <= register;
    if (register[3] && arrives && !second) low_q <= register[1] ? sop_q[15:0] : cycles_q[15:0];
    if (!holds) case (register)
      RegStatus:        data_q <= status;
      RegWaiting:       data_q <= {{(7 - ValuesW) {1'b0}}, values_level_i,
                                   {(7 - SpikesW) {1'b0}}, spikes_level_i};
      RegEventsRoom:    data_q <= {{(16 - EventsW) {1'b0}}, room};
      RegIdentity:      data_q <= MapIdentity;
      RegSignatureHigh: data_q <= Signature[31:16];
      RegSignatureLow:  data_q <= Signature[15:0];
      RegCounts:        data_q <= {steps_q, 4'd0, overflows_q};
      RegCyclesHigh:    data_q <= cycles_q[31:16];
      RegCyclesLow:     data_q <= low_q;
      RegSopHigh:       data_q <= sop_q[31:16];
      RegSopLow:        data_q <= low_q;
      default:          data_q <= 16'd0;
    endcase
  end
endmodule

`resetall
