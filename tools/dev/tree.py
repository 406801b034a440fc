# SPDX-License-Identifier: Apache-2.0
"""The repository's files, and copies of them to work on."""

import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def git_files() -> list[str]:
    """Return tracked and not ignored files that exist, relative to the root."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return sorted({name for name in listed.split("\0") if name and os.path.lexists(ROOT / name)})


def copy_tree(target: Path) -> Path:
    """Copy them, keeping the links between the folders; return the copy."""
    for name in git_files():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target / name, follow_symlinks=False)
    return target
