# SPDX-License-Identifier: Apache-2.0
"""Hardware in the loop: the same pytest file on the host, an emulator or a real port."""
