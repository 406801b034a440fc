/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nRF52840-DK: 64 MHz from the crystal, UART 0 to the interface chip's serial port, TXD on P0.06 and RXD
 * on P0.08. Registers: nRF52840 SVD, peripherals CLOCK, NVMC, P0, UART0; docs/boards.md says more.
 */
#include "ranvier/board.h"

#include "rv_at.h"
#include "rv_chip.h"
#include "rv_device.h"
#include "rv_nrf_timer.h"
#include "rv_nrf_uart.h"

#define RV_CLOCK_START RV_AT(0x40000000U)
#define RV_CLOCK_STARTED RV_AT(0x40000100U)
#define RV_CACHE RV_AT(0x4001E540U)
#define RV_CACHE_ON 1U
#define RV_P0_OUTSET RV_AT(0x50000508U)
#define RV_P0_DIRSET RV_AT(0x50000518U)
#define RV_P0_CONFIG(pin) RV_AT(0x50000700U + 4U * (pin))
#define RV_PIN_INPUT_PULLED_UP 0xCU
#define RV_UART_TXD_PIN RV_AT(0x4000250CU)
#define RV_UART_RXD_PIN RV_AT(0x40002514U)
#define RV_TXD 6U
#define RV_RXD 8U
/*
 * From revision 3 of the chip on the debug port stays closed after reset unless both UICR and the program
 * open it (nrfx MDK, NRF_APPROTECT). UICR decides; without this nobody could flash the board again but by
 * erasing all of it. RV_DEBUG_CLOSED says never, and lets nothing open it until the next reset. Older chips
 * have neither register: there UICR alone closes the port.
 */
#define RV_UICR_APPROTECT RV_AT(0x10001208U)
#define RV_APPROTECT_FORCE RV_AT(0x40000550U)
#define RV_APPROTECT_DISABLE RV_AT(0x40000558U)
#define RV_OPEN 0x5AU

static void rv_open_debug(void)
{
#ifdef RV_DEBUG_CLOSED
    RV_APPROTECT_FORCE = 0U;
#else
    if ((RV_UICR_APPROTECT & 0xFFU) == RV_OPEN) {
        RV_APPROTECT_DISABLE = RV_OPEN;
    }
#endif
}

void rv_board_init(void)
{
    rv_device_init();
    rv_open_debug();
    RV_CLOCK_STARTED = 0U;
    RV_CLOCK_START = 1U;
    while (RV_CLOCK_STARTED == 0U) {
    }
    RV_CACHE = RV_CACHE_ON;
    RV_P0_OUTSET = 1U << RV_TXD;
    RV_P0_DIRSET = 1U << RV_TXD;
    RV_P0_CONFIG(RV_RXD) = RV_PIN_INPUT_PULLED_UP;
    RV_UART_TXD_PIN = RV_TXD;
    RV_UART_RXD_PIN = RV_RXD;
    rv_nrf_uart_start();
    rv_nrf_timer_start();
    rv_device_start();
}

bool rv_chip_take(uint8_t *byte)
{
    const bool is_there = rv_nrf_uart_full();

    if (is_there) {
        *byte = rv_nrf_uart_take();
    }
    return is_there;
}
