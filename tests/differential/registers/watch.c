/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registers that a test plays. An access is a read until the next one shows that the word was changed: so a
 * register that is written to with what it reads as goes unnoticed, and the test lets none read so.
 */
#include "ranvier/board.h"
#include "rv_at.h"
#include "rv_core.h"

#include <setjmp.h>
#include <stddef.h>

typedef uint32_t (*watch_read_t)(uint32_t address);
typedef void (*watch_write_t)(uint32_t address, uint32_t value);
typedef void (*watch_core_t)(int32_t what);

enum { WATCH_MASK = 0, WATCH_UNMASK = 1, WATCH_SLEEP = 2, WATCH_SYNC = 3 };
#define WATCH_MOST 200000U

const uint32_t rv_vector_table[1] = {0U};
static uint32_t noted;
static watch_read_t on_read;
static watch_write_t on_write;
static watch_core_t on_core;
static volatile uint32_t slot;
static uint32_t slot_was;
static uint32_t slot_at;
static uint32_t n_accesses;
static jmp_buf out;

void watch_start(watch_read_t read, watch_write_t write, watch_core_t core);
void watch_settle(void);
int32_t watch_init(void);
int32_t watch_panic(const char *line);
int32_t watch_getc(void);

void watch_start(watch_read_t read, watch_write_t write, watch_core_t core)
{
    on_read = read;
    on_write = write;
    on_core = core;
    slot_at = 0U;
    n_accesses = 0U;
}

void watch_settle(void)
{
    const uint32_t at = slot_at;

    slot_at = 0U;
    if ((at != 0U) && (slot != slot_was)) {
        on_write(at, slot);
    }
}

volatile uint32_t *rv_watched(uint32_t address)
{
    watch_settle();
    if (++n_accesses > WATCH_MOST) {
        longjmp(out, 1);
    }
    slot_was = on_read(address);
    slot = slot_was;
    slot_at = address;
    return &slot;
}

static void watch_core(int32_t what)
{
    watch_settle();
    if (++n_accesses > WATCH_MOST) {
        longjmp(out, 1);
    }
    on_core(what);
}

void rv_core_mask(void)
{
    watch_core(WATCH_MASK);
}

void rv_core_unmask(void)
{
    watch_core(WATCH_UNMASK);
}

void rv_core_sleep(void)
{
    watch_core(WATCH_SLEEP);
}

void rv_core_sync(void)
{
    watch_core(WATCH_SYNC);
}

void rv_board_note(uint32_t word)
{
    noted = word;
}

uint32_t rv_board_noted(void)
{
    return noted;
}

/* These end, or return -1 where they would not. */
int32_t watch_init(void)
{
    if (setjmp(out) != 0) {
        return -1;
    }
    rv_board_init();
    watch_settle();
    return 0;
}

int32_t watch_getc(void)
{
    if (setjmp(out) != 0) {
        return -1;
    }
    return (int32_t)rv_board_getc();
}

int32_t watch_panic(const char *line)
{
    if (setjmp(out) != 0) {
        return -1;
    }
    rv_board_panic(line);
}
