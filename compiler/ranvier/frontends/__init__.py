# SPDX-License-Identifier: Apache-2.0
"""Readers of what users bring: models, quantised networks and data."""
