/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The smallest block that tells the RP2350's boot ROM of a program (RP2350 Datasheet, 5.9.5.1): an executable
 * for the Arm cores, secure, one block in its loop. It starts at the image's vectors, which are at its
 * beginning.
 */
#include <stdint.h>

__attribute__((section(".rv_image_def"), used)) static const uint32_t rv_image_def[] = {
    0xFFFFDED3U, /* a block begins */
    0x10210142U, /* IMAGE_TYPE, one word: executable 1, secure 2 << 4, Arm 0 << 8, RP2350 1 << 12 */
    0x000001FFU, /* LAST: one word came before it */
    0x00000000U, /* the next block: this one */
    0xAB123579U, /* it ends */
};
