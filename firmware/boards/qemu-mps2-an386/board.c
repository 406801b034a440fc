/* SPDX-License-Identifier: Apache-2.0 */
/* QEMU's mps2-an386, a Cortex-M4F: CMSDK UART 0 polled, CMSDK timer 0, semihosting. */
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
#define RV_BAUD 115200U /* QEMU does not enforce it */

void rv_board_init(void)
{
    RV_UART->bauddiv = RV_CLOCK_HZ / RV_BAUD;
    RV_UART->ctrl = RV_UART_TX_AND_RX;
    RV_TIMER->reload = 0xFFFFFFFFU;
    RV_TIMER->value = 0xFFFFFFFFU;
    RV_TIMER->ctrl = 1U;
}

uint8_t rv_board_getc(void)
{
    while ((RV_UART->state & RV_UART_RX_FULL) == 0U) {
        /* The emulator holds the sender back while a byte waits: none is lost. */
    }
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
