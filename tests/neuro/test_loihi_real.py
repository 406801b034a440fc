# SPDX-License-Identifier: Apache-2.0
"""Real decoders on Loihi: builds verified as a user verifies them, on recordings nobody fitted."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.cases import FULL
from tests.networks import data, model, network, score

from ranvier.ir import ClipStage, Network
from ranvier.tools.verbs.compile import compile
from ranvier.tools.verbs.verify import Verification, verify

SAMPLES = 20
CASES = ("d02_zero", "d05_direction", "d05_velocity", "d06", "d07")
# What a rounding to netx's 8 bits without exponents may take, beside the shared promises
LEAST = {
    "d02_zero": 0.94, "d05_direction": 0.99, "d05_velocity": 0.80, "d06": 0.99, "d07": 0.98,
}  # fmt: skip


def verified(found: Network, name: str, target: str, folder: Path) -> Verification:
    build = compile(found, target, folder / "b").build
    return verify(build, data(name)[1], samples=None if not FULL else len(data(name)[1].x))


@pytest.mark.parametrize("numerics", ["loihi", "netx"])
@pytest.mark.parametrize("name", CASES)
def test_loihi_2_decodes_as_the_golden_model(
    lava: Path, tmp_path: Path, name: str, numerics: str
) -> None:
    result = verified(network(name, numerics), name, "loihi2", tmp_path)
    assert (result.mismatches, result.first_mismatch) == (0, None)
    assert result.samples >= SAMPLES
    assert result.spikes > 100 * SAMPLES // 20
    assert result.compared["states"] > 0
    assert result.simulated is not None
    assert ("netx" in result.simulated) == (numerics == "netx")


@pytest.mark.parametrize("name", ["d06", "d07"])
def test_loihi_1_gets_inputs_bit_by_bit(lava: Path, tmp_path: Path, name: str) -> None:
    result = verified(network(name, "loihi"), name, "loihi1", tmp_path)
    assert (result.mismatches, result.samples >= SAMPLES) == (0, True)


def test_loihi_1_takes_spikes_as_they_are(lava: Path, tmp_path: Path) -> None:
    found = network("d02_zero", "loihi")
    spikes = replace(found.encoding, stages=(ClipStage(low=0, high=1),))
    result = verified(replace(found, encoding=spikes), "d02_zero", "loihi1", tmp_path)
    assert (result.mismatches, result.samples >= SAMPLES) == (0, True)
    assert result.spikes > 1000


@pytest.mark.parametrize("name", CASES)
def test_netx_s_numerics_keep_the_answers(name: str) -> None:
    test = data(name)[1]
    assert float(score(network(name, "netx"), test)) >= LEAST[name]
    assert float(score(model(name), test)) >= LEAST[name]
