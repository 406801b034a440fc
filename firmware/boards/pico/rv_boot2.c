/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What rv_boot2.S assembles to, zeros, and at the end the CRC that the boot ROM asks for (RP2040 Datasheet,
 * Flash Second Stage, Checksum): polynomial 0x04C11DB7, from ones, bits neither reversed nor inverted.
 */
#include <stdint.h>

#define RV_BOOT2_WORDS 64

__attribute__((section(".rv_boot2"), used)) static const uint32_t rv_boot2[RV_BOOT2_WORDS] = {
    0x20004B0AU,
    0x20046098U,
    0x48096158U,
    0x20006018U,
    0x48086058U,
    0x505821F4U,
    0x60982001U,
    0x49074806U,
    0x68016008U,
    0x8808F381U,
    0x47086841U,
    0x18000000U,
    0x001F0300U,
    0x03000218U,
    0x10000100U,
    0xE000ED08U,
    [RV_BOOT2_WORDS - 1] = 0xDF114065U,
};
