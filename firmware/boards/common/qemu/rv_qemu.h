/* SPDX-License-Identifier: Apache-2.0 */
/* What an emulated board adds to ranvier/board.h. */
#ifndef RV_QEMU_H
#define RV_QEMU_H

/* Wait until all sent bytes have left. */
void rv_board_drain(void);

#endif
