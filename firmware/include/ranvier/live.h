/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Running free: a step at each tick of the network's dt, from a sample that is there or not, and an
 * answer at once (docs/app.md). What it needs of memory it has from the link.
 */
#ifndef RANVIER_LIVE_H
#define RANVIER_LIVE_H

#include <stdbool.h>
#include <stdint.h>

/* The class where there is none: before the first step, without a sample, once stopped. */
#define RV_NO_DECISION 0xFFFFU

/* What was particular about a tick, in its answer. */
#define RV_LIVE_LATE 0x01U   /* the next tick was due before this answer was ready */
#define RV_LIVE_MISSED 0x02U /* there was no sample: no step, no decision */
#define RV_LIVE_LOST 0x04U   /* ticks went by before this one without being noticed */
#define RV_LIVE_LAST 0x08U   /* as many ticks as were asked for */

#define RV_LIVE_LONGEST 0x20000000U /* period; the watchdog's four of them still compare */
#define RV_LIVE_PATIENCE 4U         /* periods until the watchdog bites */

typedef enum { RV_SOURCE_LINK = 0, RV_SOURCE_BOARD = 1 } rv_source_t;

/* Since START, as STOP sends it. */
typedef struct {
    uint32_t n_ticks;  /* all that were due: n_steps + n_missed + n_lost */
    uint32_t n_steps;
    uint32_t n_late;   /* of the steps and the missed */
    uint32_t n_missed;
    uint32_t n_lost;
    uint32_t n_sleeps; /* times the core was sent to sleep */
} rv_live_counts_t;

/* What was done since START, and what there is to do next. */
typedef struct {
    uint8_t source;  /* rv_source_t */
    bool is_running;
    bool is_paced;   /* ticks are to be waited for: it runs, or a watchdog wants to be kicked */
    uint32_t period; /* ticks of the counter */
    uint32_t due;    /* when the next one is */
    uint32_t count;  /* ticks to run, 0: until STOP */
    uint32_t first;  /* oldest step in the ring */
    uint32_t filled; /* steps in the ring */
    rv_live_counts_t counts;
} rv_live_t;

#endif
