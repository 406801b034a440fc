/* SPDX-License-Identifier: Apache-2.0 */
/* What a board need not implement: see ranvier/board.h. */
#include "ranvier/board.h"

#define RV_DEFAULT __attribute__((weak))

RV_DEFAULT bool rv_board_image_is_whole(void)
{
    return true;
}

RV_DEFAULT void rv_board_watchdog_start(void)
{
}

RV_DEFAULT void rv_board_watchdog_stop(void)
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
