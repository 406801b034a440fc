/* SPDX-License-Identifier: Apache-2.0 */
#define RV_WEIGHT int16_t
#include "rv_window_core.h"

/* A pool is a convolution of each channel apart with one weight at every tap. */
void rv_project_pool_events(const rv_pool_t *p, const uint16_t *restrict events,
                            int32_t *restrict acc)
{
    const rv_conv_t conv = {.window = p->window, .group_in = 1U, .group_out = 1U};

    rv_window_events(&conv, &p->weight, events, acc);
}
