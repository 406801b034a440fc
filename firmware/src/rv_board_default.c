/* SPDX-License-Identifier: Apache-2.0 */
/* What a board need not implement: see ranvier/board.h. */
#include "ranvier/board.h"

#define RV_DEFAULT __attribute__((weak))

RV_DEFAULT bool rv_board_has_exit(void)
{
    return false;
}

RV_DEFAULT _Noreturn void rv_board_exit(uint8_t code)
{
    (void)code;
    for (;;) {
    }
}

RV_DEFAULT uint32_t rv_board_stack_size(void)
{
    return 0U;
}

RV_DEFAULT uint32_t rv_board_stack_used(void)
{
    return 0U;
}

RV_DEFAULT bool rv_board_image_is_whole(void)
{
    return true;
}

RV_DEFAULT void rv_board_deadline_start(void)
{
}

RV_DEFAULT void rv_board_deadline_stop(void)
{
}

RV_DEFAULT void rv_board_note(uint32_t word)
{
    (void)word;
}

RV_DEFAULT uint32_t rv_board_noted(void)
{
    return 0U;
}

RV_DEFAULT void rv_board_safe_output(rv_cause_t cause)
{
    (void)cause;
}

RV_DEFAULT bool rv_board_can_wait(void)
{
    return false;
}

RV_DEFAULT bool rv_board_wait(uint32_t until, uint32_t *sleeps)
{
    (void)until;
    (void)sleeps;
    return true;
}

RV_DEFAULT bool rv_board_has_watchdog(void)
{
    return false;
}

RV_DEFAULT void rv_board_watchdog_start(uint32_t ticks)
{
    (void)ticks;
}

RV_DEFAULT void rv_board_watchdog_kick(void)
{
}

RV_DEFAULT bool rv_board_has_source(void)
{
    return false;
}

RV_DEFAULT bool rv_board_sample(void *raw, uint32_t bytes)
{
    (void)raw;
    (void)bytes;
    return false;
}

#ifndef RV_SAFE_PIN /* where it is driven by the answer */
RV_DEFAULT void rv_board_answer(uint16_t decoded)
{
    (void)decoded;
}
#endif
