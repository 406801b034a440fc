# SPDX-License-Identifier: Apache-2.0
"""`make demo-hdl`: the page says what was made, and a core that differs fails it."""

import json
import re
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from tests.commands import call
from tests.hdl.cores import need_verilator
from tests.hdl.coverage import cache
from tests.needs import need_program

from ranvier.tools import demo_hdl
from ranvier.tools.build import open_build
from ranvier.tools.verbs.compile import compile
from ranvier.tools.verbs.verify import verify


def test_it_makes_a_bitstream_and_proves_its_core(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need_verilator()
    need_program("yosys", "yosys")
    need_program("nextpnr-ice40", "nextpnr-ice40")
    need_program("icepack", "fpga-icestorm")
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache()))
    # One lane is soon placed; docs/fpga.md quotes the page as users get it, of eight.
    monkeypatch.setattr(demo_hdl, "compile", partial(compile, lanes=1))
    result = call("demo", "--target", "up5k", "-o", tmp_path / "b")
    assert result.exit_code == 0, result.output
    page = result.stdout
    assert "simulated core == golden model" in page
    compared = re.search(r"(\d+) mismatches in (\d+) spike slots \((\d+) spikes\)", page)
    assert compared is not None
    assert int(compared[1]) == 0
    assert int(compared[2]) > int(compared[3]) > 10_000
    manifest = json.loads((tmp_path / "b/manifest.json").read_text())
    assert f"{manifest['place']['cells']['lc']['used']} of 5280 logic cells" in page
    assert f"{manifest['cost']['cycles_per_step_at_most']} cycles at most" in page
    assert (tmp_path / "b/top_motion.bin").stat().st_size == 104090
    assert (tmp_path / "b/report.html").is_file()

    right = verify
    monkeypatch.setattr(demo_hdl, "compile", lambda *_: _Compiled(tmp_path / "b"))
    monkeypatch.setattr(
        demo_hdl, "verify", lambda b, t, **_: replace(right(b, t, samples=1), mismatches=7)
    )
    result = call("demo", "--target", "up5k", "-o", tmp_path / "again")
    assert result.exit_code == 1
    assert "CORE DIFFERS" in result.stdout


class _Compiled:
    """What `compile` returns, of a build that is there."""

    def __init__(self, path: Path) -> None:
        self.build = open_build(path)
