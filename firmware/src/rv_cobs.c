/* SPDX-License-Identifier: Apache-2.0 */
#include "ranvier/cobs.h"

#include <stdbool.h>

/* A block's code byte counts itself and the bytes up to the next zero; 255 means "no zero yet". */
#define RV_COBS_FULL 254U

void rv_cobs_encode(const uint8_t *src, uint32_t length, rv_put_t put, void *context)
{
    uint32_t at = 0U;
    bool more = true;

    while (more) {
        uint32_t run = 0U;

        while ((at + run < length) && (run < RV_COBS_FULL) && (src[at + run] != 0U)) {
            ++run;
        }
        put(context, (uint8_t)(run + 1U));
        for (uint32_t i = 0U; i < run; ++i) {
            put(context, src[at + i]);
        }
        at += run;
        more = (at < length);
        if (more && (run < RV_COBS_FULL)) {
            ++at; /* the zero this block stands for */
        }
    }
}

int32_t rv_cobs_decode(const uint8_t *src, uint32_t length, uint8_t *dst)
{
    uint32_t from = 0U;
    uint32_t to = 0U;

    while (from < length) {
        const uint32_t code = src[from];

        if ((code == 0U) || (code > length - from)) {
            return RV_E_CORRUPT;
        }
        for (uint32_t i = 1U; i < code; ++i) {
            const uint8_t byte = src[from + i];

            if (byte == 0U) {
                return RV_E_CORRUPT;
            }
            dst[to] = byte;
            ++to;
        }
        from += code;
        if ((code <= RV_COBS_FULL) && (from < length)) {
            dst[to] = 0U;
            ++to;
        }
    }
    return (int32_t)to;
}
