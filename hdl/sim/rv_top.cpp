// SPDX-License-Identifier: Apache-2.0
// The verilated top behind a C interface: what a host does at its pins, SPI in mode 0 at a quarter of
// the clock's frequency.
#include <cstdint>

#include "Vrv_top.h"
#include "verilated.h"
#if VM_COVERAGE
#include "verilated_cov.h"
#endif

extern "C" {

struct rv_pins_t {
    VerilatedContext context;
    Vrv_top top{&context};
};

// Lets `cycles` of the core's clock pass.
void rv_pins_wait(rv_pins_t *s, int64_t cycles)
{
    for (; cycles > 0; --cycles) {
        s->top.clk_i = 0;
        s->top.eval();
        s->top.clk_i = 1;
        s->top.eval();
    }
}

rv_pins_t *rv_pins_new(void)
{
    return new rv_pins_t;
}

void rv_pins_delete(rv_pins_t *s)
{
    delete s;
}

#if VM_COVERAGE
void rv_pins_coverage(rv_pins_t *s, const char *path)
{
    s->context.coveragep()->write(path);
}
#endif

void rv_pins_reset(rv_pins_t *s)
{
    s->top.cs_ni = 1;
    s->top.sck_i = 0;
    s->top.mosi_i = 0;
    s->top.rst_ni = 0;
    rv_pins_wait(s, 4);
    s->top.rst_ni = 1;
    rv_pins_wait(s, 8);
}

int rv_pins_irq(const rv_pins_t *s)
{
    return s->top.irq_o;
}

// Passes `bits` bits of a frame, most significant first, while chip select is low, and the pause that
// the longest frame asks for.
void rv_pins_transfer(rv_pins_t *s, const uint8_t *sent, uint8_t *got, int64_t bits)
{
    s->top.cs_ni = 0;
    rv_pins_wait(s, 4);
    for (int64_t k = 0; k < bits; ++k) {
        const int shift = 7 - (int)(k % 8);

        s->top.mosi_i = (sent[k / 8] >> shift) & 1;
        rv_pins_wait(s, 2);
        got[k / 8] = (uint8_t)((got[k / 8] & ~(1 << shift)) | (s->top.miso_o << shift));
        s->top.sck_i = 1;
        rv_pins_wait(s, 2);
        s->top.sck_i = 0;
    }
    rv_pins_wait(s, 4);
    s->top.cs_ni = 1;
    rv_pins_wait(s, 76);
}
}
