/* SPDX-License-Identifier: Apache-2.0 */
/* The alarm of the machine timer: its interrupt is pending from then on. */
#ifndef RV_MTIME_H
#define RV_MTIME_H

#include <stdint.h>

#define RV_MIE_TIMER 0x80U /* RISC-V privileged architecture 1.12, 3.1.9 */

/* So many ticks of rv_board_ticks from now. */
void rv_mtime_alarm(uint32_t ticks);

/* A time in the past is left behind: QEMU's clock would jump to one in the future at the next WFI. */
void rv_mtime_off(void);

#endif
