# SPDX-License-Identifier: Apache-2.0
"""Real decoders on a board: every spike, state and answer equal to the golden model.

pytest tests/hil --ranvier-board host
pytest tests/hil --ranvier-board qemu-mps2-an386
pytest tests/hil --ranvier-board qemu-mps2-an386 --ranvier-port socket://127.0.0.1:5555
"""

import pytest
from tests.cases import FULL
from tests.needs import need_program
from tests.networks import NEUROBENCH, data, network, saturating

from ranvier.frontends.data import Data, make_data
from ranvier.tools.boards import find_target
from ranvier.tools.hil.rig import Rig
from ranvier.tools.verbs.verify import Verification

ENOUGH_SPIKES = 1000


@pytest.fixture
def rig(board: Rig) -> Rig:
    """The board, once its tools are known to be here."""
    where = find_target(board.name).board
    need_program(where.compiler, where.package)
    if where.emulator:
        need_program(where.emulator, where.emulator)
    return board


def samples(board: Rig, name: str) -> int:
    """Whole test sets on the host and in full runs, 10 samples elsewhere."""
    return len(data(name)[1].x) if FULL or board.name == "host" else 10


def exact(result: Verification) -> None:
    """Assert that all was compared and nothing differed."""
    assert result.first_mismatch is None
    assert result.mismatches == 0
    assert result.compared["states"] > 0
    assert result.compared["outputs"] > 0


@pytest.mark.parametrize("name", ["motion", "d05_direction", "d06", "d07"])
def test_a_real_decoder_is_bit_exact(rig: Rig, name: str) -> None:
    result = rig.verify(network(name), data(name)[1], samples(rig, name))
    exact(result)
    assert result.spikes >= ENOUGH_SPIKES // 2
    assert result.samples == samples(rig, name)


def some(board: Rig, name: str, recordings: int, steps: int | None = None) -> Data:
    """All test recordings on the host and in full runs, the first steps of some elsewhere."""
    test = data(name)[1]
    if FULL or board.name == "host":
        return test
    return make_data(test.first(recordings).x[:, :steps], name=test.name)


@pytest.mark.parametrize("name", ["d02_subtract", "d02_zero", "d05_velocity"])
def test_loops_are_bit_exact(rig: Rig, name: str) -> None:
    result = rig.verify(network(name), some(rig, name, 3))
    exact(result)
    assert result.spikes >= ENOUGH_SPIKES // 2
    assert result.samples >= 3


@pytest.mark.parametrize("name", ["d03_zero", "d03_subtract", "d03_many"])
def test_convolutions_and_pools_are_bit_exact(rig: Rig, name: str) -> None:
    """On few steps elsewhere than on the host: each sends 36 kB of states over the link."""
    result = rig.verify(network(name), some(rig, name, 2, steps=20), 5)
    exact(result)
    assert result.spikes >= ENOUGH_SPIKES
    assert result.samples >= 2


@pytest.mark.parametrize("name", NEUROBENCH)
def test_neurobenchs_decoders_are_bit_exact(rig: Rig, name: str) -> None:
    """Trained weights, reset at the next step as snnTorch does; neurons that seldom fire."""
    result = rig.verify(network(name), some(rig, name, 5, steps=100))
    exact(result)
    assert result.spikes >= (ENOUGH_SPIKES if rig.name == "host" else 40)


@pytest.mark.parametrize(
    ("name", "numerics"),
    [
        ("d02_zero", "loihi"),
        ("d05_velocity", "loihi"),
        ("d06", "loihi"),
        ("d02_zero", "spinnaker"),
        ("d05_direction", "spinnaker"),
        ("d02_many", "xylo"),
    ],
)
def test_networks_for_chips_run_here_as_well(rig: Rig, name: str, numerics: str) -> None:
    """Quantised once for a strict chip, and equal on a microcontroller, bit for bit."""
    result = rig.verify(network(name, numerics), some(rig, name, 3))
    exact(result)
    assert result.spikes >= ENOUGH_SPIKES // 5


def test_one_neuron_of_the_nir_paper_is_bit_exact(rig: Rig) -> None:
    result = rig.verify(network("d01"), data("d01")[1])
    exact(result)
    assert result.steps == 1000
    assert result.spikes > 0


def test_a_saturating_network_is_bit_exact(rig: Rig) -> None:
    result = rig.verify(saturating(network("d06")), data("d06")[1], samples(rig, "d06"))
    exact(result)
    assert result.spikes >= ENOUGH_SPIKES
    assert result.saturations >= ENOUGH_SPIKES


@pytest.mark.parametrize(("name", "least"), [("motion", 1.0), ("d06", 1.0), ("d05_direction", 1.0)])
def test_the_board_answers_the_right_class(rig: Rig, name: str, least: float) -> None:
    result = rig.run(network(name), data(name)[1], samples(rig, name))
    assert result.metric is not None
    assert result.metric.name == "accuracy"
    assert result.metric.value >= least
