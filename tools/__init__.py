# SPDX-License-Identifier: Apache-2.0
"""The command line and all that touches files, ports and programs."""
