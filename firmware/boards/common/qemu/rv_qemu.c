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

_Noreturn void rv_board_panic(const char *line)
{
    rv_semihost_write(line);
    rv_semihost_exit(RV_EXIT_FAULT);
}
