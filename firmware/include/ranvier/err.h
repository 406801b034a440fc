/* SPDX-License-Identifier: Apache-2.0 */
/* What a fallible call of the runtime returns: zero or one of these, negative as in errno.h. */
#ifndef RANVIER_ERR_H
#define RANVIER_ERR_H

typedef enum {
    RV_OK = 0,
    RV_E_ARG = -22,     /* an argument or descriptor that makes no sense */
    RV_E_CORRUPT = -74, /* bytes that cannot have been sent like this */
    RV_E_SIZE = -90     /* does not fit the buffers this build reserved */
} rv_err_t;

#ifdef __GNUC__
#define RV_MUST_CHECK __attribute__((warn_unused_result))
#else
#define RV_MUST_CHECK
#endif

#endif
