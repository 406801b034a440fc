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

static uint32_t nothing(void *context)
{
    (void)context;
    return 0U;
}

static void leave(void *context, uint8_t code)
{
    (void)context;
    exit(code);
}

int main(void)
{
    static const rv_link_port_t port = {
        .put = put, .ticks = nothing, .stack_used = nothing, .exit = leave};
    /* On the heap: each buffer's end is then watched, also within the last bytes. */
    rv_link_t *link = malloc(sizeof *link);
    void *state = malloc(rv_net.state_bytes);
    int byte = getchar();

    if ((link == NULL) || (state == NULL) ||
        (rv_link_init(link, &rv_net, state, rv_build_hash, &port) != RV_OK)) {
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
