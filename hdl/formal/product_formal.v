// SPDX-License-Identifier: Apache-2.0
// A product of 16 bits from four of 8, as an SB_MAC16 makes it, for all factors. No solver finds that at
// once. In steps it is easy: products of 8 bits fit 16 (p_high to p_low); the four add up to the product
// for any four numbers, modulo 2**32 (p_sum); so, both assumed for these halves, the whole is (p_whole).
module product_formal (
  input wire signed [15:0] a_i,
  input wire signed [15:0] b_i,
  input wire [31:0]        m_i,  // four numbers
  input wire [31:0]        n_i,
  input wire [31:0]        o_i,
  input wire [31:0]        p_i
);
  wire signed [15:0] a_high = a_i >>> 8;
  wire signed [15:0] b_high = b_i >>> 8;
  wire [15:0]        a_low  = {8'b0, a_i[7:0]};
  wire [15:0]        b_low  = {8'b0, b_i[7:0]};
  wire [15:0]        f = a_high * b_high;
  wire [15:0]        j = a_low * b_high;
  wire [15:0]        k = a_high * b_low;
  wire [15:0]        g = a_low * b_low;

  // The halves as numbers of 32 bits
  wire [31:0] ah = {{16{a_high[15]}}, a_high};
  wire [31:0] bh = {{16{b_high[15]}}, b_high};
  wire [31:0] al = {16'b0, a_low};
  wire [31:0] bl = {16'b0, b_low};
  wire high   = ({{16{f[15]}}, f} == ah * bh);
  wire middle = ({{16{j[15]}}, j} == al * bh) && ({{16{k[15]}}, k} == ah * bl);
  wire low    = ({16'b0, g} == al * bl);

  wire sum  = ((m_i * 256 + n_i) * (o_i * 256 + p_i) ==
               m_i * o_i * 65536 + m_i * p_i * 256 + n_i * o_i * 256 + n_i * p_i);
  wire used = ((ah * 256 + al) * (bh * 256 + bl) ==
               ah * bh * 65536 + ah * bl * 256 + al * bh * 256 + al * bl);

  wire [31:0] whole = a_i * b_i;
  wire [31:0] parts = {16'b0, g} + {{8{k[15]}}, k, 8'b0} + {{8{j[15]}}, j, 8'b0} + {f, 16'b0};
  always @* begin
    p_high:   assert (high);
    p_middle: assert (middle);
    p_low:    assert (low);
    p_sum:    assert (sum);
    p_whole:  assert (!(high && middle && low && used) || whole == parts);
  end
endmodule
