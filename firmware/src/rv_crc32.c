/* SPDX-License-Identifier: Apache-2.0 */
#include "ranvier/crc32.h"

/* One nibble at a time: 64 bytes of flash instead of 1 KB, for about twice the time. */
static const uint32_t rv_crc32_nibble[16] = {
    0x00000000U, 0x1DB71064U, 0x3B6E20C8U, 0x26D930ACU, 0x76DC4190U, 0x6B6B51F4U,
    0x4DB26158U, 0x5005713CU, 0xEDB88320U, 0xF00F9344U, 0xD6D6A3E8U, 0xCB61B38CU,
    0x9B64C2B0U, 0x86D3D2D4U, 0xA00AE278U, 0xBDBDF21CU,
};

uint32_t rv_crc32(const uint8_t *data, uint32_t length)
{
    uint32_t crc = 0xFFFFFFFFU;

    for (uint32_t i = 0U; i < length; ++i) {
        crc ^= data[i];
        crc = rv_crc32_nibble[crc & 15U] ^ (crc >> 4);
        crc = rv_crc32_nibble[crc & 15U] ^ (crc >> 4);
    }
    return ~crc;
}
