/* SPDX-License-Identifier: Apache-2.0 */
/* QEMU's mps3-an547, a Cortex-M55 in secure state: CMSDK UART 0, system counter, semihosting. */
#include "ranvier/board.h"

#include "rv_cmsdk_uart.h"
#include "rv_semihost.h"

/* The system counter's control frame (Arm 101773, SSE-300 TRM, "System counter"). */
typedef struct {
    volatile uint32_t ctrl;
    volatile uint32_t status;
    volatile uint32_t low; /* counts up */
    volatile uint32_t high;
} rv_sse_counter_t;

#define RV_COUNTER ((rv_sse_counter_t *)0x58100000U)
#define RV_COUNTER_ON 1U       /* in ctrl */
#define RV_COUNTER_HZ 32000000U /* the core's clock */

static const rv_cmsdk_port_t rv_board_port = {
    .uart = (rv_cmsdk_uart_t *)0x59303000U,
    .clock_hz = 25000000U,
    .receive_irq = 33U,
};

void rv_board_init(void)
{
    rv_cmsdk_uart_init(&rv_board_port);
    RV_COUNTER->ctrl = RV_COUNTER_ON;
}

/* The emulator holds the sender back meanwhile, no byte is lost. The counter has no deadline. */
uint8_t rv_board_getc(void)
{
    while (!rv_cmsdk_uart_full(&rv_board_port)) {
        __asm__ volatile("wfi" ::: "memory");
    }
    return rv_cmsdk_uart_take(&rv_board_port);
}

void rv_board_putc(uint8_t byte)
{
    rv_cmsdk_uart_put(&rv_board_port, byte);
}

uint32_t rv_board_ticks(void)
{
    return RV_COUNTER->low;
}

uint32_t rv_board_tick_hz(void)
{
    return RV_COUNTER_HZ;
}

bool rv_board_has_exit(void)
{
    return true;
}

_Noreturn void rv_board_exit(uint8_t code)
{
    rv_cmsdk_uart_drain(&rv_board_port);
    rv_semihost_exit(code);
}

_Noreturn void rv_board_panic(const char *line)
{
    rv_semihost_write(line);
    rv_semihost_exit(RV_EXIT_FAULT);
}
