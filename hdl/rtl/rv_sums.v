// SPDX-License-Identifier: Apache-2.0
// The memory of sums with an adder a lane, for lanes that don't see events: an event adds its weight,
// shifted left, to all sums of a row at once. A sweep reads and writes a row in Fold parts, one after the
// other; a group's number then has the part lowest, and an event's is that of a row.
`resetall
`default_nettype none

module rv_sums #(
  parameter integer Lanes = 16,
  parameter integer Fold = 4,       // a power of two
  parameter integer WeightW = 4,
  parameter integer StateW = 16,
  parameter integer SumW = 20,
  parameter integer GroupW = 8,     // more than a part's number has
  parameter integer Groups = 256,   // of Lanes / Fold sums
  parameter integer Lefts = 1,      // bit k: some event is worth 2**k
  parameter integer PartW = Lanes / Fold * SumW
) (
  input  wire                     clk_i,
  input  wire                     rst_ni,
  // An event, stages 0 to 4
  input  wire                     event_i,    // stage 0
  input  wire [StateW-1:0]        x_i,        // stage 0: what it is worth, a power of two
  input  wire [Lanes*WeightW-1:0] weights_i,  // stage 1
  input  wire [GroupW-1:0]        row_i,      // stage 2
  input  wire [GroupW-1:0]        into_i,     // stage 4: the same. No sweep writes in this cycle.
  // A sweep
  input  wire                     we_i,
  input  wire [GroupW-1:0]        waddr_i,
  input  wire [PartW-1:0]         wdata_i,
  input  wire [GroupW-1:0]        raddr_i,    // unless an event is in stage 2
  output wire [PartW-1:0]         rdata_o     // one cycle later
);
  localparam integer FoldW = $clog2(Fold);
  localparam [31:0]  Used = Lefts;

  reg [4:1]                event_q;
  reg [StateW-1:0]         x1_q;
  reg [StateW-1:0]         x2_q;
  reg [Lanes*WeightW-1:0]  weights_q;
  wire [Lanes*SumW-1:0]    rdata;
  reg [Lanes*SumW-1:0]     added_q;  // stage 4
  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) event_q <= 4'b0;
    else event_q <= {event_q[3:1], event_i};
  end
  always @(posedge clk_i) begin
    x1_q      <= x_i;
    x2_q      <= x1_q;
    weights_q <= weights_i;
  end

  genvar i;
  generate
    for (i = 0; i < Lanes; i = i + 1) begin : g_lane
      wire [WeightW-1:0] weight = weights_q[i*WeightW +: WeightW];
      wire [SumW-1:0]    wide = {{(SumW - WeightW) {weight[WeightW-1]}}, weight};
      reg [SumW-1:0]     shifted;
      reg [SumW-1:0]     product_q;
      integer k;
      always @* begin
        shifted = {SumW{1'b0}};
        for (k = 0; k < StateW; k = k + 1) begin
          if (Used[k] && x2_q[k]) shifted = shifted | (wide << k);
        end
      end
      always @(posedge clk_i) begin
        product_q <= shifted;
        added_q[i*SumW +: SumW] <= rdata[i*SumW +: SumW] + product_q;
      end
    end
  endgenerate

  // A part of a row may be read as another is written. A block RAM may hold bits of both in one word; that
  // of an iCE40 then gives the whole word as it was.
  wire [GroupW-1:0] read  = event_q[2] ? row_i : (raddr_i >> FoldW);
  wire [GroupW-1:0] write = event_q[4] ? into_i : (waddr_i >> FoldW);
  wire [Fold-1:0]   part_we;
  rv_ram #(
    .Width(Lanes * SumW), .AddressBits(GroupW - FoldW), .Words(Groups / Fold), .Part(PartW)
  ) u_ram (
    .clk_i(clk_i), .we_i(part_we), .waddr_i(write[GroupW-FoldW-1:0]),
    .wdata_i(event_q[4] ? added_q : {Fold{wdata_i}}),
    .re_i(1'b1), .raddr_i(read[GroupW-FoldW-1:0]), .rdata_o(rdata)
  );
  generate
    if (Fold > 1) begin : g_parts
      reg [FoldW-1:0] part_q;
      always @(posedge clk_i) part_q <= raddr_i[FoldW-1:0];
      assign rdata_o = rdata[part_q*PartW +: PartW];
      for (i = 0; i < Fold; i = i + 1) begin : g_part
        localparam [31:0] Number = i;
        assign part_we[i] = event_q[4] || (we_i && (waddr_i[FoldW-1:0] == Number[FoldW-1:0]));
      end
    end else begin : g_part
      assign rdata_o = rdata;
      assign part_we = event_q[4] || we_i;
    end
  endgenerate
endmodule

`resetall
