/* SPDX-License-Identifier: Apache-2.0 */
/* Instead of firmware's: each access to a register is told to the test. */
#ifndef RV_AT_H
#define RV_AT_H

#include <stdint.h>

volatile uint32_t *rv_watched(uint32_t address);

#define RV_AT(address) (*rv_watched((uint32_t)(address)))

#endif
