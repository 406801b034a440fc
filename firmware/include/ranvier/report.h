/* SPDX-License-Identifier: Apache-2.0 */
/* Pieces of the one line that a fault handler writes: each returns where the next one goes. */
#ifndef RANVIER_REPORT_H
#define RANVIER_REPORT_H

#include <stdint.h>

/* The longest line, its end included. */
#define RV_REPORT_BYTES 160U

/* `text`, in which each * is replaced by the eight hexadecimal digits of the next of `values`. */
static inline char *rv_report(char *at, const char *text, const uint32_t *values)
{
    for (; *text != '\0'; ++text) {
        if (*text != '*') {
            *at = *text;
            ++at;
        } else {
            for (uint32_t shift = 32U; shift > 0U; shift -= 4U) {
                const char digit = (char)((*values >> (shift - 4U)) & 15U);

                *at = (char)(digit + ((digit < (char)10) ? '0' : ('a' - 10)));
                ++at;
            }
            ++values;
        }
    }
    return at;
}

#endif
