// SPDX-License-Identifier: Apache-2.0
// The verilated core behind a C interface: a whole recording in, all that it did out.
#include <cstdint>
#include <cstring>

#include "Vrv_sim.h"
#include "verilated.h"
#if VM_COVERAGE
#include "verilated_cov.h"
#endif

extern "C" {

struct rv_sim_t {
    VerilatedContext context;
    Vrv_sim top{&context};
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

#if VM_COVERAGE
void rv_sim_coverage(rv_sim_t *s, const char *path)
{
    s->context.coveragep()->write(path);
}
#endif

void rv_sim_reset(rv_sim_t *s)
{
    s->top.rst_ni = 0;
    s->top.event_valid_i = 0;
    s->top.spike_ready_i = 1;
    s->top.hold_i = 0;
    s->top.trace_i = 0;
    for (int k = 0; k < 4; ++k) {
        half(s, 0);
        half(s, 1);
    }
    s->top.rst_ni = 1;
}

// Keeps one more word if there is room, and counts it in any case.
static void keep(uint32_t *list, int64_t room, int64_t *n, uint32_t word)
{
    if (*n < room) {
        list[*n] = word;
    }
    ++*n;
}

// xorshift32: whether something happens in this cycle, three times in four.
static bool chance(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return (*seed & 3) != 0;
}

// Runs `events` and returns the cycles until `steps` steps are over and nothing comes any more, or -1
// after `limit` cycles. `counts` says what room the four outputs have, and then how much came. With a
// `seed` events come with gaps, and outputs wait now and then.
int64_t rv_sim_run(rv_sim_t *s, const uint64_t *events, int64_t n, int64_t steps, int64_t limit,
                   uint32_t seed, uint32_t *seen, uint32_t *sent, uint32_t *values, uint8_t *after,
                   int64_t after_bytes, int64_t *counts)
{
    const int64_t room[4] = {counts[0], counts[1], counts[2], counts[3]};
    int64_t next = 0;
    int64_t ended = 0;
    int64_t quiet = 0;
    int64_t cycles = 0;
    bool offered = false;

    std::memset(counts, 0, 4 * sizeof *counts);
    while (ended < steps || quiet < 256) {
        if (cycles == limit) {
            return -1;
        }
        offered = next < n && (offered || seed == 0 || chance(&seed));
        s->top.event_valid_i = offered;
        s->top.event_i = offered ? events[next] : 0;
        s->top.spike_ready_i = seed == 0 || chance(&seed);
        s->top.hold_i = seed != 0 && chance(&seed);
        half(s, 0);
        const bool taken = s->top.event_valid_i && s->top.event_ready_o;
        ++quiet;
        if (s->top.seen_valid_o) {
            keep(seen, room[0], &counts[0], s->top.seen_o);
            quiet = 0;
        }
        if (s->top.spike_valid_o && s->top.spike_ready_i) {
            keep(sent, room[1], &counts[1], s->top.spike_o);
        }
        if (s->top.value_valid_o) {
            keep(values, room[2], &counts[2], s->top.value_o);
            quiet = 0;
        }
        if (s->top.after_valid_o) {
            if (counts[3] < room[3]) {
                std::memcpy(&after[counts[3] * after_bytes], &s->top.after_o, after_bytes);
            }
            ++counts[3];
            quiet = 0;
        }
        if (s->top.step_o) {  // its last group is still on its way
            ++ended;
            quiet = 0;
        }
        half(s, 1);
        next += taken;
        offered = offered && !taken;
        ++cycles;
    }
    return cycles - quiet;
}
}
