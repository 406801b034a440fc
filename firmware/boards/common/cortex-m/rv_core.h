/* SPDX-License-Identifier: Apache-2.0 */
/* The instructions of a Cortex-M that C has no word for. */
#ifndef RV_CORE_H
#define RV_CORE_H

/* Hold interrupts back: they stay pending, and still end a sleep. */
static inline void rv_core_mask(void)
{
    __asm__ volatile("cpsid i" ::: "memory");
}

static inline void rv_core_unmask(void)
{
    __asm__ volatile("cpsie i\n\tisb" ::: "memory");
}

/* Wait for all writes to have arrived. */
static inline void rv_core_sync(void)
{
    __asm__ volatile("dsb\n\tisb" ::: "memory");
}

/* Sleep until an enabled interrupt is pending; returns at once where one is, masked or not. */
static inline void rv_core_sleep(void)
{
    __asm__ volatile("dsb\n\twfi" ::: "memory");
}

#endif
