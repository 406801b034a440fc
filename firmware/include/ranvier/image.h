/* SPDX-License-Identifier: Apache-2.0 */
/* What the generated C of a build directory defines, and the link's main() looks for. */
#ifndef RANVIER_IMAGE_H
#define RANVIER_IMAGE_H

#include "ranvier/net.h"

#include <stdint.h>

extern const rv_net_t rv_net;
extern void *const rv_net_state;                        /* rv_net.state_bytes, 8-byte aligned */
extern const uint8_t rv_build_hash[RV_SIGNATURE_BYTES]; /* SHA-256 of the build's sources */

#endif
