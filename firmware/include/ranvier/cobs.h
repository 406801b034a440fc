/* SPDX-License-Identifier: Apache-2.0 */
/* Consistent overhead byte stuffing: frames without a zero byte, so that zero can end them. */
#ifndef RANVIER_COBS_H
#define RANVIER_COBS_H

#include "ranvier/err.h"

#include <stdint.h>

/* Longest encoding of n bytes, without the delimiter. */
#define RV_COBS_MAX(n) ((n) + (n) / 254U + 1U)

/* Takes one byte of output; `context` is the caller's. */
typedef void (*rv_put_t)(void *context, uint8_t byte);

/*
 * Encode straight into a byte sink: no second buffer. The delimiter is left to the caller.
 *
 * src      [in]  `length` bytes, any value
 * put      [in]  receives at most RV_COBS_MAX(length) bytes, none of them zero
 */
void rv_cobs_encode(const uint8_t *src, uint32_t length, rv_put_t put, void *context);

/*
 * Decode one frame without its delimiter. `dst` may equal `src`: the output never overtakes
 * the input, and is never longer.
 *
 * src   [in]   `length` bytes, length < 2^31
 * dst   [out]  room for `length` bytes
 *
 * Returns the decoded length, or RV_E_CORRUPT: a zero byte, or a block that runs past the end.
 */
RV_MUST_CHECK int32_t rv_cobs_decode(const uint8_t *src, uint32_t length, uint8_t *dst);

#endif
