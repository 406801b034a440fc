/* SPDX-License-Identifier: Apache-2.0 */
/* The vectors of interrupts, behind those of the core: one has a handler, all others are faults. */
#include "rv_fault.h"
#include "rv_map.h"
#include "rv_serial.h"

#define RV_TEXT(x) #x
#define RV_NUMBER(x) RV_TEXT(x)

_Static_assert(RV_SERIAL_IRQ != RV_WAKE_IRQ,
               "the one that has a handler, and the one that has none");

/* Only an assembler repeats without naming each. */
__asm__(".pushsection .rv_irqs, \"a\", %progbits\n"
        ".rept " RV_NUMBER(
            RV_SERIAL_IRQ) "\n"
                           ".word rv_fault\n"
                           ".endr\n"
                           ".word rv_serial_irq\n"
                           ".if " RV_NUMBER(RV_WAKE_IRQ) " > " RV_NUMBER(
                               RV_SERIAL_IRQ) "\n"
                                              ".rept " RV_NUMBER(RV_WAKE_IRQ) " - " RV_NUMBER(
                                                  RV_SERIAL_IRQ) "\n"
                                                                 ".word rv_fault\n"
                                                                 ".endr\n"
                                                                 ".endif\n"
                                                                 ".popsection\n");
