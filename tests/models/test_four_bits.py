# SPDX-License-Identifier: Apache-2.0
"""Real decoders with weights of 4 bits, as C on this computer: equal to the golden model."""

from pathlib import Path

import pytest
from tests.needs import need_program
from tests.networks import MODELS, NEUROBENCH, data, network

from ranvier.targets.mcu.lower import lower
from ranvier.tools.hil.rig import Rig
from ranvier.tools.hil.roster import RigBoard


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Rig:
    need_program("gcc", "gcc libc6-dev")
    entry = RigBoard(name="pc", target="host", flasher="emulator")
    return Rig(entry=entry, folder=tmp_path_factory.mktemp("four-bits"))


@pytest.mark.parametrize("name", ["motion", "d01", *MODELS, *NEUROBENCH])
def test_four_bits_are_exact(host: Rig, name: str) -> None:
    found = network(name, bits=4)
    assert {q.bits for q in found.projections} == {4}
    result = host.verify(found, data(name)[1], 2 if "d03" in name else 20)
    assert result.first_mismatch is None
    assert result.mismatches == 0
    assert result.compared["states"] > 0
    assert result.compared["outputs"] > 0
    assert result.spikes >= (1 if name == "d01" else 500)


@pytest.mark.parametrize("name", ["d02_zero", "d05_direction", "d07"])
def test_four_bits_are_exact_on_a_cortex_m4(name: str, tmp_path: Path) -> None:
    """Two weights to a byte where events are added up and a layer has more than 8 targets."""
    need_program("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    need_program("qemu-system-arm", "qemu-system-arm")
    found = network(name, bits=4)
    kernels = lower(found, "cortex-m4").kernels
    assert any("_i4" in k for k in kernels) == (name == "d02_zero")
    entry = RigBoard(name="m4", target="qemu-mps2-an386", flasher="emulator")
    result = Rig(entry=entry, folder=tmp_path).verify(found, data(name)[1], 2)
    assert result.first_mismatch is None
    assert result.mismatches == 0
    assert result.spikes >= 100
