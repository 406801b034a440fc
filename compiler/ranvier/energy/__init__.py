# SPDX-License-Identifier: Apache-2.0
"""Event counts -> energy, with sourced coefficients and ranges."""
