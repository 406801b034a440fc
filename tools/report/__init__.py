# SPDX-License-Identifier: Apache-2.0
"""Results as pages: one self-contained file each, no scripts, always the same bytes."""
