/* SPDX-License-Identifier: Apache-2.0 */
/* Semihosting: calls to the emulator or debugger. Without one the core locks up. */
#ifndef RANVIER_SEMIHOST_H
#define RANVIER_SEMIHOST_H

#include <stdint.h>

/* Print a string on the host's console. */
void rv_semihost_write(const char *text);

/* End the emulator or debug session with an exit code. */
_Noreturn void rv_semihost_exit(uint32_t code);

#endif
