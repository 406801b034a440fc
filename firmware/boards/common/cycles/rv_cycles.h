/* SPDX-License-Identifier: Apache-2.0 */
/* The core's own cycle counter as the clock of steps: Cortex-M3 and later. */
#ifndef RV_CYCLES_H
#define RV_CYCLES_H

/* Start the counter. */
void rv_cycles_start(void);

#endif
