# SPDX-License-Identifier: Apache-2.0
"""The vendor's software missing, crashing, disagreeing, or driven to where it isn't Loihi."""

import importlib
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.commands import answer, fails
from tests.neuro.random_nets import case
from tests.neuro.running import outcomes

from ranvier import rvn
from ranvier.errors import RanvierError
from ranvier.frontends.data import make_data
from ranvier.ir import Network
from ranvier.targets.loihi import verify as vendor
from ranvier.targets.vendor import ENVIRONMENT, run_vendor
from ranvier.tools.verbs.compile import compile
from ranvier.tools.verbs.verify import verify


def chain() -> Network:
    """Return a network that netx takes."""
    return next(c for c in map(case, range(9, 200, 10)) if c.chip == "loihi2").network


def test_a_missing_environment_is_an_error_with_a_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "n.rvn").write_bytes(rvn.to_bytes(chain()))
    compile(tmp_path / "n.rvn", "loihi2", tmp_path / "b")
    monkeypatch.setenv(ENVIRONMENT, str(tmp_path / "none"))
    found = fails(tmp_path, "T007", "verify", tmp_path / "b")
    assert "lava-nc and lava-dl are not installed" in found["what"]
    assert "make neuro" in found["hint"]


def test_a_crash_is_its_last_line(lava: Path) -> None:
    crash = "import lava; print('noise'); raise ValueError('too many neurons')"
    with pytest.raises(RanvierError) as e:
        run_vendor([str(lava), "-c", crash], timeout=60, loc="net")
    assert e.value.code == "T008"
    assert e.value.what == "the vendor's software failed: ValueError: too many neurons"


def test_a_program_that_lava_refuses_fails_in_one_line(lava: Path, tmp_path: Path) -> None:
    c = case(0)
    made = outcomes([c], tmp_path)
    assert made[0].wrong == {}
    here = tmp_path / c.name / f"lava_{c.network.name}.py"
    here.write_text(here.read_text().replace(".a_in)", ".b_in)"))
    plan = vendor.Run(plan=_plan(c.network, c.chip), kind="lava", file=here,
                      inputs=made[0].trace.inputs)  # fmt: skip
    with pytest.raises(RanvierError) as e:
        vendor.run([plan])
    assert e.value.code == "T008"
    assert "\n" not in e.value.what


def _plan(network: Network, chip: str) -> Any:
    from ranvier.targets.loihi.chip import chip as named
    from ranvier.targets.loihi.lower import lower

    return lower(network, named(chip))


def test_netx_and_lava_must_agree(
    lava: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = compile(chain(), "loihi2", tmp_path / "b").build
    subject = importlib.import_module("ranvier.tools.families.loihi.subject")
    run = subject.run

    def with_a_difference(runs: Any) -> Any:
        found = run(runs)
        name = build.network.populations[0].name
        found[1].v[name][1, 2, 3] += 1
        return found

    monkeypatch.setattr(subject, "run", with_a_difference)
    with pytest.raises(RanvierError) as e:
        verify(build)
    assert e.value.code == "K006"
    assert "neuron 3, at step 2 of sample 1" in e.value.what


def test_a_current_outside_of_24_bits_is_not_compared(lava: Path, tmp_path: Path) -> None:
    """Lava wraps once: beyond, it isn't a chip's behaviour that would be compared."""
    found = chain()
    loud = replace(
        found,
        encoding=replace(found.encoding, raw_high=255),
        projections=tuple(replace(q, shift=q.shift + 4) for q in found.projections),
    )
    built = compile(loud, "loihi2", tmp_path / "b").build
    assert "leaves its current outside of 24 bits" in built.manifest["unproved"][0]
    raw = np.full((1, 30, loud.encoding.channels), 255, np.uint8)
    with pytest.raises(RanvierError) as e:
        verify(built, make_data(raw))
    assert e.value.code == "K007"


def test_a_build_s_own_vectors_are_verified(lava: Path, tmp_path: Path) -> None:
    compile(chain(), "loihi2", tmp_path / "b")
    result = answer("verify", tmp_path / "b")
    assert result["mismatches"] == 0
    assert result["compared"]["spikes"] > 100
    assert "netx of lava-dl 0.6.0" in result["simulated"]


def test_nothing_forbidden_can_be_imported_there(lava: Path) -> None:
    find = "import importlib.util as u; print([n for n in ('samna', 'torch') if u.find_spec(n)])"
    done = subprocess.run([lava, "-c", find], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_longest_delay_arrives(lava: Path, tmp_path: Path) -> None:
    """63 steps beside the hop in Lava; netx knows 62."""
    c = next(c for c in map(case, range(9, 200, 10)) if len(c.raw[0, 0]) < 20)
    first, *others = c.network.projections
    raw = np.repeat(c.raw, 2, axis=1).astype(np.uint8)
    late = [
        replace(
            c, name=f"late{d}", chip="loihi2", raw=raw,
            network=replace(c.network, projections=(replace(first, delay=d), *others)),
        )
        for d in (62, 63)
    ]  # fmt: skip
    found = outcomes(late, tmp_path)
    assert [(x.case.name, x.kind, x.wrong) for x in found] == [
        ("late62", "lava", {}), ("late62", "netx", {}), ("late63", "lava", {}),
    ]  # fmt: skip
    assert all(x.trace.spikes["a"][:, 63:].any() for x in found)
