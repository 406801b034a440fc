/* SPDX-License-Identifier: Apache-2.0 */
/* The safe pin: GPIO through SIO (RP2040 and RP2350 datasheets, GPIO and SIO). */
#include "rv_at.h"
#include "rv_chip.h"
#include "rv_map.h"
#include "rv_rp2.h"

#define RV_PAD_OUTPUT 0x52U /* as out of reset but for the pulls and the isolation */
#define RV_GPIO_SIO 5U
#define RV_SAFE_BIT ((uint32_t)1U << RV_SAFE_PIN)

void rv_chip_pin_drive(bool high)
{
    if (high) {
        RV_AT(RV_SIO_OUT_SET_AT) = RV_SAFE_BIT;
    } else {
        RV_AT(RV_SIO_OUT_CLR_AT) = RV_SAFE_BIT;
    }
}

void rv_chip_pin_open(bool high)
{
    rv_rp2_release(RV_RESET_IO | RV_RESET_PADS);
    rv_chip_pin_drive(high);
    RV_AT(RV_SIO_OE_SET_AT) = RV_SAFE_BIT;
    RV_GPIO_CTRL(RV_SAFE_PIN) = RV_GPIO_SIO;
    RV_PAD(RV_SAFE_PIN) = RV_PAD_OUTPUT;
}
