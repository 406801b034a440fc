/* SPDX-License-Identifier: Apache-2.0 */
/* Instead of firmware's: the core's instructions are told to the test. */
#ifndef RV_CORE_H
#define RV_CORE_H

void rv_core_mask(void);
void rv_core_unmask(void);
void rv_core_sync(void);
void rv_core_sleep(void);

#endif
