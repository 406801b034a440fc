/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registers: nRF54L15 SVD, peripherals UICR, TAMPC, FICR, GLITCHDET. What has no name in it is known from Nordic's
 * start-up alone (nrfx MDK: system_nrf54l.c, nrf54l_erratas.h, system_nrf54l_approtect.h), numbered as its errata.
 */
#include "rv_nrf54l.h"

#include "rv_at.h"

#include <stdbool.h>
#include <stdint.h>

#define RV_FICR_REVISION RV_AT(0x00FFC344U)
#define RV_FIRST_REVISION 1U
#define RV_FICR_TRIM(word) RV_AT(0x00FFC400U + 4U * (word)) /* address, data, address, ... */
#define RV_TRIM_ENTRIES 64U
#define RV_ERASED 0xFFFFFFFFU

#define RV_UICR 0x00FFD000U /* of each kind of protection, 20h bytes: PROTECT0, ..., PROTECT1 */
#define RV_UICR_SECOND 0x1CU
#define RV_TAMPC 0x500DC000U
#define RV_TAMPC_UNPROTECTED 0x50FA00F0U /* KEY, WRITEPROTECTION: the next write counts */
#define RV_TAMPC_OPEN 0x50FA0001U        /* KEY, VALUE */
#define RV_TAMPC_SHUT 0x50FA0002U        /* KEY, LOCK: low until TAMPC is reset */
#define RV_TAMPC_VALUE 1U
#define RV_TAMPC_LOCK 2U
#define RV_GLITCH_CONFIG RV_AT(0x5004B5A0U)

#define RV_ERRATUM_37 RV_AT(0x5005340CU)
#define RV_ERRATUM_31_A RV_AT(0x50120624U)
#define RV_ERRATUM_31_B RV_AT(0x5012063CU)
#define RV_ERRATUM_32_ASK RV_AT(0x00FFC334U)
#define RV_ERRATUM_32_NEWEST 0x180A1D00U
#define RV_ERRATUM_32 RV_AT(0x50120640U)
#define RV_ERRATUM_40 RV_AT(0x5008A7ACU)
#define RV_UNSET RV_AT(0x50120440U)
#define RV_UNSET_VALUE 0xC8U

/* A signal of the debug port, and the words of UICR that protect it. */
typedef struct {
    uint32_t control;
    uint32_t protect;
} rv_signal_t;

/* DBGEN and NIDEN by APPROTECT, SPIDEN and SPNIDEN by SECUREAPPROTECT, AP.DBGEN by AUXAPPROTECT. */
static const rv_signal_t signals[] = {
    {RV_TAMPC + 0x500U, RV_UICR},         {RV_TAMPC + 0x508U, RV_UICR},
    {RV_TAMPC + 0x510U, RV_UICR + 0x20U}, {RV_TAMPC + 0x518U, RV_UICR + 0x20U},
    {RV_TAMPC + 0x700U, RV_UICR + 0x40U},
};

/* What the factory measured of this chip, to be put where it belongs at each start (FICR.TRIMCNF). */
static void rv_trim(void)
{
    for (uint32_t k = 0U; k < RV_TRIM_ENTRIES; ++k) {
        const uint32_t address = RV_FICR_TRIM(2U * k);

        if ((address == RV_ERASED) || (address == 0U)) {
            break;
        }
        RV_AT(address) = RV_FICR_TRIM(2U * k + 1U);
    }
}

/* Which way a signal is set; false: it stays as reset has left it, which is closed. */
static bool rv_signal_wanted(uint32_t protect, uint32_t *wanted)
{
#ifdef RV_DEBUG_CLOSED
    (void)protect;
    *wanted = RV_TAMPC_SHUT;
    return true;
#else
    *wanted = RV_TAMPC_OPEN;
    return (RV_AT(protect) == RV_ERASED) && (RV_AT(protect + RV_UICR_SECOND) == RV_ERASED);
#endif
}

/*
 * A reset of TAMPC (by power, the pin or a brown-out) closes the debug port until the program opens it. UICR
 * decides whether it does, as on the nRF52840; RV_DEBUG_CLOSED says never, and locks it.
 */
static void rv_open_debug(void)
{
    for (uint32_t k = 0U; k < sizeof signals / sizeof signals[0]; ++k) {
        uint32_t wanted = 0U;
        const bool is_free = (RV_AT(signals[k].control) & RV_TAMPC_LOCK) == 0U;

        if (is_free && rv_signal_wanted(signals[k].protect, &wanted)) {
            RV_AT(signals[k].control) = RV_TAMPC_UNPROTECTED;
            RV_AT(signals[k].control) = wanted;
        }
    }
}

/* Whether the debug port is as wanted. A program that ran before may have locked it open, which outlives many resets. */
static bool rv_debug_is_settled(void)
{
#ifdef RV_DEBUG_CLOSED
    for (uint32_t k = 0U; k < sizeof signals / sizeof signals[0]; ++k) {
        if ((RV_AT(signals[k].control) & (RV_TAMPC_VALUE | RV_TAMPC_LOCK)) != RV_TAMPC_LOCK) {
            return false;
        }
    }
#endif
    return true;
}

/* In Nordic's order: what is trimmed may be corrected afterwards. */
bool rv_nrf54l_settle(void)
{
    RV_ERRATUM_37 = 1U;
    rv_open_debug();
    rv_trim();
    if (RV_UNSET == 0U) {
        RV_UNSET = RV_UNSET_VALUE;
    }
    if (RV_FICR_REVISION == RV_FIRST_REVISION) {
        if (RV_ERRATUM_32_ASK <= RV_ERRATUM_32_NEWEST) {
            RV_ERRATUM_32 = 0x1EA9E040U;
        }
        RV_ERRATUM_40 = 0x040A0078U;
        RV_ERRATUM_31_A = 20U | (1U << 5);
        RV_ERRATUM_31_B &= ~(1U << 19);
    }
#ifndef RV_DEBUG_CLOSED
    RV_GLITCH_CONFIG = 0U;
#endif
    return rv_debug_is_settled();
}
