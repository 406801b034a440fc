# SPDX-License-Identifier: Apache-2.0
"""``python -m ranvier``: the command line, where the program is not on the path."""

from ranvier.tools.cli import main

if __name__ == "__main__":
    main(prog_name="ranvier")
