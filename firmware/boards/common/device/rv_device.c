/* SPDX-License-Identifier: Apache-2.0 */
#include "rv_device.h"

#include "ranvier/board.h"
#include "rv_at.h"
#include "rv_chip.h"
#include "rv_core.h"
#include "rv_map.h"
#include "rv_nvic.h"

/* Vector Table Offset Register (Armv7-M ARM, B3.2.5). */
#define RV_VTOR RV_AT(0xE000ED08U)

extern const uint32_t rv_vector_table[]; /* of the linker script */

void rv_device_init(void)
{
    rv_core_mask();
    rv_chip_pin_open(RV_SAFE_LEVEL != 0U);
    RV_VTOR = (uint32_t)(uintptr_t)rv_vector_table;
    rv_core_sync();
}

void rv_device_start(void)
{
    if (rv_chip_was_bitten()) {
        rv_board_note(RV_NOTE_STEP);
    }
    RV_NVIC_ENABLE(RV_SERIAL_IRQ) = RV_NVIC_BIT(RV_SERIAL_IRQ);
    rv_core_unmask();
}

bool rv_board_has_exit(void)
{
    return false;
}

bool rv_board_has_watchdog(void)
{
    return true;
}

uint32_t rv_board_tick_hz(void)
{
    return RV_TICK_HZ;
}

/* Masked: no interrupt does anything here any more. The watchdog, where it runs, ends it. */
static _Noreturn void rv_device_stop(void)
{
    rv_core_mask();
    for (;;) {
        rv_core_sleep();
    }
}

_Noreturn void rv_board_exit(uint8_t code)
{
    (void)code;
    rv_device_stop();
}

/* Bytes are sent without interrupts, so that it works in a fault handler as well. */
_Noreturn void rv_board_panic(const char *line)
{
    while (*line != '\0') {
        rv_board_putc((uint8_t)*line);
        ++line;
    }
    rv_device_stop();
}
