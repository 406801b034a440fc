// SPDX-License-Identifier: Apache-2.0
// Hands on the events of one list, or of the input, up to and with the token that ends the step. A
// list that is still being written is read as it grows.
`resetall
`default_nettype none

module rv_reader #(
  parameter integer EventW = 12,  // {step, value, address}
  parameter integer AddressW = 11,
  parameter integer ListW = 10    // bits of an address in the event memory
) (
  input  wire              clk_i,
  input  wire              rst_ni,
  // What to read, while start_i is high; not before the last one's token was taken
  input  wire              start_i,
  input  wire              input_i,    // the input, else the list at at_i
  input  wire              nothing_i,  // a list of before the first step: the token alone
  input  wire              one_i,      // the constant one: an event of address 0
  input  wire [ListW-1:0]  at_i,
  // Input
  input  wire [EventW-1:0] input_event_i,
  input  wire              input_valid_i,
  output wire              input_ready_o,
  // Event memory, and who writes it
  output wire              re_o,
  output wire [ListW-1:0]  raddr_o,
  input  wire [EventW-1:0] rdata_i,
  input  wire              writing_i,
  input  wire [ListW-1:0]  writes_at_i,
  // Events
  output wire [EventW-1:0] event_o,
  output wire              valid_o,
  input  wire              ready_i
);
  reg             input_q;    // the input is read
  reg             list_q;     // a list is read
  reg             nothing_q;  // a token is to be made up,
  reg             one_q;      //   and before it an event
  reg             read_q;     // rdata_i is the next event
  reg [ListW-1:0] at_q;

  wire token = event_o[EventW-1];
  wire taken = valid_o && ready_i;
  wire ends  = taken && token;

  wire [EventW-1:0] one;  // an event of value 1, or the token
  generate
    if (EventW - 1 > AddressW) begin : g_value
      assign one = {!one_q, {(EventW - 2 - AddressW) {1'b0}}, 1'b1, {AddressW{1'b0}}};
    end else begin : g_plain
      assign one = {!one_q, {(EventW - 1) {1'b0}}};
    end
  endgenerate
  assign event_o = nothing_q ? one : input_q ? input_event_i : rdata_i;
  assign valid_o = nothing_q || (input_q && input_valid_i) || read_q;
  assign input_ready_o = input_q && ready_i;

  assign re_o = list_q && (!read_q || ready_i) && !(read_q && token) &&
                !(writing_i && (at_q == writes_at_i));
  assign raddr_o = at_q;

  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      input_q   <= 1'b0;
      list_q    <= 1'b0;
      nothing_q <= 1'b0;
      one_q     <= 1'b0;
      read_q    <= 1'b0;
    end else if (start_i) begin
      input_q   <= input_i;
      list_q    <= !input_i && !one_i && !nothing_i;
      nothing_q <= !input_i && (one_i || nothing_i);
      one_q     <= one_i;
      read_q    <= 1'b0;
    end else begin
      if (taken) one_q <= 1'b0;
      if (ends) begin
        input_q   <= 1'b0;
        list_q    <= 1'b0;
        nothing_q <= 1'b0;
      end
      read_q <= re_o || (read_q && !ready_i);
    end
  end

  always @(posedge clk_i) begin
    if (start_i) at_q <= at_i;
    else if (re_o) at_q <= at_q + 1'b1;
  end
endmodule

`resetall
