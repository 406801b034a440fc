# SPDX-License-Identifier: Apache-2.0
"""`verify` finds what differs, and says where."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.needs import need_program
from tests.networks import data, network

from ranvier import reference
from ranvier.errors import RanvierError
from ranvier.ir import Network
from ranvier.reference import Trace
from ranvier.tools.build import Build
from ranvier.tools.verbs.compile import compile
from ranvier.tools.verbs.verify import verify


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    need_program("gcc", "gcc libc6-dev")
    return compile(network("motion"), "host", tmp_path_factory.mktemp("verify") / "host").build


@pytest.mark.parametrize(
    ("field", "kind"),
    [("spikes", "spike"), ("v", "state"), ("out", "output"), ("classes", "output")],
)
def test_one_wrong_value_is_found_and_placed(
    build: Build, field: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    golden = reference.simulate

    def wrong(found: Network, raw: np.ndarray) -> Trace:
        trace = golden(found, raw)
        values = getattr(trace, field)
        layer = {"spikes": "lif1", "v": "li"}.get(field)
        changed = (values if layer is None else values[layer]).copy()
        at = (3,) if field == "classes" else (3, 7, 2)
        changed[at] = (changed[at] + 1) % 4
        fields: dict[str, Any] = {field: changed if layer is None else {**values, layer: changed}}
        return replace(trace, **fields)

    monkeypatch.setattr(reference, "simulate", wrong)
    result = verify(build, data("motion")[1], samples=5)
    assert result.mismatches == 1
    assert result.first_mismatch is not None
    assert result.first_mismatch["kind"] == kind
    assert result.first_mismatch["sample"] == 3
    if field != "classes":
        assert (result.first_mismatch["step"], result.first_mismatch["neuron"]) == (7, 2)


def test_a_library_of_another_network_is_refused(build: Build) -> None:
    other = replace(build.network, dt=0.2)
    with pytest.raises(RanvierError) as e:
        verify(replace(build, network=other), data("motion")[1], samples=1)
    assert e.value.code == "L005"
    assert build.signature.hex()[:8] in e.value.what


def test_a_network_built_again_at_the_same_place_is_the_new_one(tmp_path: Path) -> None:
    need_program("gcc", "gcc libc6-dev")
    for dt in (0.1, 0.2, 0.3):
        found = compile(replace(network("motion"), dt=dt), "host", tmp_path / "b").build
        assert verify(found, data("motion")[1], samples=1).mismatches == 0
