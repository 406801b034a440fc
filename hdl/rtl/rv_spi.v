// SPDX-License-Identifier: Apache-2.0
// The SPI slave, mode 0, most significant bit first, in words of 16 bits. A frame is what passes while
// chip select is low:
//
//   write   {1, space, words - 1}  address  word ...  CRC
//   read    {0, space, words - 1}  address  CRC  a pause  then from here: word ...  CRC
//
// The CRC covers all before it, or all words of the answer; docs/spi.md has its polynomial. A frame that
// writes is kept until chip select rises behind its CRC; then all of it is carried out, a word a cycle,
// or, where anything was wrong, none. Meanwhile the status goes out, and then, a word later, what comes
// in; an answer that was refused is therefore one whose CRC is wrong.
//
// The pins are sampled by clk_i, so that a spike shorter than its period seldom counts: SCK may have a
// quarter of its frequency. What goes out changes 2 to 3 periods after the rising edge on which the host
// takes what was there before. Chip select falls 4 periods before the first edge, and is high for 8, and
// for n + 10 after n words were written; a frame that begins earlier isn't one.
`resetall
`default_nettype none

module rv_spi #(
  parameter [7:0] Readable = 8'h0f,  // spaces that answer
  parameter [7:0] Writable = 8'h73   // spaces that take words
) (
  input  wire        clk_i,
  input  wire        rst_ni,
  // Pins
  input  wire        sck_i,
  input  wire        mosi_i,
  input  wire        cs_ni,
  output wire        miso_o,
  // A frame: what it addresses, and whether that is well, which is asked when its CRC was right
  output wire [2:0]  space_o,
  output wire [15:0] address_o,    // of the word that is read or written
  output wire [5:0]  more_o,       // words, less one
  output wire        write_o,      // they are written
  input  wire        refuse_i,
  // Reading: what is at address_o, or between frames the status, some cycles later
  input  wire [15:0] data_i,
  output wire        begin_o,      // pulses before the first word of an answer is asked for,
  output wire        next_o,       //   and when one is taken
  // Writing
  output wire        valid_o,
  output wire [15:0] data_o,
  output wire        done_o,       // pulses behind the last word
  // Errors, pulses
  output wire        command_o,    // nothing can be read, or written, there
  output wire        frame_o,      // too short, too long, or too early
  output wire        crc_o,
  output wire        refused_o
);
  localparam [2:0] Head = 3'd0, Address = 3'd1, Data = 3'd2, Check = 3'd3, Pause = 3'd4,
                   Answer = 3'd5, Last = 3'd6, Over = 3'd7;
  localparam [15:0] Residue = 16'h1d0f;

  // Pins. After a reset nothing is a frame before chip select was high.
  reg [2:0] sck_q;
  reg [2:0] cs_q;
  reg [1:0] mosi_q;
  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      sck_q <= 3'b0;
      cs_q  <= 3'b0;
    end else begin
      sck_q <= {sck_q[1:0], sck_i};
      cs_q  <= {cs_q[1:0], cs_ni};
    end
  end
  always @(posedge clk_i) mosi_q <= {mosi_q[0], mosi_i};

  reg         open_q;     // a frame is under way
  reg         well_q;     // and nothing was wrong with it
  reg         commit_q;   // one is carried out
  reg  [2:0]  phase_q;
  reg  [3:0]  bit_q;
  reg         write_q;
  reg  [2:0]  space_q;
  reg  [15:0] address_q;
  reg  [5:0]  more_q;
  reg  [5:0]  at_q;       // words before this one
  reg  [15:0] shift_q;    // out at the top, in at the bottom
  reg  [15:0] crc_q;

  wire falls  = cs_q[2] && !cs_q[1];
  wire starts = falls && !commit_q;
  wire stops  = open_q && cs_q[1];
  wire shifts = open_q && !cs_q[1] && sck_q[1] && !sck_q[2];
  wire ends   = shifts && (&bit_q);  // a word

  wire        answers = (phase_q == Answer) || (phase_q == Last);
  wire        feed    = (crc_q[15] ^ (answers ? shift_q[15] : mosi_q[1])) && (phase_q != Last);
  wire [15:0] crc     = {crc_q[14:0], 1'b0} ^ (feed ? 16'h1021 : 16'h0);
  wire [15:0] word    = {shift_q[14:0], mosi_q[1]};
  wire        right   = (crc == Residue);
  wire        last    = (at_q == more_q);

  // A word and what it says
  wire known = (word[14:11] == 4'd0) && (word[7:6] == 2'd0) &&
               (word[15] ? Writable[word[10:8]] : Readable[word[10:8]]);
  wire fetch = ends && ((phase_q == Pause) || ((phase_q == Answer) && !last));
  wire fills = ends && (phase_q == Data);
  wire whole = (phase_q == Over) && (bit_q == 4'd0) && well_q;
  wire empty = (phase_q == Head) && (bit_q == 4'd0);

  assign command_o = ends && (phase_q == Head) && !known;
  assign crc_o     = ends && (phase_q == Check) && !right;
  assign refused_o = ends && (phase_q == Check) && right && refuse_i;
  assign frame_o   = (stops && well_q && !whole && !empty) || (falls && commit_q);
  assign begin_o   = ends && (phase_q == Check) && !write_q && right && !refuse_i;
  assign next_o    = fetch;
  assign done_o    = commit_q && valid_q && last_q;
  assign miso_o    = (phase_q == Last) ? !crc_q[15] : shift_q[15];
  assign space_o   = space_q;
  assign address_o = address_q;
  assign more_o    = more_q;
  assign write_o   = write_q;

  // What comes out of the buffer a cycle after at_q asks for it
  reg valid_q;
  reg last_q;
  assign valid_o = valid_q;
  rv_ram #(.Width(16), .AddressBits(6), .Words(64)) u_buffer (
    .clk_i(clk_i), .we_i(fills), .waddr_i(at_q), .wdata_i(word),
    .re_i(1'b1), .raddr_i(at_q), .rdata_o(data_o)
  );

  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      open_q   <= 1'b0;
      commit_q <= 1'b0;
      valid_q  <= 1'b0;
    end else begin
      open_q   <= starts || (open_q && !stops);
      commit_q <= (stops && whole && write_q) || (commit_q && !done_o);
      valid_q  <= commit_q && !(valid_q && last_q);
    end
  end
  always @(posedge clk_i) last_q <= last;

  always @(posedge clk_i) begin
    if (starts) begin
      phase_q <= Head;
      bit_q   <= 4'd0;
      well_q  <= 1'b1;
    end else if (shifts) begin
      bit_q <= bit_q + 1'b1;
      if (phase_q == Over) bit_q <= 4'd1;  // past the end
      if (command_o || crc_o || refused_o) begin
        well_q  <= 1'b0;
        phase_q <= Over;
      end else if (ends) begin
        case (phase_q)
          Head:    phase_q <= Address;
          Address: phase_q <= write_q ? Data : Check;
          Data:    if (last) phase_q <= Check;
          Check:   phase_q <= write_q ? Over : Pause;
          Pause:   phase_q <= Answer;
          Answer:  if (last) phase_q <= Last;
          default: phase_q <= Over;
        endcase
      end
    end
  end

  always @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      write_q   <= 1'b0;
      space_q   <= 3'd0;
      address_q <= 16'd0;
      more_q    <= 6'd0;
      at_q      <= 6'd0;
    end else begin
      if (ends && (phase_q == Head)) begin
        write_q <= word[15];
        space_q <= word[10:8];
        more_q  <= word[5:0];
      end
      if ((stops && !(whole && write_q)) || done_o) begin
        space_q   <= 3'd0;
        address_q <= 16'd0;
      end else if (ends && (phase_q == Address)) begin
        address_q <= word;
      end else if (fetch || valid_q) begin
        address_q <= address_q + 1'b1;
      end
      if (ends && (phase_q == Pause)) at_q <= 6'd0;
      else if (stops || starts) at_q <= 6'd0;
      else if (fills || commit_q || (ends && (phase_q == Answer))) at_q <= at_q + 1'b1;
    end
  end

  always @(posedge clk_i) begin
    if (starts || fetch) shift_q <= data_i;
    else if (shifts) shift_q <= word;
    if (starts || (ends && (phase_q == Pause))) crc_q <= 16'hffff;
    else if (shifts) crc_q <= crc;
  end
endmodule

`resetall
