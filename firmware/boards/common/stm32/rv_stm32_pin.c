/* SPDX-License-Identifier: Apache-2.0 */
/* The safe pin: GPIO (RM0394 and RM0456, GPIO: MODER, BSRR). */
#include "rv_at.h"
#include "rv_chip.h"
#include "rv_map.h"

#define RV_PORT_MODER RV_AT(RV_PORT_AT + 0x00U)
#define RV_PORT_BSRR RV_AT(RV_PORT_AT + 0x18U) /* sets by its lower half, clears by its upper */
#define RV_MODE_OUTPUT 1U
#define RV_MODE_SHIFT (2U * RV_SAFE_PIN)

void rv_chip_pin_drive(bool high)
{
    RV_PORT_BSRR = (high ? 1U : 1U << 16) << RV_SAFE_PIN;
}

void rv_chip_pin_open(bool high)
{
    RV_AT(RV_PORT_CLOCK_AT) |= RV_PORT_CLOCK;
    (void)RV_AT(RV_PORT_CLOCK_AT); /* the clock is there after two cycles */
    rv_chip_pin_drive(high);
    RV_PORT_MODER = (RV_PORT_MODER & ~(3U << RV_MODE_SHIFT)) | (RV_MODE_OUTPUT << RV_MODE_SHIFT);
}
