/* SPDX-License-Identifier: Apache-2.0 */
/* Checksum and byte stuffing as functions that ctypes can call. */
#include "ranvier/cobs.h"
#include "ranvier/crc32.h"

typedef struct {
    uint8_t *at;
} sink_t;

static void put(void *context, uint8_t byte)
{
    sink_t *sink = context;

    *sink->at = byte;
    ++sink->at;
}

uint32_t test_crc32(const uint8_t *data, uint32_t length);
uint32_t test_encode(const uint8_t *src, uint32_t length, uint8_t *dst);
int32_t test_decode(const uint8_t *src, uint32_t length, uint8_t *dst);

uint32_t test_crc32(const uint8_t *data, uint32_t length)
{
    return rv_crc32(data, length);
}

uint32_t test_encode(const uint8_t *src, uint32_t length, uint8_t *dst)
{
    sink_t sink = {dst};

    rv_cobs_encode(src, length, put, &sink);
    return (uint32_t)(sink.at - dst);
}

int32_t test_decode(const uint8_t *src, uint32_t length, uint8_t *dst)
{
    return rv_cobs_decode(src, length, dst);
}
