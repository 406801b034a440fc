/* SPDX-License-Identifier: Apache-2.0 */
/* Pieces of the one line that a fault handler writes: each returns where the next one goes. */
#ifndef RANVIER_REPORT_H
#define RANVIER_REPORT_H

#include <stdint.h>

/* The longest line, its end included. */
#define RV_REPORT_BYTES 160U

static inline char *rv_report_text(char *at, const char *text)
{
    while (*text != '\0') {
        *at = *text;
        ++at;
        ++text;
    }
    return at;
}

/* `label`, then all eight digits of `value`. */
static inline char *rv_report_hex(char *at, const char *label, uint32_t value)
{
    at = rv_report_text(at, label);
    for (uint32_t shift = 32U; shift > 0U; shift -= 4U) {
        *at = "0123456789abcdef"[(value >> (shift - 4U)) & 15U];
        ++at;
    }
    return at;
}

#endif
