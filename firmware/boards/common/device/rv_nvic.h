/* SPDX-License-Identifier: Apache-2.0 */
/* The interrupt controller (Armv7-M ARM, B3.4; Armv6-M and Armv8-M have it at the same place). */
#ifndef RV_NVIC_H
#define RV_NVIC_H

#include "rv_at.h"

#define RV_NVIC_ENABLE(irq) RV_AT(0xE000E100U + 4U * ((irq) / 32U))
#define RV_NVIC_DISABLE(irq) RV_AT(0xE000E180U + 4U * ((irq) / 32U))
#define RV_NVIC_FORGET(irq) RV_AT(0xE000E280U + 4U * ((irq) / 32U))
#define RV_NVIC_BIT(irq) ((uint32_t)1U << ((irq) % 32U))

#endif
