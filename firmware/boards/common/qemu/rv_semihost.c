/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arm "Semihosting for AArch32 and AArch64", release 2.0, and "RISC-V Semihosting", version 1.0, which
 * has its operations: the number in the first register of a call, the argument in the second.
 */
#include "rv_semihost.h"

#define RV_SYS_WRITE0 0x04U
#define RV_SYS_EXIT_EXTENDED 0x20U
#define RV_ADP_STOPPED_APPLICATION_EXIT 0x20026U

#ifdef __riscv
/* Three instructions of 32 bits, all on one page; the outer two do nothing but mark the call. */
#define RV_CALL               \
    ".option push\n"          \
    ".option norvc\n"         \
    ".balign 16\n"            \
    "slli zero, zero, 0x1f\n" \
    "ebreak\n"                \
    "srai zero, zero, 7\n"    \
    ".option pop\n"
#define RV_FIRST "a0"
#define RV_SECOND "a1"
#else
#define RV_CALL "bkpt 0xAB"
#define RV_FIRST "r0"
#define RV_SECOND "r1"
#endif

static void rv_semihost_call(uint32_t operation, const void *argument)
{
    register uint32_t first __asm__(RV_FIRST) = operation;
    register const void *second __asm__(RV_SECOND) = argument;

    __asm__ volatile(RV_CALL : "+r"(first) : "r"(second) : "memory");
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
