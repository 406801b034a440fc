/* SPDX-License-Identifier: Apache-2.0 */
/* What QEMU's boards share: semihosting to end and to panic. */
#include "rv_qemu.h"

#include "ranvier/board.h"
#include "rv_semihost.h"

bool rv_board_has_exit(void)
{
    return true;
}

_Noreturn void rv_board_exit(uint8_t code)
{
    rv_board_drain();
    rv_semihost_exit(code);
}

/* Nothing is driven here: it only says when something would be. */
void rv_board_safe_output(rv_cause_t cause)
{
    const char number[] = {(char)('0' + (char)cause), '\n', '\0'};

    rv_semihost_write("ranvier safe output: cause ");
    rv_semihost_write(number);
}

_Noreturn void rv_board_panic(const char *line)
{
    rv_semihost_write(line);
    rv_semihost_exit(RV_EXIT_FAULT);
}
