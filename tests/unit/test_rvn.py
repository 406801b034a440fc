# SPDX-License-Identifier: Apache-2.0
"""A .rvn file comes back as the network that was written, always from the same bytes."""

from dataclasses import replace

import pytest
from tests.unit.nets import ints, network
from tests.unit.rvn_files import NETWORKS

from ranvier import rvn
from ranvier.ir import Decode


@pytest.mark.parametrize("name", NETWORKS)
def test_round_trip(name: str) -> None:
    original = NETWORKS[name]()
    data = rvn.to_bytes(original)
    back = rvn.from_bytes(data, "x")
    assert repr(back) == repr(original)
    assert rvn.to_bytes(back) == data
    assert rvn.to_bytes(NETWORKS[name]()) == data


def test_any_change_changes_the_signature() -> None:
    plain = rvn.signature(network())
    changed = [
        network(name="other"),
        network(dt=2e-3),
        network(decode=Decode(rule="readout-last", sources=("out",), multiplier=ints(1))),
        network(projections=(replace(network().projections[0], delay=1), network().projections[1])),
    ]
    assert len({plain, *map(rvn.signature, changed)}) == 5
