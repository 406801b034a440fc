/* SPDX-License-Identifier: Apache-2.0 */
/* The program of every board: answer the host's frames for ever, and run free between. */
#include "ranvier/board.h"
#include "ranvier/image.h"
#include "ranvier/link.h"

#include <stddef.h>

static rv_link_t rv_main_link;
static rv_link_port_t rv_main_port;

static void rv_main_put(void *context, uint8_t byte)
{
    (void)context;
    rv_board_putc(byte);
}

static uint32_t rv_main_ticks(void *context)
{
    (void)context;
    return rv_board_ticks();
}

/* Bytes of the stack that were ever used: all above the lowest word that lost its paint. */
static uint32_t rv_main_stack_used(void *context)
{
    const volatile uint32_t *word = rv_stack_bottom;

    (void)context;
    while ((word != rv_stack_top) && (*word == RV_STACK_PAINT)) {
        ++word;
    }
    return (uint32_t)((uintptr_t)rv_stack_top - (uintptr_t)word);
}

/* A run that ends between the two is told by the next one. */
static void rv_main_guard(void *context, bool is_stepping)
{
    (void)context;
    if (is_stepping) {
        rv_board_note(RV_NOTE_STEP);
        rv_board_deadline_start();
    } else {
        rv_board_deadline_stop();
        rv_board_note(0U);
    }
}

/* Why this run is to give no answers. */
static rv_cause_t rv_main_cause(void)
{
    rv_cause_t cause = RV_CAUSE_NONE;

    if (!rv_board_image_is_whole()) {
        cause = RV_CAUSE_IMAGE;
    } else if (rv_board_noted() == RV_NOTE_STEP) {
        cause = RV_CAUSE_STEP;
    } else {
        /* all is well */
    }
    rv_board_note(0U);
    return cause;
}

static bool rv_main_sample(void *context, void *raw, uint32_t bytes)
{
    (void)context;
    return rv_board_sample(raw, bytes);
}

static void rv_main_answer(void *context, uint16_t decoded)
{
    (void)context;
    rv_board_answer(decoded);
}

static void rv_main_watchdog(void *context, uint32_t ticks)
{
    (void)context;
    if (ticks != 0U) {
        rv_board_watchdog_start(ticks);
    } else {
        rv_board_watchdog_kick();
    }
}

static void rv_main_exit(void *context, uint8_t code)
{
    (void)context;
    rv_board_exit(code);
}

int main(void)
{
    rv_cause_t cause;

    rv_board_init();
    cause = rv_main_cause();
    if (cause != RV_CAUSE_NONE) {
        rv_board_safe_output(cause);
    }
    rv_main_port = (rv_link_port_t){
        .put = rv_main_put,
        .ticks = rv_main_ticks,
        .stack_used = rv_main_stack_used,
        .exit = rv_board_has_exit() ? rv_main_exit : NULL,
        .guard = rv_main_guard,
        .sample = rv_board_has_source() ? rv_main_sample : NULL,
        .answer = rv_main_answer,
        .watchdog = rv_board_has_watchdog() ? rv_main_watchdog : NULL,
        .can_wait = rv_board_can_wait(),
        .cause = (uint8_t)cause,
        .tick_hz = rv_board_tick_hz(),
        .stack_size = (uint32_t)((uintptr_t)rv_stack_top - (uintptr_t)rv_stack_bottom),
    };
    if (rv_link_init(&rv_main_link, &rv_net, rv_net_state, rv_build_hash, &rv_main_port) != RV_OK) {
        rv_board_exit(RV_EXIT_NO_LINK);
    }
    if (rv_board_has_source()) {
        (void)rv_link_run_free(&rv_main_link);
    }
    for (;;) {
        rv_live_t *live = &rv_main_link.live;
        uint32_t sleeps = 0U;
        const bool is_byte = !live->is_paced || rv_board_wait(live->due, &sleeps);

        live->n_sleeps += live->is_running ? sleeps : 0U;
        if (is_byte) {
            rv_link_feed(&rv_main_link, rv_board_getc());
        }
        rv_link_tick(&rv_main_link);
    }
}
