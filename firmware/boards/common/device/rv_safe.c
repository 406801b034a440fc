/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The safe pin: at its other level only between a tick that brought an answer and the next one without
 * (docs/app.md). RV_SAFE_LEVEL, 0 or 1, is the board file's `safe_output`.
 */
#include "ranvier/board.h"
#include "ranvier/live.h"
#include "rv_chip.h"

void rv_board_safe_output(rv_cause_t cause)
{
    (void)cause;
    rv_chip_pin_drive(RV_SAFE_LEVEL != 0U);
}

/* Weak: who drives something else by the answer writes a rv_board_answer of their own. */
__attribute__((weak)) void rv_board_answer(uint16_t decoded)
{
    rv_chip_pin_drive((decoded == RV_NO_DECISION) == (RV_SAFE_LEVEL != 0U));
}
