/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Raspberry Pi Pico 2, on its first Arm core, secure as the boot ROM starts it: 150 MHz, UART 0 on GPIO 0 and
 * 1. The flash is read as the boot ROM left it.
 */
#include "ranvier/board.h"

#include "rv_cycles.h"
#include "rv_device.h"
#include "rv_rp2.h"

void rv_board_init(void)
{
    rv_device_init();
    rv_rp2_start();
    rv_cycles_start();
}
