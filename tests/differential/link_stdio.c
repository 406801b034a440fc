/* SPDX-License-Identifier: Apache-2.0 */
/* The link on standard input and output, for AddressSanitizer: requests in, answers out. */
#include "ranvier/image.h"
#include "ranvier/link.h"

#include <stdio.h>
#include <stdlib.h>

static void put(void *context, uint8_t byte)
{
    (void)context;
    (void)putchar(byte);
}

uint32_t rv_board_ticks(void)
{
    return 0U;
}

uint32_t rv_board_tick_hz(void)
{
    return 0U;
}

bool rv_board_has_exit(void)
{
    return true;
}

_Noreturn void rv_board_exit(uint8_t code)
{
    exit(code);
}

int main(void)
{
    /* On the heap: each buffer's end is then watched, also within the last bytes. */
    rv_link_t *link = malloc(sizeof *link);
    void *state = malloc(rv_net.state_bytes);
    int byte = getchar();

    if ((link == NULL) || (state == NULL) ||
        (rv_link_init(link, &rv_net, state, RV_CAUSE_NONE, put, NULL) != RV_OK)) {
        return EXIT_FAILURE;
    }
    while (byte != EOF) {
        rv_link_feed(link, (uint8_t)byte);
        byte = getchar();
    }
    free(state);
    free(link);
    return EXIT_SUCCESS;
}
