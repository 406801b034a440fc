/* SPDX-License-Identifier: Apache-2.0 */
/* The handler of every trap; none should happen. */
#ifndef RANVIER_FAULT_H
#define RANVIER_FAULT_H

/* Reports where it happened through rv_board_panic; entered by the core, never called. */
void rv_fault(void);

#endif
