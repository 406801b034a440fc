/* SPDX-License-Identifier: Apache-2.0 */
/* The handler of every exception that should not happen. */
#ifndef RANVIER_FAULT_H
#define RANVIER_FAULT_H

/* Reports where it happened through rv_board_panic; entered by the core, never called. */
void rv_fault(void);

/* The exception of SysTick: a fault, unless the board counts with it. */
void rv_tick(void);

#endif
