# SPDX-License-Identifier: Apache-2.0
"""Microcontrollers: a network as C tables, a list of kernel calls, and a board's image."""
