/* SPDX-License-Identifier: Apache-2.0 */
#include "rv_device.h"

#include "ranvier/board.h"

/* Vector Table Offset Register (Armv7-M ARM, B3.2.5). */
#define RV_VTOR (*(volatile uint32_t *)0xE000ED08U)

extern const uint32_t rv_vector_table[]; /* of the linker script */

void rv_device_init(void)
{
    __asm__ volatile("cpsid i" ::: "memory");
    RV_VTOR = (uint32_t)(uintptr_t)rv_vector_table;
    __asm__ volatile("dsb\n\tisb" ::: "memory");
}

bool rv_board_has_exit(void)
{
    return false;
}

static _Noreturn void rv_device_stop(void)
{
    for (;;) {
        __asm__ volatile("wfi" ::: "memory");
    }
}

_Noreturn void rv_board_exit(uint8_t code)
{
    (void)code;
    rv_device_stop();
}

/* The serial port is polled, so that it works in a fault handler as well. */
_Noreturn void rv_board_panic(const char *line)
{
    while (*line != '\0') {
        rv_board_putc((uint8_t)*line);
        ++line;
    }
    rv_device_stop();
}
