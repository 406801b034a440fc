/* SPDX-License-Identifier: Apache-2.0 */
/* Turns a fault into one line: its kind, where it happened, and what the core says about it. */
#include "rv_fault.h"

#include "ranvier/board.h"
#include "ranvier/report.h"

#include <stddef.h>
#include <stdint.h>

/* Armv7-M ARM, B3.2: these read as zero on Armv6-M. */
#define RV_CFSR (*(volatile uint32_t *)0xE000ED28U)
#define RV_CFSR_STKOF (1UL << 20) /* the stack limit was reached; reserved before Armv8-M */
#define RV_HFSR (*(volatile uint32_t *)0xE000ED2CU)

/* Words of the frame the core stacked: r0-r3, r12, lr, pc, xpsr. */
#define RV_FRAME_WORDS 8U
#define RV_FRAME_LR 5U
#define RV_FRAME_PC 6U
#define RV_FRAME_XPSR 7U

#define RV_NMI 2U /* exception numbers in IPSR */
#define RV_HARD_FAULT 3U
#define RV_SYSTICK 15U

_Noreturn void rv_fault_report(const uint32_t *frame);

/*
 * Finds the frame: EXC_RETURN bit 2 says on which stack. Where fewer than 256 bytes of stack are
 * left, which is what an overflow looks like, the report gets the top of the stack instead: what
 * lay there is lost anyway, and the frame, at the other end, is not. Armv6-M instructions only.
 */
__attribute__((naked)) void rv_fault(void)
{
    __asm__ volatile("   movs r1, #4            \n"
                     "   mov  r2, lr            \n"
                     "   mrs  r0, msp           \n"
                     "   tst  r2, r1            \n"
                     "   beq  1f                \n"
                     "   mrs  r0, psp           \n"
                     "1: ldr  r1, =rv_stack_bottom\n"
                     "   mrs  r2, msp           \n"
                     "   adds r1, #255          \n"
                     "   cmp  r2, r1            \n"
                     "   bhs  2f                \n"
                     "   ldr  r1, =rv_stack_top \n"
                     "   msr  msp, r1           \n"
                     "2: ldr  r1, =rv_fault_report\n"
                     "   bx   r1                \n"
                     "   .ltorg                 \n");
}

/* All faults arrive as HardFault; the status register's three parts tell what they were. */
static const char *rv_fault_name(uint32_t exception, uint32_t cfsr)
{
    const char *name = "unexpected exception";

    if ((cfsr >> 16) != 0U) {
        name = "UsageFault";
    } else if ((cfsr >> 8) != 0U) {
        name = "BusFault";
    } else if (cfsr != 0U) {
        name = "MemManage fault";
    } else if (exception == RV_HARD_FAULT) {
        name = "HardFault";
    } else if (exception == RV_SYSTICK) {
        name = "missed deadline";
    } else if (exception == RV_NMI) {
        name = "watchdog (NMI)";
    } else {
        /* an interrupt nobody enabled */
    }
    return name;
}

_Noreturn void rv_fault_report(const uint32_t *frame)
{
    static char line[RV_REPORT_BYTES];
    const uintptr_t bottom = (uintptr_t)rv_stack_bottom;
    const uintptr_t top = (uintptr_t)rv_stack_top;
    const uintptr_t at_frame = (uintptr_t)frame;
    const uint32_t status[2] = {RV_CFSR, RV_HFSR};
    uint32_t exception;
    char *at = rv_report(line, "ranvier fault: ", NULL);

    rv_board_safe_output(RV_CAUSE_FAULT);
    __asm__ volatile("mrs %0, ipsr" : "=r"(exception));
    at = rv_report(at, rv_fault_name(exception & 0x1FFU, status[0]), NULL);
    if (((status[0] & RV_CFSR_STKOF) == 0U) && (at_frame >= bottom) &&
        (at_frame <= top - 4U * RV_FRAME_WORDS)) {
        const uint32_t where[3] = {frame[RV_FRAME_PC], frame[RV_FRAME_LR], frame[RV_FRAME_XPSR]};

        at = rv_report(at, " pc=0x* lr=0x* xpsr=0x*", where);
    } else {
        const uint32_t sp = (uint32_t)at_frame;

        at = rv_report(at, " stack overflow sp=0x*", &sp);
    }
    at = rv_report(at, " cfsr=0x* hfsr=0x*\n", status);
    *at = '\0';
    rv_board_panic(line);
}
