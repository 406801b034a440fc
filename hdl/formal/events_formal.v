// SPDX-License-Identifier: Apache-2.0
// A list of events through rv_writer, the event memory and rv_reader, which may begin while the list still
// grows: the reader hands on what the writer took, in order, each event once, up to and with the token.
module events_formal #(
  parameter integer EventW = 3,
  parameter integer ListW = 2
) (
  input wire              clk_i,
  input wire              rst_ni,
  input wire              write_i,
  input wire              read_i,
  input wire [ListW-1:0]  at_i,
  input wire [EventW-1:0] event_i,
  input wire              valid_i,
  input wire              ready_i
);
  localparam integer Words = 1 << ListW;
  wire              writing, we, re, valid, input_ready;
  wire [ListW-1:0]  waddr, raddr;
  wire [EventW-1:0] wdata, rdata, read;

  // The list: where it begins, what was written of it, and how much was read
  reg             written_q;  // some list is, or is being, written
  reg             reading_q;
  reg [ListW-1:0] at_q;
  reg [ListW:0]   count_q;
  reg [ListW:0]   read_q;
  reg [Words*EventW-1:0] list_q;
  wire write = write_i && !writing && !reading_q;
  wire start = read_i && written_q && !reading_q && !write;

  rv_writer #(.EventW(EventW), .ListW(ListW)) u_writer (
    .clk_i(clk_i), .rst_ni(rst_ni), .start_i(write), .at_i(at_i), .event_i(event_i),
    .valid_i(valid_i), .writing_o(writing), .we_o(we), .waddr_o(waddr), .wdata_o(wdata)
  );
  rv_ram #(.Width(EventW), .AddressBits(ListW), .Words(Words)) u_ram (
    .clk_i(clk_i), .we_i(we), .waddr_i(waddr), .wdata_i(wdata), .re_i(re), .raddr_i(raddr),
    .rdata_o(rdata)
  );
  rv_reader #(.EventW(EventW), .AddressW(EventW - 1), .ListW(ListW)) u_reader (
    .clk_i(clk_i), .rst_ni(rst_ni), .start_i(start), .input_i(1'b0), .nothing_i(1'b0),
    .one_i(1'b0), .at_i(at_q), .input_event_i({EventW{1'b0}}), .input_valid_i(1'b0),
    .input_ready_o(input_ready), .re_o(re), .raddr_o(raddr), .rdata_i(rdata),
    .writing_i(writing), .writes_at_i(waddr), .event_o(read), .valid_o(valid), .ready_i(ready_i)
  );

  wire takes = valid && ready_i;
  wire token = read[EventW-1];
  reg              held_q;
  reg [EventW-1:0] event_q;
  reg [1:0]        late_q;  // cycles in which an event was there and none offered
  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      written_q <= 1'b0;
      reading_q <= 1'b0;
      count_q   <= 0;
      read_q    <= 0;
      held_q    <= 1'b0;
      late_q    <= 2'd0;
    end else begin
      written_q <= write || written_q;
      reading_q <= start || (reading_q && !(takes && token));
      if (write) begin
        at_q    <= at_i;
        count_q <= 0;
      end else if (we) count_q <= count_q + 1'b1;
      if (we) list_q[count_q[ListW-1:0]*EventW +: EventW] <= wdata;
      if (start) read_q <= 0;
      else if (takes) read_q <= read_q + 1'b1;
      held_q <= valid && !ready_i;
      late_q <= (reading_q && !valid && read_q < count_q) ? late_q + 1'b1 : 2'd0;
    end
  end
  always @(posedge clk_i) event_q <= read;
  // A list has its room in the memory.
  always @* assume (!(writing && valid_i && count_q == Words - 1) || event_i[EventW-1]);

  wire [EventW-1:0] due = list_q[read_q[ListW-1:0]*EventW +: EventW];
  reg begun_q = 1'b0;
  always @(posedge clk_i) begun_q <= 1'b1;
  always @* if (!begun_q) assume (!rst_ni);
  always @* begin
    if (rst_ni && begun_q) begin
      p_held:     assert (!held_q || (valid && read == event_q));
      p_made_up:  assert (!valid || (reading_q && read_q < count_q));
      p_order:    assert (!valid || read == due);
      p_withheld: assert (late_q < 2'd2);
      p_collide:  assert (!(re && we) || raddr != waddr);
    end
  end

  // Invariants
  (* hierconn *) wire             \u_reader.input_q ;
  (* hierconn *) wire             \u_reader.nothing_q ;
  (* hierconn *) wire             \u_reader.list_q ;
  (* hierconn *) wire             \u_reader.read_q ;
  (* hierconn *) wire [ListW-1:0] \u_reader.at_q ;
  (* hierconn *) wire [ListW-1:0] \u_writer.at_q ;
  (* hierconn *) wire [EventW-1:0] \u_ram.memory[0] ;
  (* hierconn *) wire [EventW-1:0] \u_ram.memory[1] ;
  (* hierconn *) wire [EventW-1:0] \u_ram.memory[2] ;
  (* hierconn *) wire [EventW-1:0] \u_ram.memory[3] ;
  wire [4*EventW-1:0] memory = {\u_ram.memory[3] , \u_ram.memory[2] , \u_ram.memory[1] , \u_ram.memory[0] };
  reg same, ended;
  integer k;
  reg [ListW-1:0] place;
  always @* begin
    same  = 1'b1;  // memory and list
    ended = 1'b1;  // the token is the list's last, and no other's
    for (k = 0; k < Words; k = k + 1) begin
      place = at_q + k;
      if (k < count_q) begin
        if (memory[place*EventW +: EventW] != list_q[k*EventW +: EventW]) same = 1'b0;
        if (list_q[k*EventW + EventW - 1] != (!writing && k + 1 == count_q)) ended = 1'b0;
      end
    end
  end
  wire [ListW-1:0] fetched = at_q + read_q + \u_reader.read_q ;
  always @* begin
    if (rst_ni && begun_q) begin
      i_writer: assert (!writing || (written_q && \u_writer.at_q == at_q + count_q[ListW-1:0]));
      i_count:  assert (count_q <= Words && (!writing || count_q < Words));
      i_list:   assert (!written_q || (same && ended && (writing || count_q != 0)));
      i_kinds:  assert (!\u_reader.input_q && !\u_reader.nothing_q );
      i_reader: assert (\u_reader.list_q == reading_q && (reading_q || !\u_reader.read_q ));
      i_read:   assert (!reading_q || (written_q && read_q + \u_reader.read_q <= count_q &&
                                       \u_reader.at_q == fetched));
      i_more:   assert (!reading_q || writing || read_q < count_q);
      i_late:   assert (late_q == 0 || (reading_q && late_q < 2));
      c_grows:  cover (takes && token && read_q == 3 && held_q);
      c_whole:  cover (reading_q && !writing && count_q == Words && read_q == 0);
    end
  end
endmodule
