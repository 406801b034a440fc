/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The events of a step for kernels that add up to four columns of weights of 4 or 2 bits at a time. The
 * header that includes this says how: RV_TILES(BITS, n, SUM, HOW) runs through all targets for the n
 * events at `event`, RV_SUM_n(BITS) adds n columns, RV_MORE is what becomes of the sums of all but the
 * first events, RV_LESS(BITS, n) what those of n events start from, and RV_LONE(BITS, HOW) runs through
 * all targets for a lone event, of which no sum of fields is needed.
 */
#ifndef RV_SUBBYTE_FOURS_H
#define RV_SUBBYTE_FOURS_H

/*
 * One to four events, then four at a time. HOW is what becomes of the first sums, NONE what is done
 * where there is no event.
 */
#define RV_EVENTS(BITS, HOW, NONE)                           \
    const uint32_t bytes = (uint32_t)stride / (8U / (BITS)); \
                                                             \
    if (events[0] == 1U) {                                   \
        RV_LONE(BITS, HOW##_APART);                          \
        return;                                              \
    }                                                        \
                                                             \
    const uint16_t *event = &events[1];                      \
    const uint32_t odd = (events[0] + 3U) % 4U;              \
    uint32_t left = (events[0] + 3U) / 4U;                   \
    const uint32_t start = RV_LESS(BITS, events[0]);         \
                                                             \
    if (left == 0U) {                                        \
        NONE;                                                \
        return;                                              \
    }                                                        \
    if (odd == 0U) {                                         \
        RV_TILES(BITS, 1, RV_SUM_1(BITS), HOW);              \
    } else if (odd == 1U) {                                  \
        RV_TILES(BITS, 2, RV_SUM_2(BITS), HOW);              \
    } else if (odd == 2U) {                                  \
        RV_TILES(BITS, 3, RV_SUM_3(BITS), HOW);              \
    } else {                                                 \
        RV_TILES(BITS, 4, RV_SUM_4(BITS), HOW);              \
    }                                                        \
    event += odd + 1U;                                       \
    for (--left; left != 0U; --left) {                       \
        RV_TILES(BITS, 4, RV_SUM_4(BITS), RV_MORE);          \
        event += 4;                                          \
    }

/* Where the k-th column of n begins; the first once more, if there is none. */
#define RV_COLUMN(k, n) &w[event[((k) < (n)) ? (k) : 0] * bytes]

#endif
