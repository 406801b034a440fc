/* SPDX-License-Identifier: Apache-2.0 */
/* QEMU's mps3-an547, a Cortex-M55 in secure state: CMSDK UART 0, system counter. */
#include "ranvier/board.h"

#include "rv_cmsdk_uart.h"

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

const rv_cmsdk_port_t rv_board_port = {
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

uint32_t rv_board_ticks(void)
{
    return RV_COUNTER->low;
}

uint32_t rv_board_tick_hz(void)
{
    return RV_COUNTER_HZ;
}
