# SPDX-License-Identifier: Apache-2.0
"""Puts an image onto an emulator or a board."""
