// SPDX-License-Identifier: Apache-2.0
// rv_fifo as a queue: any word may be marked as it enters, and is followed until it leaves. Resets come at
// any time. The invariants make it an induction: what holds of any state holds of the next.
module fifo_formal #(
  parameter integer Width = 3,
  parameter integer DepthBits = 2
) (
  input wire             clk_i,
  input wire             rst_ni,
  input wire [Width-1:0] data_i,
  input wire             valid_i,
  input wire             ready_i,
  input wire             mark_i
);
  localparam integer Words = 1 << DepthBits;
  wire             ready, valid, empty;
  wire [DepthBits:0] waiting;
  wire [Width-1:0] data;
  rv_fifo #(.Width(Width), .DepthBits(DepthBits)) u_fifo (
    .clk_i(clk_i), .rst_ni(rst_ni), .data_i(data_i), .valid_i(valid_i), .ready_o(ready),
    .data_o(data), .valid_o(valid), .ready_i(ready_i), .empty_o(empty), .level_o(waiting)
  );
  wire enters = valid_i && ready;
  wire leaves = valid && ready_i;

  // What a queue is: words inside, and how many leave before the marked one
  reg [DepthBits+1:0] count_q;
  reg [DepthBits+1:0] ahead_q;
  reg                 marked_q;
  reg [Width-1:0]     word_q;
  reg                 held_q;  // a word was offered and not taken
  reg                 late_q;  // a word was inside and none offered
  reg [Width-1:0]     data_q;
  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      count_q  <= 0;
      marked_q <= 1'b0;
      held_q   <= 1'b0;
      late_q   <= 1'b0;
    end else begin
      count_q <= count_q + enters - leaves;
      held_q  <= valid && !ready_i;
      late_q  <= (count_q != 0) && !valid;
      if (!marked_q && mark_i && enters) begin
        marked_q <= 1'b1;
        ahead_q  <= count_q - leaves;
        word_q   <= data_i;
      end else if (marked_q && leaves) begin
        marked_q <= (ahead_q != 0);
        ahead_q  <= ahead_q - 1'b1;
      end
    end
  end
  always @(posedge clk_i) data_q <= data;

  reg begun_q = 1'b0;
  always @(posedge clk_i) begun_q <= 1'b1;
  always @* if (!begun_q) assume (!rst_ni);

  always @* begin
    if (rst_ni) begin
      p_held:     assert (!held_q || (valid && data == data_q));
      p_order:    assert (!(marked_q && leaves && ahead_q == 0) || data == word_q);
      p_made_up:  assert (!valid || count_q != 0);
      p_withheld: assert (!late_q || valid);
      p_room:     assert (ready == (count_q - valid < Words));
      p_level:    assert (waiting == count_q - valid);
      p_empty:    assert (empty == (count_q == valid));
    end
  end

  // Invariants, of the queue's own registers
  (* hierconn *) wire [DepthBits:0] \u_fifo.wr_q ;
  (* hierconn *) wire [DepthBits:0] \u_fifo.rd_q ;
  (* hierconn *) wire [Width-1:0] \u_fifo.u_ram.memory[0] ;
  (* hierconn *) wire [Width-1:0] \u_fifo.u_ram.memory[1] ;
  (* hierconn *) wire [Width-1:0] \u_fifo.u_ram.memory[2] ;
  (* hierconn *) wire [Width-1:0] \u_fifo.u_ram.memory[3] ;
  wire [DepthBits:0]   level = \u_fifo.wr_q - \u_fifo.rd_q ;
  wire [DepthBits-1:0] slot  = \u_fifo.rd_q + ahead_q - valid;
  wire [4*Width-1:0]   slots = {\u_fifo.u_ram.memory[3] , \u_fifo.u_ram.memory[2] , \u_fifo.u_ram.memory[1] , \u_fifo.u_ram.memory[0] };
  always @* begin
    if (rst_ni && begun_q) begin
      i_level: assert (level <= Words && count_q == level + valid);
      i_ahead: assert (!marked_q || ahead_q < count_q);
      i_word:  assert (!marked_q || ((valid && ahead_q == 0) ? data == word_q
                                                              : slots[slot*Width +: Width] == word_q));
    end
  end

  always @* begin
    if (begun_q && rst_ni) begin
      c_full: cover (marked_q && leaves && ahead_q == 0 && !ready);
    end
  end
endmodule
