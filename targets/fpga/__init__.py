# SPDX-License-Identifier: Apache-2.0
"""Verilog cores for FPGAs: lower a network to the core's layer table, and write what it needs."""
