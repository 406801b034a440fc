/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Weights of 4 or 2 bits in 16-bit sums, sixteen targets at a time and up to four events. As in
 * src/rv_subbyte_packed.h these are first added up in fields of twice the bits, of 2 bits then in bytes.
 * UXTAB16 adds bytes 0 and 2 to a pair of sums and, rotated by 8, 1 and 3 to the next. Each sum is
 * modulo 2^16: what all are too large by is taken off where they start.
 *
 *   r10 r11 r12 r0 columns   r1 r8 masks   r2 minus the surplus, in both halves
 *   r3 next sum   lr their end   r4 r5 weights, sums
 */
#ifndef RV_SUBBYTE_DSP_H
#define RV_SUBBYTE_DSP_H

#include "ranvier/subbyte.h"
#include "rv_pairs.h"
#include "rv_subbyte_fours.h"

/* What n events bring too much is taken off in both halves of a word. */
#define RV_LESS(BITS, n) (((0U - ((n) << ((BITS) - 1U))) & 0xFFFFU) * 0x10001U)

/* Four bits: r6 r8 neighbours as they lie in their words, r7 r9 the upper ones of them. */
#define RV_BEGIN_4 "mov r1, #0x0F0F0F0F\n"
#define RV_FIRST_4(column) \
    "ldrd r6, r8, [" column "], #8\n and r7, r1, r6, lsr #4\n and r9, r1, r8, lsr #4\n"
#define RV_NEXT_4(column)                                               \
    "ldrd r4, r5, [" column "], #8\n add r6, r6, r4\n add r8, r8, r5\n" \
    "and r4, r1, r4, lsr #4\n and r5, r1, r5, lsr #4\n add r7, r7, r4\n add r9, r9, r5\n"
#define RV_LAST_4(HOW) \
    "sub r6, r6, r7, lsl #4\n" HOW("r6") HOW("r7") "sub r8, r8, r9, lsl #4\n" HOW("r8") HOW("r9")

/* Two bits: r6 neighbours as they lie in the word, r7 the upper ones of them, r9 bytes of either. */
#define RV_BEGIN_2 "mov r1, #0x33333333\n mov r8, #0x0F0F0F0F\n"
#define RV_FIRST_2(column) "ldr r6, [" column "], #4\n and r7, r1, r6, lsr #2\n"
#define RV_NEXT_2(column) \
    "ldr r4, [" column "], #4\n add r6, r6, r4\n and r4, r1, r4, lsr #2\n add r7, r7, r4\n"
#define RV_LAST_2(HOW)                                                                    \
    "sub r6, r6, r7, lsl #2\n and r9, r8, r6\n" HOW("r9") "and r9, r8, r6, lsr #4\n" HOW( \
        "r9") "and r9, r8, r7\n" HOW("r9") "and r9, r8, r7, lsr #4\n" HOW("r9")

#define RV_SUM_1(BITS) RV_FIRST_##BITS("r10")
#define RV_SUM_2(BITS) RV_SUM_1(BITS) RV_NEXT_##BITS("r11")
#define RV_SUM_3(BITS) RV_SUM_2(BITS) RV_NEXT_##BITS("r12")
#define RV_SUM_4(BITS) RV_SUM_3(BITS) RV_NEXT_##BITS("r0")

/* What becomes of four bytes: sums, or they are added to those that are there. The surplus is taken
 * off with the first events. */
#define RV_SET(bytes) "uxtab16 r4, r2, " bytes "\n uxtab16 r5, r2, " bytes ", ror #8\n" RV_STORE
#define RV_TO(bytes) "uxtab16 r4, r4, " bytes "\n uxtab16 r5, r5, " bytes ", ror #8\n" RV_STORE
#define RV_MORE(bytes) "ldrd r4, r5, [r3]\n" RV_TO(bytes)
#define RV_ADD(bytes) "ldrd r4, r5, [r3]\n sadd16 r4, r4, r2\n sadd16 r5, r5, r2\n" RV_TO(bytes)
#define RV_STORE "strd r4, r5, [r3], #8\n"
#define RV_LOOP(text) "1: " text "cmp r3, lr\n bne 1b\n"

