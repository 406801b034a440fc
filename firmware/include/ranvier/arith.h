/* SPDX-License-Identifier: Apache-2.0 */
/* The integer operations of the numeric contract, free of undefined and implementation-defined
 * behaviour. */
#ifndef RANVIER_ARITH_H
#define RANVIER_ARITH_H

#include <stdint.h>

/* Kernels are specialised by constant folding: their shared core must be inlined. */
#ifdef __GNUC__
#define RV_INLINE static inline __attribute__((always_inline))
#else
#define RV_INLINE static inline
#endif

/* Floor division by 2^k, 0 <= k <= 31. `>>` of a negative value is implementation-defined in C11
 * (6.5.7p5); this is not, and compiles to one ASR. */
RV_INLINE int32_t rv_asr32(int32_t x, uint32_t k)
{
    return (x < 0) ? ~(~x >> k) : (x >> k);
}

/* The same in 64 bits, 0 <= k <= 63. */
RV_INLINE int64_t rv_asr64(int64_t x, uint32_t k)
{
    return (x < 0) ? ~(~x >> k) : (x >> k);
}

/* Division by 2^k toward zero. x > INT32_MIN, which no proved sum reaches. */
RV_INLINE int32_t rv_div32(int32_t x, uint32_t k)
{
    return (x < 0) ? -(-x >> k) : (x >> k);
}

/* The same in 64 bits. */
RV_INLINE int64_t rv_div64(int64_t x, uint32_t k)
{
    return (x < 0) ? -(-x >> k) : (x >> k);
}

/* x * 2^k, 0 <= k <= 31; the caller has proved that it fits. Neither the shift of a negative value
 * nor 2^31 as an int32_t is defined, so a negative x is shifted as its complement. */
RV_INLINE int32_t rv_shl32(int32_t x, uint32_t k)
{
    return (x < 0) ? ~(int32_t)(((uint32_t)~x << k) | ((1UL << k) - 1UL))
                   : (int32_t)((uint32_t)x << k);
}

/* x * 2^k, or the floor of x / 2^-k for k < 0; -31 <= k <= 31. */
RV_INLINE int32_t rv_shift32(int32_t x, int32_t k)
{
    return (k >= 0) ? rv_shl32(x, (uint32_t)k) : rv_asr32(x, (uint32_t)-k);
}

/* The same in 64 bits, -63 <= k <= 31. */
RV_INLINE int64_t rv_shift64(int64_t x, int32_t k)
{
    return (k >= 0) ? (x * (int64_t)(1ULL << (uint32_t)k)) : rv_asr64(x, (uint32_t)-k);
}

/* x modulo 2^16, as a number of 16 bits. */
RV_INLINE int16_t rv_wrap16(int32_t x)
{
    const uint32_t low = (uint32_t)x & 0xFFFFU;

    return (int16_t)((low < 0x8000U) ? (int32_t)low : ((int32_t)low - 0x10000));
}

/* Nearest of the numbers of 16 bits, in one instruction where the core has it. */
RV_INLINE int32_t rv_sat16(int32_t x)
{
#ifdef __ARM_FEATURE_SAT
    return (int32_t)__builtin_arm_ssat(x, 16);
#else
    return (x > INT16_MAX) ? INT16_MAX : ((x < INT16_MIN) ? INT16_MIN : x);
#endif
}

/* Nearest of -2^(bits-1) .. 2^(bits-1)-1; 2 <= bits <= 31. */
RV_INLINE int32_t rv_sat32(int32_t x, uint32_t bits)
{
    const int32_t high = (int32_t)((1UL << (bits - 1U)) - 1UL);
    const int32_t low = -high - 1;

    return (bits == 16U) ? rv_sat16(x) : ((x > high) ? high : ((x < low) ? low : x));
}

/* The same of 64 bits; 2 <= bits <= 63. */
RV_INLINE int64_t rv_sat64(int64_t x, uint32_t bits)
{
    const int64_t high = (int64_t)((1ULL << (bits - 1U)) - 1ULL);
    const int64_t low = -high - 1;

    return (x > high) ? high : ((x < low) ? low : x);
}

/* x modulo 2^bits, from 1 above the lowest of two's complement to 1 above the highest; bits <= 24. */
RV_INLINE int32_t rv_wrap_upper32(int32_t x, uint32_t bits)
{
    const uint32_t half = (uint32_t)1U << (bits - 1U);
    const uint32_t low_bits = ((uint32_t)x + (half - 1U)) & ((half << 1U) - 1U);

    return (int32_t)low_bits - (int32_t)(half - 1U);
}

/* The same of 64 bits. */
RV_INLINE int64_t rv_wrap_upper64(int64_t x, uint32_t bits)
{
    const uint64_t half = 1ULL << (bits - 1U);
    const uint64_t low_bits = ((uint64_t)x + (half - 1U)) & ((half << 1U) - 1U);

    return (int64_t)low_bits - (int64_t)(half - 1U);
}

/* x modulo 2^bits, in two's complement; 2 <= bits <= 31. */
RV_INLINE int32_t rv_wrap32(int32_t x, uint32_t bits)
{
    const uint32_t half = (uint32_t)1U << (bits - 1U);
    const uint32_t low_bits = ((uint32_t)x + half) & ((half << 1U) - 1U);

    return (int32_t)low_bits - (int32_t)half;
}

/* The same of 64 bits; 2 <= bits <= 62. */
RV_INLINE int64_t rv_wrap64(int64_t x, uint32_t bits)
{
    const uint64_t half = 1ULL << (bits - 1U);
    const uint64_t low_bits = ((uint64_t)x + half) & ((half << 1U) - 1U);

    return (int64_t)low_bits - (int64_t)half;
}

#endif
