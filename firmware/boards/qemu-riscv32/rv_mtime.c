/* SPDX-License-Identifier: Apache-2.0 */
#include "rv_mtime.h"

#define RV_MTIMECMP ((volatile uint32_t *)0x02004000U) /* of the only core, low word first */
#define RV_MTIME ((const volatile uint32_t *)0x0200BFF8U)

void rv_mtime_alarm(uint32_t ticks)
{
    uint32_t high;
    uint32_t low;
    uint64_t end;

    do {
        high = RV_MTIME[1];
        low = RV_MTIME[0];
    } while (high != RV_MTIME[1]);
    end = (((uint64_t)high << 32) | low) + ticks;
    RV_MTIMECMP[1] = 0xFFFFFFFFU; /* so that no half-written time is one that has passed */
    RV_MTIMECMP[0] = (uint32_t)end;
    RV_MTIMECMP[1] = (uint32_t)(end >> 32);
}

void rv_mtime_off(void)
{
    RV_MTIMECMP[1] = 0U;
    RV_MTIMECMP[0] = 0U;
}
