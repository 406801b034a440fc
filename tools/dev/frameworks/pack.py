# SPDX-License-Identifier: Apache-2.0
"""Pack a recorder's folder for the repository: `pack.py RECORDED tests/dialects/vectors/NAME`.

A NIR file is ten times larger than what is in it; one archive holds them all. The same recording
gives the same bytes.
"""

from __future__ import annotations

import shutil
import sys
import zipfile
from pathlib import Path

EPOCH = (1980, 1, 1, 0, 0, 0)


def pack(recorded: Path, packed: Path) -> int:
    """Write cases.json and cases.zip; return the archive's size in bytes."""
    packed.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(recorded / "cases.json", packed / "cases.json")
    target = packed / "cases.zip"
    with zipfile.ZipFile(target, "w") as archive:
        for path in sorted(recorded.iterdir()):
            if path.suffix not in (".nir", ".npz"):
                continue
            info = zipfile.ZipInfo(path.name, EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED if path.suffix == ".nir" else 0
            archive.writestr(info, path.read_bytes(), compresslevel=9)
    return target.stat().st_size


if __name__ == "__main__":
    print(pack(Path(sys.argv[1]), Path(sys.argv[2])), "bytes")
