// SPDX-License-Identifier: Apache-2.0
// The host never corrupts what runs: rv_control lets a frame write memories only while the core is in
// reset or stands between two steps, and events only where all of them find room. Frames are what rv_spi
// promises: addressed, long after that asked about once, and carried out later, if at all, word by word.
// The core is what rv_core promises: it stands between steps until run_o, and then for a while doesn't.
module control_formal #(
  parameter integer EventsW = 7
) (
  input wire        clk_i,
  input wire        rst_ni,
  input wire [2:0]  space_i,
  input wire [15:0] address_i,
  input wire [5:0]  more_i,
  input wire [15:0] data_i,
  input wire        go_i,      // the frame goes on
  input wire        abort_i,   // the frame ends early
  input wire        takes_i,   // the core takes an event,
  input wire        ends_i,    //   or ends its step
  input wire        command_i,
  input wire        frame_i,
  input wire        crc_i
);
  `include "rv_map.vh"
  wire        refuse, run, halted, core_rst_n;
  wire        waiting_valid;

  // A frame: 0 none, 1 to 3 addressed, 4 asked and let in, 5 carried out
  reg [2:0]  frame_q;
  reg [2:0]  space_q;
  reg [15:0] address_q;
  reg [5:0]  more_q;
  reg [5:0]  at_q;
  wire valid = (frame_q == 3'd5);
  wire last  = (at_q == more_q);
  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      frame_q   <= 3'd0;
      space_q   <= 3'd0;
      address_q <= 16'd0;
      more_q    <= 6'd0;
    end else begin
      case (frame_q)
        3'd0: if (go_i) begin
          frame_q   <= 3'd1;
          space_q   <= space_i;
          address_q <= address_i;
          more_q    <= more_i;
          at_q      <= 6'd0;
        end
        3'd1, 3'd2: frame_q <= frame_q + 3'd1;
        3'd3: if (go_i) frame_q <= refuse ? 3'd0 : 3'd4;
        3'd4: if (go_i) frame_q <= abort_i ? 3'd0 : 3'd5;
        default: begin
          at_q      <= at_q + 1'b1;
          address_q <= address_q + 1'b1;
          if (last) frame_q <= 3'd0;
        end
      endcase
    end
  end
  // Spaces that may be written, and words of an event of one word
  always @* assume (!(go_i && frame_q == 0) || SpacesWritable[space_i]);

  // Events that wait, of the queue behind it, whose register holds one of them. To be on the safe side of
  // what frames bring, and to see it fill soon, it begins with any number.
  (* anyconst *) wire [EventsW:0] fill;
  always @* assume (!fill[EventsW]);
  reg [EventsW:0] level_q;
  reg             event_q;
  wire push = valid && (space_q == SpaceEvents);
  wire pop  = (level_q != 0) && (!event_q || (takes_i && event_q));
  always @(posedge clk_i or negedge core_rst_n) begin
    if (!core_rst_n) begin
      level_q <= fill;
      event_q <= 1'b0;
    end else begin
      level_q <= level_q + push - pop;
      event_q <= pop || (event_q && !takes_i);
    end
  end

  // The core: after its reset it clears its sums, which takes a while
  reg between_q;
  wire step = !between_q && ends_i && core_rst_n;
  reg clears_q;
  always @(posedge clk_i or negedge core_rst_n) begin
    if (!core_rst_n) begin
      between_q <= 1'b0;
      clears_q  <= 1'b1;
    end else begin
      if (between_q) between_q <= !run;
      else between_q <= ends_i;
      if (ends_i) clears_q <= 1'b0;
    end
  end

  rv_control #(.Signature(32'h1234), .EventParts(1), .EventsW(EventsW)) u_control (
    .clk_i(clk_i), .rst_ni(rst_ni), .space_i(space_q), .address_i(address_q), .more_i(more_q),
    .write_i(1'b1),
    .refuse_o(refuse), .valid_i(valid), .data_i(data_i), .done_i(valid && last),
    .command_i(command_i), .frame_i(frame_i), .crc_i(crc_i),
    .refused_i(frame_q == 3'd3 && go_i && refuse), .data_o(),
    .events_valid_i(event_q), .events_level_i(level_q), .spikes_level_i(8'd0),
    .spikes_crowded_i(1'b0), .values_level_i(8'd0), .values_crowded_i(1'b0), .take_spikes_o(), .take_values_o(), .between_i(between_q),
    .busy_i(1'b0),
    .step_i(step && !clears_q), .sum_i(1'b0), .run_o(run), .trace_o(), .halted_o(halted),
    .core_rst_no(core_rst_n), .irq_o()
  );

  reg begun_q = 1'b0;
  always @(posedge clk_i) begun_q <= 1'b1;
  always @* if (!begun_q) assume (!rst_ni);
  (* hierconn *) wire \u_control.loaded_q ;
  (* hierconn *) wire \u_control.run_q ;
  (* hierconn *) wire \u_control.step_q ;
  wire memories = (space_q == SpaceWeights || space_q == SpaceThresholds || space_q == SpaceTable);
  wire events   = (space_q == SpaceEvents);
  wire let_in   = (frame_q == 3'd3 && !refuse) || (frame_q == 3'd4) || (frame_q == 3'd5);
  wire waiting  = event_q || (level_q != 0);
  wire quiet    = between_q && !run;
  wire stands   = (!\u_control.loaded_q && (!core_rst_n || quiet)) ||
                  (core_rst_n && quiet && !((\u_control.run_q || \u_control.step_q ) && waiting));
  wire [6:0] before = (frame_q == 3'd5) ? at_q : 7'd0;
  wire fits     = (level_q + more_q - before + 1 < 1 << EventsW);
  always @* begin
    if (rst_ni && begun_q) begin
      p_memory: assert (!(valid && memories) || !core_rst_n || (between_q && !run));
      p_room:   assert (!push || !level_q[EventsW]);
      // Invariants: what was asked, and then what was let in, stays so
      i_level:  assert (!level_q[EventsW]);
      i_at:     assert (frame_q == 3'd0 || (valid ? at_q <= more_q : at_q == 6'd0));
      i_frame:  assert (frame_q <= 3'd5);
      i_memory: assert (!(let_in && memories) || stands);
      i_events: assert (!(let_in && events) || (\u_control.loaded_q && core_rst_n && fits));
      c_memory: cover (valid && memories && last && core_rst_n);
      c_events: cover (push && last && event_q);
    end
  end
endmodule