/* A lone event: bytes of one field each, r0 and r9, from a word to eight sums. */
#define RV_LONE_4(HOW)                                              \
    "ldrd r8, r11, [r10], #8\n" RV_BYTES("r8", "", ", lsr #4", HOW) \
        RV_BYTES("r11", "", ", lsr #4", HOW)
#define RV_LONE_2(HOW)                                        \
    "ldr r8, [r10], #4\n" RV_BYTES("r8", "", ", lsr #4", HOW) \
        RV_BYTES("r8", ", lsr #2", ", lsr #6", HOW)
#define RV_BYTES(word, low, high, HOW) \
    "and r0, r1, " word low "\n and r9, r1, " word high "\n" HOW "stmia r3!, {r4-r7}\n"
#define RV_SET_APART                                                         \
    "uxtab16 r4, r2, r0\n uxtab16 r5, r2, r0, ror #8\n uxtab16 r6, r2, r9\n" \
    "uxtab16 r7, r2, r9, ror #8\n"
/* Where there are sums, the surplus is taken off four bytes at once. */
#define RV_ADD_APART                                                                 \
    "ldmia r3, {r4-r7}\n usub8 r0, r0, r2\n usub8 r9, r9, r2\n sxtab16 r4, r4, r0\n" \
    "sxtab16 r5, r5, r0, ror #8\n sxtab16 r6, r6, r9\n sxtab16 r7, r7, r9, ror #8\n"
#define RV_FIELD_4 "mov r1, #0x0F0F0F0F\n"
#define RV_FIELD_2 "mov r1, #0x03030303\n"
#define RV_SET_APART_LESS(BITS) RV_LESS(BITS, 1U)
#define RV_ADD_APART_LESS(BITS) ((1U << ((BITS) - 1U)) * 0x01010101U)
#define RV_LONE(BITS, HOW)                                                                         \
    do {                                                                                           \
        register const uint8_t *a __asm__("r10") = &w[events[1] * bytes];                          \
        register uint32_t r2 __asm__("r2") = HOW##_LESS(BITS);                                     \
        register int16_t *to __asm__("r3") = sums;                                                 \
        register const int16_t *end __asm__("lr") = &sums[stride];                                 \
                                                                                                   \
        __asm__ volatile(RV_FIELD_##BITS RV_LOOP(RV_LONE_##BITS(HOW))                              \
                         : "+r"(a), "+r"(to)                                                       \
                         : "r"(r2), "r"(end)                                                       \
                         : "r0", "r1", "r4", "r5", "r6", "r7", "r8", "r9", "r11", "cc", "memory"); \
    } while (0)

/* All targets for n events. */
#define RV_TILES(BITS, n, SUM, HOW)                                                   \
    do {                                                                              \
        register const uint8_t *a __asm__("r10") = RV_COLUMN(0, n);                   \
        register const uint8_t *b __asm__("r11") = RV_COLUMN(1, n);                   \
        register const uint8_t *c __asm__("r12") = RV_COLUMN(2, n);                   \
        register const uint8_t *d __asm__("r0") = RV_COLUMN(3, n);                    \
        register uint32_t r2 __asm__("r2") = start;                                   \
        register int16_t *to __asm__("r3") = sums;                                    \
        register const int16_t *end __asm__("lr") = &sums[stride];                    \
                                                                                      \
        __asm__ volatile(RV_BEGIN_##BITS RV_LOOP(SUM RV_LAST_##BITS(HOW))             \
                         : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(to)               \
                         : "r"(r2), "r"(end)                                          \
                         : "r1", "r4", "r5", "r6", "r7", "r8", "r9", "cc", "memory"); \
    } while (0)
#define RV_ZERO()                                                      \
    do {                                                               \
        register int16_t *to __asm__("r3") = sums;                     \
        register const int16_t *end __asm__("lr") = &sums[stride];     \
                                                                       \
        __asm__ volatile("mov r4, #0\n mov r5, #0\n" RV_LOOP(RV_STORE) \
                         : "+r"(to)                                    \
                         : "r"(end)                                    \
                         : "r4", "r5", "cc", "memory");                \
    } while (0)

#endif
