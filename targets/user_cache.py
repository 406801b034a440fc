# SPDX-License-Identifier: Apache-2.0
"""Where Ranvier keeps for a user what takes long to make again."""

import os
from pathlib import Path


def user_cache() -> Path:
    """Return the folder, which may not exist yet."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "ranvier"
