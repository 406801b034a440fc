# SPDX-License-Identifier: Apache-2.0
"""Where a quantised network can run: one package a family."""
