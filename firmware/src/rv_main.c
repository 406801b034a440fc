/* SPDX-License-Identifier: Apache-2.0 */
/* The program of every board: answer the host's frames for ever, and run free between. */
#include "ranvier/board.h"
#include "ranvier/image.h"
#include "ranvier/link.h"

#include <stddef.h>

static rv_link_t rv_main_link;

static void rv_main_put(void *context, uint8_t byte)
{
    (void)context;
    rv_board_putc(byte);
}

uint32_t rv_board_stack_size(void)
{
    return (uint32_t)((uintptr_t)rv_stack_top - (uintptr_t)rv_stack_bottom);
}

/* All above the lowest word that lost its paint. */
uint32_t rv_board_stack_used(void)
{
    const volatile uint32_t *word = rv_stack_bottom;

    while ((word != rv_stack_top) && (*word == RV_STACK_PAINT)) {
        ++word;
    }
    return (uint32_t)((uintptr_t)rv_stack_top - (uintptr_t)word);
}

/* Why this run is to give no answers. */
static rv_cause_t rv_main_cause(void)
{
    const rv_cause_t cause = (rv_board_noted() == RV_NOTE_STEP) ? RV_CAUSE_STEP : RV_CAUSE_NONE;

    rv_board_note(0U);
    return rv_board_image_is_whole() ? cause : RV_CAUSE_IMAGE;
}

int main(void)
{
    rv_cause_t cause;

    rv_board_init();
    cause = rv_main_cause();
    if (cause != RV_CAUSE_NONE) {
        rv_board_safe_output(cause);
    }
    if (rv_link_init(&rv_main_link, &rv_net, rv_net_state, cause, rv_main_put, NULL) != RV_OK) {
        rv_board_exit(RV_EXIT_NO_LINK);
    }
    rv_link_run_free(&rv_main_link); /* where the board has samples of its own */
    for (;;) {
        rv_live_t *live = &rv_main_link.live;
        uint32_t sleeps = 0U;

        if (!live->is_paced || rv_board_wait(live->due, &sleeps)) {
            rv_link_feed(&rv_main_link, rv_board_getc());
        }
        if (live->is_running) {
            live->counts.n_sleeps += sleeps;
        }
        rv_link_tick(&rv_main_link);
    }
}
