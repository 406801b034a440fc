/* SPDX-License-Identifier: Apache-2.0 */
/* The safe pin: GPIO (nRF52840 and nRF54L15 SVD, P0 and P1: OUTSET, OUTCLR, DIRSET). */
#include "rv_at.h"
#include "rv_chip.h"
#include "rv_map.h"

#define RV_OUTSET RV_AT(RV_PORT_AT)
#define RV_OUTCLR RV_AT(RV_PORT_AT + 0x04U)
#define RV_DIRSET RV_AT(RV_PORT_AT + 0x10U)
#define RV_SAFE_BIT ((uint32_t)1U << RV_SAFE_PIN)

void rv_chip_pin_drive(bool high)
{
    if (high) {
        RV_OUTSET = RV_SAFE_BIT;
    } else {
        RV_OUTCLR = RV_SAFE_BIT;
    }
}

void rv_chip_pin_open(bool high)
{
    rv_chip_pin_drive(high);
    RV_DIRSET = RV_SAFE_BIT;
}
