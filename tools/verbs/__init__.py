# SPDX-License-Identifier: Apache-2.0
"""What Ranvier does, one verb a file; ``ranvier.<verb>`` in Python, `ranvier <verb>` in a shell."""
