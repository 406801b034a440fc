/* SPDX-License-Identifier: Apache-2.0 */
/* What QEMU's boards share: a CMSDK UART to the host, semihosting to end and to panic. */
#include "ranvier/board.h"

#include "rv_cmsdk_uart.h"
#include "rv_semihost.h"

void rv_board_putc(uint8_t byte)
{
    rv_cmsdk_uart_put(&rv_board_port, byte);
}

bool rv_board_has_exit(void)
{
    return true;
}

_Noreturn void rv_board_exit(uint8_t code)
{
    rv_cmsdk_uart_drain(&rv_board_port);
    rv_semihost_exit(code);
}

_Noreturn void rv_board_panic(const char *line)
{
    rv_semihost_write(line);
    rv_semihost_exit(RV_EXIT_FAULT);
}
