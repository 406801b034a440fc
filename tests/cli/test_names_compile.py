# SPDX-License-Identifier: Apache-2.0
"""Every name that a network may have is one that its C can have: nothing clashes, all compiles."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from tests.cases import ROOT
from tests.commands import answer, succeeds
from tests.needs import need_program
from tests.unit.nets import network, population

from ranvier import rvn
from ranvier.check import check
from ranvier.ir import Dense, Network, Projection

# What the generated C calls its own: NET_reset(), NET_state_t, NET_hid_w0 and so on.
RESERVED = ["reset", "init", "step", "signature", "state_t", "multiplier", "sha256", "hid_w0"]


def compiles(folder: Path, net: Network) -> None:
    """Fail unless the network compiles for this computer and runs there as the golden model."""
    need_program("gcc", "gcc libc6-dev")
    (folder / "n.rvn").write_bytes(rvn.to_bytes(check(net)))
    succeeds("compile", folder / "n.rvn", "--target", "host", "-o", folder / "b")
    np.savez(folder / "d.npz", x=np.random.default_rng(0).integers(0, 256, (2, 9, 2)))
    assert answer("verify", folder / "b", "--data", folder / "d.npz")["mismatches"] == 0


def test_layers_named_like_generated_symbols(tmp_path: Path) -> None:
    names = ["hid", *RESERVED]
    one = Dense(weight=np.full((3, 3), 100))
    chain = (Projection(source=a, target=b, connection=one) for a, b in pairwise(names))
    first, last = network().projections
    net = network(
        populations=(*(population(n, 3) for n in names), population("out", 2, fires=False)),
        projections=(first, *chain, replace(last, source=names[-1])),
    )
    compiles(tmp_path, net)


@pytest.mark.parametrize("name", ["stddef", "stdint", "stdbool", "build_hash", "main", "host"])
def test_networks_named_like_files_of_the_build(tmp_path: Path, name: str) -> None:
    compiles(tmp_path, network(name=name))


def test_no_file_of_the_runtime_could_be_a_network_of_that_name() -> None:
    """Networks never begin with rv_, so neither headers nor call graphs of theirs hide ours."""
    sources = [p for p in (ROOT / "firmware").rglob("*.[chS]") if p.parent.name != "ranvier"]
    assert len(sources) > 40
    assert [p.name for p in sources if not p.name.startswith("rv_")] == []


@pytest.mark.parametrize(
    "names",
    [("on/*off", "*/ int x;"), ("back\\", "two\nlines"), ("\u202e", "é"), ("\ud800", "??/")],
    ids=["comments", "line ends", "directions", "surrogates"],
)
def test_class_names_of_any_text(tmp_path: Path, names: tuple[str, ...]) -> None:
    compiles(tmp_path, network(decode=replace(network().decode, classes=names)))
