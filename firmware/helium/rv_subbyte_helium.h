/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Weights of 4 or 2 bits in 16-bit sums, a register of them at a time and up to four events. As in
 * src/rv_subbyte_packed.h these are first added up in fields of twice the bits, of 2 bits then in bytes.
 * VMOVLB and VMOVLT widen the even bytes and the odd ones.
 *
 *   r4-r7 columns   r2 minus the surplus   r3 next sum   lr registers left   q2 q4 work
 *   q0 neighbouring fields as they lie in their bytes   q1 the upper ones of them   q3 mask
 */
#ifndef RV_SUBBYTE_HELIUM_H
#define RV_SUBBYTE_HELIUM_H

#include "ranvier/subbyte.h"
#include "rv_helium.h"
#include "rv_subbyte_fours.h"

/* What n events bring too much is taken off each sum. */
#define RV_LESS(BITS, n) (0U - ((n) << ((BITS) - 1U)))

#define RV_UPPER_4(to, from) "vshr.u8 " to ", " from ", #4\n"
#define RV_UPPER_2(to, from) "vshr.u8 " to ", " from ", #2\n vand " to ", " to ", q3\n"
#define RV_FIRST(BITS, column) "vldrb.u8 q0, [" column "], #16\n" RV_UPPER_##BITS("q1", "q0")
#define RV_NEXT(BITS, column) \
    "vldrb.u8 q2, [" column   \
    "], #16\n vadd.i8 q0, q0, q2\n" RV_UPPER_##BITS("q2", "q2") "vadd.i8 q1, q1, q2\n"
#define RV_LAST_4(HOW) "vshl.i8 q2, q1, #4\n vsub.i8 q0, q0, q2\n" HOW("q0") HOW("q1")
#define RV_LAST_2(HOW) \
    "vshl.i8 q2, q1, #2\n vsub.i8 q0, q0, q2\n" RV_APART("q0", HOW) RV_APART("q1", HOW)
#define RV_APART(from, HOW) \
    "vshl.i8 q2, " from ", #4\n vshr.u8 q2, q2, #4\n" HOW("q2") RV_UPPER_4("q2", from) HOW("q2")

#define RV_SUM_1(BITS) RV_FIRST(BITS, "r4")
#define RV_SUM_2(BITS) RV_SUM_1(BITS) RV_NEXT(BITS, "r5")
#define RV_SUM_3(BITS) RV_SUM_2(BITS) RV_NEXT(BITS, "r6")
#define RV_SUM_4(BITS) RV_SUM_3(BITS) RV_NEXT(BITS, "r7")

/* What becomes of sixteen bytes: sums, or they are added to those that are there. The surplus is taken
 * off with the first events. */
#define RV_HALF(how, bytes, START, FROM) "vmovl" how ".u8 q4, " bytes "\n" START FROM RV_STORE
#define RV_HALVES(bytes, START, FROM) \
    RV_HALF("b", bytes, START, FROM) RV_HALF("t", bytes, START, FROM)
#define RV_START "vadd.i16 q4, q4, r2\n"
#define RV_STORE "vstrh.16 q4, [r3], #16\n"
#define RV_SET(bytes) RV_HALVES(bytes, RV_START, "")
#define RV_MORE(bytes) RV_HALVES(bytes, "", RV_FROM)
#define RV_ADD(bytes) RV_HALVES(bytes, RV_START, RV_FROM)
#define RV_FROM "vldrh.u16 q5, [r3]\n vadd.i16 q4, q4, q5\n"
#define RV_LOOP(text) "dls lr, lr\n 1: " text "le lr, 1b\n"

/* A lone event: what its fields are too large by is taken off a register of bytes at a time. */
#define RV_LONE_4(HOW)                                                                    \
    "vldrb.u8 q0, [r4], #16\n vshr.u8 q1, q0, #4\n vand q0, q0, q3\n" RV_BYTES("q0", HOW) \
        RV_BYTES("q1", HOW)
#define RV_LONE_2(HOW)                                                                  \
    "vldrb.u8 q0, [r4], #16\n vand q1, q0, q3\n" RV_BYTES("q1", HOW) RV_FIELD("4", HOW) \
        RV_FIELD("2", HOW) "vshr.u8 q1, q0, #6\n" RV_BYTES("q1", HOW)
#define RV_FIELD(at, HOW) "vshr.u8 q1, q0, #" at "\n vand q1, q1, q3\n" RV_BYTES("q1", HOW)
#define RV_BYTES(bytes, HOW) "vadd.i8 " bytes ", " bytes ", r2\n" HOW("b", bytes) HOW("t", bytes)
#define RV_SET_APART(how, bytes) "vmovl" how ".s8 q4, " bytes "\n" RV_STORE
#define RV_ADD_APART(how, bytes) "vmovl" how ".s8 q4, " bytes "\n" RV_FROM RV_STORE
#define RV_MASK_4 "vmov.i8 q3, #0x0F\n"
#define RV_MASK_2 "vmov.i8 q3, #0x03\n"
#define RV_LONE(BITS, HOW)                                                \
    do {                                                                  \
        register const uint8_t *a __asm__("r4") = &w[events[1] * bytes];  \
        register uint32_t r2 __asm__("r2") = RV_LESS(BITS, 1U);           \
        register int16_t *to __asm__("r3") = sums;                        \
        register uint32_t registers __asm__("lr") = bytes / 16U;          \
                                                                          \
        __asm__ volatile(RV_MASK_##BITS RV_LOOP(RV_LONE_##BITS(HOW))      \
                         : "+r"(a), "+r"(to), "+r"(registers)             \
                         : "r"(r2)                                        \
                         : "q0", "q1", "q3", "q4", "q5", "cc", "memory"); \
    } while (0)

/* All targets for n events. */
#define RV_TILES(BITS, n, SUM, HOW)                                                      \
    do {                                                                                 \
        register const uint8_t *a __asm__("r4") = RV_COLUMN(0, n);                       \
        register const uint8_t *b __asm__("r5") = RV_COLUMN(1, n);                       \
        register const uint8_t *c __asm__("r6") = RV_COLUMN(2, n);                       \
        register const uint8_t *d __asm__("r7") = RV_COLUMN(3, n);                       \
        register uint32_t r2 __asm__("r2") = start;                                      \
        register int16_t *to __asm__("r3") = sums;                                       \
        register uint32_t registers __asm__("lr") = bytes / 16U;                         \
                                                                                         \
        __asm__ volatile("vmov.i8 q3, #0x33\n" RV_LOOP(SUM RV_LAST_##BITS(HOW))          \
                         : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(to), "+r"(registers) \
                         : "r"(r2)                                                       \
                         : "q0", "q1", "q2", "q3", "q4", "q5", "cc", "memory");          \
    } while (0)
#define RV_ZERO()                                                                \
    do {                                                                         \
        register int16_t *to __asm__("r3") = sums;                               \
        register uint32_t registers __asm__("lr") = (uint32_t)stride / RV_LANES; \
                                                                                 \
        __asm__ volatile("vmov.i16 q4, #0\n" RV_LOOP(RV_STORE)                   \
                         : "+r"(to), "+r"(registers)                             \
                         :                                                       \
                         : "q4", "cc", "memory");                                \
    } while (0)

#endif
