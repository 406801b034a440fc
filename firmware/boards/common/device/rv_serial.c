/* SPDX-License-Identifier: Apache-2.0 */
#include "rv_serial.h"

#include "ranvier/board.h"
#include "rv_chip.h"
#include "rv_core.h"

static volatile uint8_t ring[RV_SERIAL_BYTES];
static volatile uint32_t n_put;   /* only the handler writes it */
static volatile uint32_t n_taken; /* only rv_board_getc writes it */

_Static_assert((RV_SERIAL_BYTES & (RV_SERIAL_BYTES - 1U)) == 0U, "the counts wrap at 2^32");

/* Where the ring is full the newest are lost: the frame's checksum tells, and it is sent again. */
void rv_serial_irq(void)
{
    uint8_t byte;

    while (rv_chip_take(&byte)) {
        if (n_put - n_taken < RV_SERIAL_BYTES) {
            ring[n_put % RV_SERIAL_BYTES] = byte;
            ++n_put;
        }
    }
}

bool rv_serial_full(void)
{
    return n_put != n_taken;
}

/* What comes between the look and the sleep is pending by then, and ends it. */
uint8_t rv_board_getc(void)
{
    uint8_t byte;

    while (!rv_serial_full()) {
        rv_core_mask();
        if (!rv_serial_full()) {
            rv_core_sleep();
        }
        rv_core_unmask();
    }
    byte = ring[n_taken % RV_SERIAL_BYTES];
    ++n_taken;
    return byte;
}
