# SPDX-License-Identifier: Apache-2.0
"""Random networks: the golden model == lava-nc's fixed-point models == netx, in every step."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.neuro.random_nets import KINDS, SAMPLES, STEPS, Case, case
from tests.neuro.running import Outcome, outcomes

CHUNKS, CHUNK = 6, 10
LONG = 40  # samples of the long run


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_every_step_is_the_golden_model_s(lava: Path, tmp_path: Path, chunk: int) -> None:
    found = outcomes([case(seed) for seed in range(chunk * CHUNK, (chunk + 1) * CHUNK)], tmp_path)
    assert {f"{x.case.name} in {x.kind}": x.wrong for x in found if x.wrong} == {}
    assert sum(x.kind == "lava" for x in found) == CHUNK
    assert any(x.kind == "netx" for x in found)
    _assert_busy(found)


def _assert_busy(found: list[Outcome]) -> None:
    """Most networks fire, without which equality says little; loud ones leave their words."""
    lava = [x for x in found if x.kind == "lava"]
    firing = [x for x in lava if sum(x.trace.counts.values()) > SAMPLES * STEPS // 4]
    assert len(firing) >= 0.7 * len(lava)
    for x in lava:
        if x.case.name.startswith("loud"):
            assert sum(x.trace.saturations.values()) > 100


def test_all_kinds_are_drawn_for_both_chips() -> None:
    drawn = {(c.name.partition("-")[0], c.chip) for c in map(case, range(CHUNKS * CHUNK))}
    assert drawn == {(kind, chip) for kind in KINDS for chip in ("loihi1", "loihi2")}


def test_one_long_run_with_resets(lava: Path, tmp_path: Path) -> None:
    """States, spikes under way and biases before a layer's first step don't reach the next one."""
    first = _impatient()
    rng = np.random.default_rng(7)
    raw = (rng.random((LONG, STEPS, first.raw.shape[2])) < 0.4).astype(np.uint8)
    found = outcomes([replace(first, raw=raw)], tmp_path)
    assert [x.wrong for x in found] == [{}]
    assert sum(found[0].trace.counts.values()) > 20 * LONG


def _impatient() -> Case:
    """Return a network whose last layer would fire before its first step, back to its first."""
    for c in map(case, range(1, 1000, len(KINDS))):
        last = c.network.populations[-1]
        back = any((q.source, q.target) == (last.name, "a") for q in c.network.projections)
        assert last.fire is not None
        if back and (last.bias > last.fire.threshold).any():
            return c
    raise AssertionError("no such network among the first")
