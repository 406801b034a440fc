/* SPDX-License-Identifier: Apache-2.0 */
/* What a source emitted in past steps, for projections with a delay. */
#ifndef RANVIER_HISTORY_H
#define RANVIER_HISTORY_H

#include <stdint.h>

/*
 * A ring of `slots` slots of `words` 16-bit words: word 0 of `ring` is the slot written last, the
 * slots follow. Slot d - 1 back holds what was emitted d steps ago; all are zero (no events, no
 * counts) until written.
 */
const uint16_t *rv_history_at(const uint16_t *ring, uint16_t slots, uint16_t words, uint16_t delay);

/* Append this step's output, dropping the oldest. */
void rv_history_push(uint16_t *restrict ring, uint16_t slots, uint16_t words,
                     const uint16_t *restrict out);

#endif
