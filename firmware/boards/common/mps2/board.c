/* SPDX-License-Identifier: Apache-2.0 */
/* QEMU's mps2-an386, a Cortex-M4F: CMSDK UART 0, CMSDK timer 0, semihosting. */
#include "ranvier/board.h"

#include "semihost.h"

/* Arm DDI 0479D, chapters 4.3 (UART) and 4.1 (timer). */
typedef struct {
    volatile uint32_t data;
    volatile uint32_t state;
    volatile uint32_t ctrl;
    volatile uint32_t intstatus;
    volatile uint32_t bauddiv;
} rv_cmsdk_uart_t;

typedef struct {
    volatile uint32_t ctrl;
    volatile uint32_t value; /* counts down */
    volatile uint32_t reload;
    volatile uint32_t intstatus;
} rv_cmsdk_timer_t;

#define RV_UART ((rv_cmsdk_uart_t *)0x40004000U)
#define RV_TIMER ((rv_cmsdk_timer_t *)0x40000000U)
#define RV_CLOCK_HZ 25000000U
#define RV_UART_TX_FULL 1U
#define RV_UART_RX_FULL 2U
#define RV_UART_TX_AND_RX 3U
#define RV_UART_RX_INTERRUPT 8U   /* in ctrl */
#define RV_UART_RX_PENDING 2U     /* in intstatus */
/* NVIC (Armv7-M ARM, B3.4): UART 0 receive is interrupt 0. */
#define RV_NVIC_ENABLE (*(volatile uint32_t *)0xE000E100U)
#define RV_NVIC_CLEAR (*(volatile uint32_t *)0xE000E280U)
#define RV_UART_RX_IRQ 1U
#define RV_BAUD 115200U /* QEMU does not enforce it */

/*
 * The receive interrupt is enabled but masked for good: it ends WFI, and no handler ever runs.
 */
void rv_board_init(void)
{
    __asm__ volatile("cpsid i" ::: "memory");
    RV_NVIC_ENABLE = RV_UART_RX_IRQ;
    RV_UART->bauddiv = RV_CLOCK_HZ / RV_BAUD;
    RV_UART->ctrl = RV_UART_TX_AND_RX | RV_UART_RX_INTERRUPT;
    RV_TIMER->reload = 0xFFFFFFFFU;
    RV_TIMER->value = 0xFFFFFFFFU;
    RV_TIMER->ctrl = 1U;
}

/*
 * Sleeps until a byte is there; the emulator holds the sender back meanwhile, none is lost.
 * The timer stands still: with a deadline in sight QEMU would jump to it again and again and
 * take a whole core of the host. Measured: an idle image costs no time, a step half of it.
 */
static void rv_board_sleep(void)
{
    RV_TIMER->ctrl = 0U;
    __asm__ volatile("wfi" ::: "memory");
    RV_TIMER->ctrl = 1U;
}

uint8_t rv_board_getc(void)
{
    while ((RV_UART->state & RV_UART_RX_FULL) == 0U) {
        rv_board_sleep();
    }
    /* Before the byte is taken: afterwards it could clear the next one's interrupt. */
    RV_UART->intstatus = RV_UART_RX_PENDING;
    RV_NVIC_CLEAR = RV_UART_RX_IRQ;
    return (uint8_t)RV_UART->data;
}

void rv_board_putc(uint8_t byte)
{
    while ((RV_UART->state & RV_UART_TX_FULL) != 0U) {
    }
    RV_UART->data = byte;
}

uint32_t rv_board_ticks(void)
{
    return ~RV_TIMER->value;
}

uint32_t rv_board_tick_hz(void)
{
    return RV_CLOCK_HZ;
}

bool rv_board_has_exit(void)
{
    return true;
}

_Noreturn void rv_board_exit(uint8_t code)
{
    while ((RV_UART->state & RV_UART_TX_FULL) != 0U) {
    }
    rv_semihost_exit(code);
}

_Noreturn void rv_board_panic(const char *line)
{
    rv_semihost_write(line);
    rv_semihost_exit(RV_EXIT_FAULT);
}
