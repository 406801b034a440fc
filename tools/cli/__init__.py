# SPDX-License-Identifier: Apache-2.0
"""The command line: each command parses, calls the verb of the same name, and prints."""

from ranvier.tools.cli.entry import main

__all__ = ["main"]
