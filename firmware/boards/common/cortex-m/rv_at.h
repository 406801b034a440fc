/* SPDX-License-Identifier: Apache-2.0 */
/* A register of 32 bits by its address. tests/differential has one that watches instead. */
#ifndef RV_AT_H
#define RV_AT_H

#include <stdint.h>

#define RV_AT(address) (*(volatile uint32_t *)(address))

#endif
