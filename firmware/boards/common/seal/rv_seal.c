/* SPDX-License-Identifier: Apache-2.0 */
/* Is the image what was built? And a word that outlives a reset. */
#include "ranvier/board.h"
#include "ranvier/crc32.h"

/* From the linker script: .text and .rodata. */
extern const uint8_t rv_code_start[];
extern const uint8_t rv_code_end[];
extern const uint8_t rv_tables_start[];
extern const uint8_t rv_tables_end[];

/* CRC-32 of .text and of .rodata, put here after linking (targets/mcu/seal.py). Not volatile, which
 * would make the section writable; it is read as if it were. */
__attribute__((section(".rv_seal"), used)) const uint32_t rv_seal[2] = {0U, 0U};

__attribute__((section(".noinit"))) static volatile uint32_t rv_noted;

bool rv_board_image_is_whole(void)
{
    const uint32_t code = (uint32_t)((uintptr_t)rv_code_end - (uintptr_t)rv_code_start);
    const uint32_t tables = (uint32_t)((uintptr_t)rv_tables_end - (uintptr_t)rv_tables_start);

    const volatile uint32_t *seal = rv_seal;

    return (rv_crc32(rv_code_start, code) == seal[0]) &&
           (rv_crc32(rv_tables_start, tables) == seal[1]);
}

void rv_board_note(uint32_t word)
{
    rv_noted = word;
}

uint32_t rv_board_noted(void)
{
    return rv_noted;
}
