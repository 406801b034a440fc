// SPDX-License-Identifier: Apache-2.0
// Puts the events of a step into the event memory, one after the other, the token that ends them last.
`resetall
`default_nettype none

module rv_writer #(
  parameter integer EventW = 12,  // {step, value, address}
  parameter integer ListW = 10    // bits of an address in the event memory
) (
  input  wire              clk_i,
  input  wire              rst_ni,
  input  wire              start_i,  // a list begins at at_i; not while writing_o
  input  wire [ListW-1:0]  at_i,
  input  wire [EventW-1:0] event_i,
  input  wire              valid_i,  // taken always, and ignored unless writing_o
  output wire              writing_o,
  output wire              we_o,
  output wire [ListW-1:0]  waddr_o,
  output wire [EventW-1:0] wdata_o
);
  reg             writing_q;
  reg [ListW-1:0] at_q;

  assign writing_o = writing_q;
  assign we_o      = writing_q && valid_i;
  assign waddr_o   = at_q;
  assign wdata_o   = event_i;

  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) writing_q <= 1'b0;
    else if (start_i) writing_q <= 1'b1;
    else if (we_o && event_i[EventW-1]) writing_q <= 1'b0;
  end

  always @(posedge clk_i) begin
    if (start_i) at_q <= at_i;
    else if (we_o) at_q <= at_q + 1'b1;
  end
endmodule

`resetall
