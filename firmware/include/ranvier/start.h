/* SPDX-License-Identifier: Apache-2.0 */
/* From reset to main(): what every core does alike, on the symbols of its linker script. */
#ifndef RANVIER_START_H
#define RANVIER_START_H

#include <stdint.h>

#include "ranvier/arith.h"
#include "ranvier/board.h"

extern const uint32_t rv_data_source[];
extern uint32_t rv_data_start[];
extern uint32_t rv_data_end[];
extern uint32_t rv_bss_start[];
extern uint32_t rv_bss_end[];

int main(void);

/* Mark the stack below the pointer `used`; volatile, so that no call to memset is made. */
RV_INLINE void rv_paint_stack(uintptr_t used)
{
    volatile uint32_t *word = rv_stack_bottom;

    while ((uintptr_t)word < used) {
        *word = RV_STACK_PAINT;
        ++word;
    }
}

/* Give variables their first values, and begin. */
_Noreturn RV_INLINE void rv_begin(void)
{
    for (uint32_t i = 0U; &rv_data_start[i] != rv_data_end; ++i) {
        rv_data_start[i] = rv_data_source[i];
    }
    for (uint32_t *word = rv_bss_start; word != rv_bss_end; ++word) {
        *word = 0U;
    }
    (void)main();
    for (;;) {
        /* main() does not return */
    }
}

#endif
