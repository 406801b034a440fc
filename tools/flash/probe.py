# SPDX-License-Identifier: Apache-2.0
"""Whether two serial numbers are one debug probe's."""


def bare(number: str) -> str:
    """Return a serial number as all tools would give it.

    They differ in leading zeros and case (J-Link: 000683123456 and 683123456).
    """
    return number.lstrip("0").casefold()
