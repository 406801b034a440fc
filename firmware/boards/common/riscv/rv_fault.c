/* SPDX-License-Identifier: Apache-2.0 */
/* Turns a trap into one line: its cause, where it happened, and what the core says about it. */
#include "rv_fault.h"

#include "ranvier/board.h"
#include "ranvier/report.h"

#include <stddef.h>
#include <stdint.h>

/* As much as a frame may be larger than what was left of the stack and still count as overflow. */
#define RV_GUARD_BYTES 0x10000U

#define RV_TIMER \
    0x80000007U /* the machine timer's interrupt: only a step's deadline lets it through */

_Noreturn void rv_fault_report(uint32_t sp, uint32_t ra);

/*
 * The report gets the top of the stack: what lay there is lost, and nothing returns. mtvec wants it on
 * a boundary of four bytes.
 */
__attribute__((naked, aligned(4))) void rv_fault(void)
{
    __asm__ volatile("mv a0, sp           \n"
                     "mv a1, ra           \n"
                     "la sp, rv_stack_top \n"
                     "j  rv_fault_report  \n");
}

/* RISC-V privileged architecture 1.12, table 3.6. */
static const char *rv_fault_name(uint32_t cause)
{
    static const char *const names[] = {
        "instruction address misaligned",
        "instruction access fault",
        "illegal instruction",
        "breakpoint",
        "load address misaligned",
        "load access fault",
        "store address misaligned",
        "store access fault",
    };

    if (cause == RV_TIMER) {
        return "missed deadline";
    }
    return (cause < (sizeof names / sizeof names[0])) ? names[cause] : "unexpected trap";
}

_Noreturn void rv_fault_report(uint32_t sp, uint32_t ra)
{
    static char line[RV_REPORT_BYTES];
    const uint32_t bottom = (uint32_t)(uintptr_t)rv_stack_bottom;
    uint32_t cause;
    uint32_t pc;
    uint32_t value;
    char *at = rv_report(line, "ranvier fault: ", NULL);

    rv_board_safe_output(RV_CAUSE_FAULT);
    __asm__ volatile("csrr %0, mcause" : "=r"(cause));
    __asm__ volatile("csrr %0, mepc" : "=r"(pc));
    __asm__ volatile("csrr %0, mtval" : "=r"(value));
    at = rv_report(at, rv_fault_name(cause), NULL);
    if ((bottom - value) <= RV_GUARD_BYTES) {
        at = rv_report(at, " stack overflow sp=0x*", &sp);
    } else {
        const uint32_t where[2] = {pc, ra};

        at = rv_report(at, " pc=0x* ra=0x*", where);
    }
    {
        const uint32_t status[2] = {cause, value};

        at = rv_report(at, " mcause=0x* mtval=0x*\n", status);
    }
    *at = '\0';
    rv_board_panic(line);
}
