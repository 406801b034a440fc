/* SPDX-License-Identifier: Apache-2.0 */
/* What an nRF54L15 needs of its program after each reset, before its clocks are set up. */
#ifndef RV_NRF54L_H
#define RV_NRF54L_H

#include <stdbool.h>

/* False: the debug port is locked open, and RV_DEBUG_CLOSED forbids that. */
bool rv_nrf54l_settle(void);

#endif
