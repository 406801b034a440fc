// SPDX-License-Identifier: Apache-2.0
// The verilated core behind a C interface: a whole recording in, all that it did out.
#include <cstdint>
#include <cstring>

#include "Vrv_sim.h"
#include "verilated.h"

extern "C" {

struct rv_sim_t {
    VerilatedContext context;
    Vrv_sim top{&context};
    uint64_t cycles = 0;
};

static void half(rv_sim_t *s, int clock)
{
    s->top.clk_i = clock;
    s->top.eval();
}

rv_sim_t *rv_sim_new(void)
{
    return new rv_sim_t;
}

void rv_sim_delete(rv_sim_t *s)
{
    delete s;
}

void rv_sim_reset(rv_sim_t *s)
{
    s->top.rst_ni = 0;
    s->top.event_valid_i = 0;
    s->top.spike_ready_i = 1;
    s->top.value_ready_i = 1;
    for (int k = 0; k < 4; ++k) {
        half(s, 0);
        half(s, 1);
    }
    s->top.rst_ni = 1;
}

// Runs `events` and returns the cycles until `steps` steps are over and nothing comes any more, or -1
// after `limit` cycles. The three outputs are filled up to their room and counted in full.
int64_t rv_sim_run(rv_sim_t *s, const uint64_t *events, int64_t n, int64_t steps, int64_t limit,
                   uint32_t *seen, int64_t *n_seen, uint32_t *values, int64_t *n_values,
                   uint8_t *after, int64_t after_bytes, int64_t *n_after)
{
    int64_t next = 0;
    int64_t ended = 0;
    int64_t quiet = 0;
    int64_t cycles = 0;
    const int64_t room[3] = {*n_seen, *n_values, *n_after};

    *n_seen = *n_values = *n_after = 0;
    while (ended < steps || quiet < 64) {
        if (cycles == limit) {
            return -1;
        }
        s->top.event_valid_i = next < n;
        s->top.event_i = next < n ? events[next] : 0;
        half(s, 0);
        const bool taken = s->top.event_valid_i && s->top.event_ready_o;
        ++quiet;
        if (s->top.seen_valid_o) {
            if (*n_seen < room[0]) {
                seen[*n_seen] = s->top.seen_o;
            }
            ++*n_seen;
            quiet = 0;
        }
        if (s->top.value_valid_o) {
            if (*n_values < room[1]) {
                values[*n_values] = s->top.value_o;
            }
            ++*n_values;
            quiet = 0;
        }
        if (s->top.after_valid_o) {
            if (*n_after < room[2]) {
                std::memcpy(&after[*n_after * after_bytes], &s->top.after_o, after_bytes);
            }
            ++*n_after;
            quiet = 0;
        }
        ended += s->top.step_o;
        half(s, 1);
        next += taken;
        ++cycles;
    }
    s->cycles += cycles;
    return cycles - quiet;
}
}
