# SPDX-License-Identifier: Apache-2.0
"""The most instructions that one step can take, read off the machine code that will run."""
