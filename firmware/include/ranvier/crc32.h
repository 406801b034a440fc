/* SPDX-License-Identifier: Apache-2.0 */
/* CRC-32 of IEEE 802.3, reflected: the value zlib.crc32 gives. */
#ifndef RANVIER_CRC32_H
#define RANVIER_CRC32_H

#include <stdint.h>

/*
 * Checksum of `length` bytes.
 *
 * data    [in]  the bytes
 * length  [in]  how many, 0 gives 0
 */
uint32_t rv_crc32(const uint8_t *data, uint32_t length);

#endif
