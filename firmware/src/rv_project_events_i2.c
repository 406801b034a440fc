/* SPDX-License-Identifier: Apache-2.0 */
#include "rv_subbyte_i32.h"

void rv_project_events_i2(const uint8_t *restrict w, uint16_t targets,
                          const uint16_t *restrict events, int32_t *restrict acc)
{
    rv_subbyte_events(w, targets, 2U, events, acc);
}
