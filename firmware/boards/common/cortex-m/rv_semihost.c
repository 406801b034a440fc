/* SPDX-License-Identifier: Apache-2.0 */
/* Arm "Semihosting for AArch32 and AArch64", release 2.0: operation in r0, argument in r1. */
#include "rv_semihost.h"

#define RV_SYS_WRITE0 0x04U
#define RV_SYS_EXIT_EXTENDED 0x20U
#define RV_ADP_STOPPED_APPLICATION_EXIT 0x20026U

static void rv_semihost_call(uint32_t operation, const void *argument)
{
    register uint32_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = argument;

    __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
}

void rv_semihost_write(const char *text)
{
    rv_semihost_call(RV_SYS_WRITE0, text);
}

_Noreturn void rv_semihost_exit(uint32_t code)
{
    const uint32_t block[2] = {RV_ADP_STOPPED_APPLICATION_EXIT, code};

    for (;;) {
        rv_semihost_call(RV_SYS_EXIT_EXTENDED, block);
    }
}
