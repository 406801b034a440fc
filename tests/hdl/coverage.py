# SPDX-License-Identifier: Apache-2.0
"""Where simulated models are kept, and what they counted for `tools/dev/hdl_coverage.py`."""

import functools
import hashlib
import os
import tempfile
import uuid
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# A planted bug is to be found, not to be counted: models that count take three times as long.
COUNTS = "RANVIER_UNCOUNTED" not in os.environ


@functools.cache
def cache() -> Path:
    """Return the folder of built models, of this user, for all processes and runs."""
    folder = Path(tempfile.gettempdir()) / f"ranvier-hdl-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise PermissionError(f"{folder} is another user's")
    return folder


@functools.cache
def folder() -> Path:
    """Return the folder of what was counted of the Verilog as it is now."""
    digest = hashlib.sha256()
    for source in sorted((ROOT / "hdl" / "rtl").glob("*.v")):
        digest.update(source.read_bytes())
    found = cache() / f"coverage-{digest.hexdigest()[:16]}"
    found.mkdir(exist_ok=True)
    return found


def keep(counts: Path) -> int:
    """Keep which points of the Verilog a model reached, and which not; remove its counts.

    Returns how many points of hdl/rtl there were. A model's sources lie there or, copied, nowhere.
    """
    reached: dict[str, bool] = {}
    own = {source.name for source in (ROOT / "hdl" / "rtl").glob("*.v")}
    for line in counts.read_text("utf-8").splitlines()[1:]:
        text, _, count = line[3:].rpartition("' ")
        fields = dict(part.split("\2", 1) for part in text.split("\1") if part)
        source = Path(fields["f"])
        if source.name not in own or source.parent.name not in ("rtl", ""):
            continue
        kind = fields["page"].split("/")[0]
        point = f"{source.name}\t{fields['l']}\t{fields['n']}\t{kind}\t{fields['o']}"
        point += f"\t{fields.get('S', fields['l'])}"
        reached[point] = reached.get(point, False) or count != "0"
    counts.unlink()
    lines = [f"{int(hit)}\t{point}\n" for point, hit in sorted(reached.items())]
    (folder() / f"{uuid.uuid4().hex}.txt").write_text("".join(lines), "utf-8")
    return len(lines)
