# SPDX-License-Identifier: Apache-2.0
"""Networks as configurations of Intel's Loihi 1 and 2, proved on the vendor's own models."""
