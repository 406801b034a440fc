/* SPDX-License-Identifier: Apache-2.0 */
/*
 * QEMU's riscv32 virt machine: a 16550 UART behind the platform-level interrupt controller, and the
 * timer of the core-local interruptor. Addresses are those of the device tree that it describes itself
 * with (`-M virt,dumpdtb=FILE`).
 */
#include "ranvier/board.h"

#include "rv_mtime.h"
#include "rv_qemu.h"

/* PC16550D, 8: registers of a byte each. */
typedef struct {
    volatile uint8_t data;
    volatile uint8_t interrupts;
    volatile uint8_t fifo; /* when written */
    volatile uint8_t line_control;
    volatile uint8_t modem_control;
    volatile uint8_t line_status;
} rv_16550_t;

#define RV_UART ((rv_16550_t *)0x10000000U)
#define RV_UART_RECEIVED_INTERRUPT 1U /* in interrupts */
#define RV_UART_FIFO_ON 1U            /* in fifo; the first byte raises the interrupt */
#define RV_UART_8_BITS 3U             /* in line_control */
#define RV_UART_RECEIVED 1U           /* in line_status */
#define RV_UART_MAY_SEND 0x20U
#define RV_UART_ALL_SENT 0x40U
#define RV_UART_SOURCE 10U

/* RISC-V platform-level interrupt controller 1.0.0, 3; context 0 is machine mode of the only core. */
#define RV_PLIC_PRIORITY ((volatile uint32_t *)0x0C000000U)
#define RV_PLIC_ENABLE ((volatile uint32_t *)0x0C002000U)
#define RV_PLIC_THRESHOLD (*(volatile uint32_t *)0x0C200000U)
#define RV_PLIC_CLAIM (*(volatile uint32_t *)0x0C200004U)

#define RV_MTIME_LOW (*(volatile uint32_t *)0x0200BFF8U)
#define RV_MTIME_HZ 10000000U
#define RV_PAST 0x80000000U /* differences of the counter from it on: not to come */
#define RV_MIE_EXTERNAL 0x800U /* RISC-V privileged architecture 1.12, 3.1.9 */

/* The interrupt is enabled but masked for good in mstatus: it ends WFI, and no handler ever runs. */
void rv_board_init(void)
{
    RV_UART->line_control = RV_UART_8_BITS;
    RV_UART->fifo = RV_UART_FIFO_ON;
    RV_UART->interrupts = RV_UART_RECEIVED_INTERRUPT;
    RV_PLIC_PRIORITY[RV_UART_SOURCE] = 1U;
    RV_PLIC_ENABLE[0] = 1UL << RV_UART_SOURCE;
    RV_PLIC_THRESHOLD = 0U;
    __asm__ volatile("csrw mie, %0" : : "r"(RV_MIE_EXTERNAL));
}

bool rv_board_can_wait(void)
{
    return true;
}

static bool rv_uart_full(void)
{
    return (RV_UART->line_status & RV_UART_RECEIVED) != 0U;
}

/* Ends with a byte or the timer, neither of which a handler takes. */
static void rv_board_doze(uint32_t ticks)
{
    rv_mtime_alarm(ticks);
    __asm__ volatile("csrs mie, %0" : : "r"(RV_MIE_TIMER));
    __asm__ volatile("wfi" ::: "memory");
    __asm__ volatile("csrc mie, %0" : : "r"(RV_MIE_TIMER));
    rv_mtime_off();
}

bool rv_board_wait(uint32_t until, uint32_t *sleeps)
{
    uint32_t left = until - rv_board_ticks();

    while (!rv_uart_full() && (left != 0U) && (left < RV_PAST)) {
        rv_board_doze(left);
        ++*sleeps;
        left = until - rv_board_ticks();
    }
    return rv_uart_full();
}

/* Sleeps until a byte is there; the emulator holds the sender back meanwhile, none is lost. */
uint8_t rv_board_getc(void)
{
    while (!rv_uart_full()) {
        __asm__ volatile("wfi" ::: "memory");
    }
    /* Before the byte is taken: afterwards it could be the next one's interrupt. */
    RV_PLIC_CLAIM = RV_PLIC_CLAIM;
    return RV_UART->data;
}

void rv_board_putc(uint8_t byte)
{
    while ((RV_UART->line_status & RV_UART_MAY_SEND) == 0U) {
    }
    RV_UART->data = byte;
}

void rv_board_drain(void)
{
    while ((RV_UART->line_status & RV_UART_ALL_SENT) == 0U) {
    }
}

uint32_t rv_board_ticks(void)
{
    return RV_MTIME_LOW;
}

uint32_t rv_board_tick_hz(void)
{
    return RV_MTIME_HZ;
}
