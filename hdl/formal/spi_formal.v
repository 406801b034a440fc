// SPDX-License-Identifier: Apache-2.0
// rv_spi carries a frame that writes out as a whole, or not at all: words come only of a frame whose bits
// were as many as its head says, whose CRC was right, and that nobody refused, and then all of them, each
// to its place. What the frame is is found out here once more, from the sampled pins alone. Resets come at any
// time; what words hold is not looked at.
module spi_formal (
  input wire        clk_i,
  input wire        rst_ni,
  input wire        sck_i,
  input wire        mosi_i,
  input wire        cs_ni,
  input wire        refuse_i,
  input wire [15:0] data_i
);
  localparam [7:0] Readable = 8'h0f, Writable = 8'h73;
  wire [2:0]  space;
  wire [15:0] address;
  wire [5:0]  more;
  wire        valid, done;
  rv_spi #(.Readable(Readable), .Writable(Writable)) u_spi (
    .clk_i(clk_i), .rst_ni(rst_ni), .sck_i(sck_i), .mosi_i(mosi_i), .cs_ni(cs_ni), .miso_o(),
    .space_o(space), .address_o(address), .more_o(more), .write_o(), .refuse_i(refuse_i),
    .data_i(data_i), .begin_o(), .next_o(), .valid_o(valid), .data_o(), .done_o(done),
    .command_o(), .frame_o(), .crc_o(), .refused_o()
  );

  // The pins as rv_spi samples them
  (* hierconn *) wire [2:0] \u_spi.sck_q ;
  (* hierconn *) wire [2:0] \u_spi.cs_q ;
  (* hierconn *) wire [1:0] \u_spi.mosi_q ;
  wire [2:0] sck_q  = \u_spi.sck_q ;
  wire [2:0] cs_q   = \u_spi.cs_q ;
  wire [1:0] mosi_q = \u_spi.mosi_q ;

  // The frame
  reg         open_q, granted_q, write_q, known_q, good_q;
  reg  [2:0]  space_q;
  reg  [5:0]  more_q;
  reg  [15:0] address_q, word_q, crc_q;
  reg  [10:0] count_q;  // its bits
  reg  [6:0]  words_q;  // that were carried out
  wire [15:0] word  = {word_q[14:0], mosi_q[1]};
  wire [15:0] crc   = {crc_q[14:0], 1'b0} ^ (crc_q[15] != mosi_q[1] ? 16'h1021 : 16'h0);
  wire [10:0] due   = {{1'b0, more_q} + 7'd4, 4'd0};  // bits of a whole one
  wire        comes = open_q && !cs_q[1] && sck_q[1] && !sck_q[2];
  wire        whole = write_q && known_q && good_q && count_q == due;
  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      open_q    <= 1'b0;
      granted_q <= 1'b0;
      words_q   <= 0;
    end else begin
      if (cs_q[2] && !cs_q[1] && !granted_q) open_q <= 1'b1;
      else if (cs_q[1]) open_q <= 1'b0;
      if (open_q && cs_q[1]) begin
        granted_q <= whole;
        words_q   <= 0;
      end else if (done) granted_q <= 1'b0;
      if (valid) words_q <= words_q + 1'b1;
    end
  end
  always @(posedge clk_i) begin
    if (cs_q[2] && !cs_q[1] && !granted_q) begin
      count_q <= 0;
      crc_q   <= 16'hffff;
      write_q <= 1'b0;
      good_q  <= 1'b0;
    end else if (comes) begin
      if (!(&count_q)) count_q <= count_q + 1'b1;
      crc_q  <= crc;
      word_q <= word;
      if (count_q == 15) begin
        write_q <= word[15];
        space_q <= word[10:8];
        more_q  <= word[5:0];
        known_q <= word[14:11] == 0 && word[7:6] == 0 &&
                   (word[15] ? Writable[word[10:8]] : Readable[word[10:8]]);
      end
      if (count_q == 31) address_q <= word;
      if (count_q > 15 && count_q + 1 == due) good_q <= (crc == 16'h1d0f) && !refuse_i;
    end
  end

  reg begun_q = 1'b0;
  always @(posedge clk_i) begun_q <= 1'b1;
  always @* if (!begun_q) assume (!rst_ni);
  (* hierconn *) wire        \u_spi.open_q ;
  (* hierconn *) wire        \u_spi.well_q ;
  (* hierconn *) wire        \u_spi.commit_q ;
  (* hierconn *) wire        \u_spi.valid_q ;
  (* hierconn *) wire        \u_spi.last_q ;
  (* hierconn *) wire        \u_spi.write_q ;
  (* hierconn *) wire [2:0]  \u_spi.phase_q ;
  (* hierconn *) wire [3:0]  \u_spi.bit_q ;
  (* hierconn *) wire [5:0]  \u_spi.at_q ;
  (* hierconn *) wire [15:0] \u_spi.crc_q ;
  (* hierconn *) wire [15:0] \u_spi.shift_q ;
  wire [2:0] phase  = \u_spi.phase_q ;
  wire       fine   = open_q && \u_spi.well_q ;
  wire       writes = \u_spi.write_q ;
  wire       headed = (phase != 3'd0);
  wire [10:0] bits  = {7'd0, \u_spi.bit_q };
  wire       same   = write_q == writes && known_q && more_q == more && space_q == space;
  always @* begin
    if (rst_ni && begun_q) begin
      p_none:  assert (!valid || granted_q);
      p_place: assert (!valid || (space == space_q && address == address_q + words_q));
      // Invariants; a bug of the first would take a whole frame to show
      i_all:     assert (!done || words_q == more_q);
      i_open:    assert (\u_spi.open_q == open_q && \u_spi.commit_q == granted_q);
      i_apart:   assert (!(open_q && granted_q));
      i_well:    assert (!(open_q && !\u_spi.well_q ) || phase == 3'd7);
      i_head:    assert (!(fine && !headed) || count_q == bits);
      i_same:    assert (!((fine && headed) || granted_q) || same);
      i_address: assert (!(fine && phase == 3'd1) || count_q == 16 + bits);
      i_data:    assert (!(fine && phase == 3'd2) || (writes && \u_spi.at_q <= more &&
                         count_q == {\u_spi.at_q , 4'd0} + 32 + bits));
      i_check:   assert (!(fine && phase == 3'd3) ||
                         count_q == (writes ? due - 16 : 32) + bits);
      i_answer:  assert (!(fine && phase >= 3'd4 && phase <= 3'd6) || !writes);
      i_first:   assert (!(fine && phase <= 3'd1) || \u_spi.at_q == 0);
      i_long:    assert (!(fine && phase >= 3'd4) || count_q >= 48);
      i_bad:     assert (!(open_q && !\u_spi.well_q ) || (count_q >= 16 &&
                         (!known_q || !write_q || (!good_q && count_q >= due))));
      i_over:    assert (!(fine && phase == 3'd7 && writes) || (good_q &&
                         (bits == 0 ? count_q == due : (bits == 1 && count_q > due))));
      i_crc:     assert (!(fine && phase <= 3'd3) || \u_spi.crc_q == crc_q);
      i_word:    assert (!(fine && phase <= 3'd3 && bits != 0) ||
                         ((\u_spi.shift_q ^ word_q) & ((16'd1 << bits) - 16'd1)) == 0);
      i_place:   assert (!(fine && writes && phase >= 3'd2 && headed) || address == address_q);
      i_grant:   assert (!granted_q || (write_q && address == address_q + words_q &&
                         words_q <= more_q && \u_spi.at_q == (words_q + \u_spi.valid_q ) % 64 &&
                         (\u_spi.valid_q ? \u_spi.last_q == (words_q == more_q) : words_q == 0)));
      i_valid:   assert (!\u_spi.valid_q || granted_q);
    end
  end
endmodule
