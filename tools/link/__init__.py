# SPDX-License-Identifier: Apache-2.0
"""The serial protocol between a host and a compiled network: docs/link-protocol.md."""
