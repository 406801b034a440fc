# SPDX-License-Identifier: Apache-2.0
"""The bound of a step's instructions and stack, against what the emulated core counts."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from tests.cases import FULL
from tests.kernel_build import accepted
from tests.needs import need_program
from tests.strategies import networks, samples
from tests.strategy_spikes import inputs, spiking
from tests.strategy_windows import layered

from ranvier.check import check
from ranvier.frontends.data import make_data
from ranvier.ir import Dense, Network
from ranvier.targets.mcu.board import NAMES, board
from ranvier.tools.dev.icount.nets import layers, values
from ranvier.tools.dev.icount.profile import profile
from ranvier.tools.verbs.compile import compile
from ranvier.tools.verbs.run import Run, run

BOARDS = [name for name in NAMES if board(name).emulator]
# Between the two readings of its counter the link calls the step, through a pointer and a cast.
AROUND = 16
KINDS = ((networks(kernels=True), samples), (layered(), samples), (spiking(), inputs))
TIGHT = 1.3  # how far above the worst that inputs bring about the bound may lie


@pytest.fixture(params=BOARDS)
def name(request: pytest.FixtureRequest) -> str:
    found = board(request.param)
    need_program(found.compiler, found.package)
    need_program(found.emulator, found.emulator_package)
    return found.name


def always_firing(network: Network, top: int = 127) -> Network:
    """Return `network` with weights `top`, every neuron of which fires in every step."""
    fires = []
    for p in network.populations:
        assert p.fire is not None
        lowest = np.full(p.size, -32768)
        fires.append(replace(p, fire=replace(p.fire, threshold=lowest)))
    ones = []
    for q in network.projections:
        assert isinstance(q.connection, Dense)
        weight = np.full(q.connection.weight.shape, top)
        ones.append(replace(q, connection=Dense(weight=weight)))
    return check(replace(network, populations=tuple(fires), projections=tuple(ones)))


def counted(r: Run) -> float:
    assert r.instructions is not None
    return r.instructions["max"]


@pytest.mark.parametrize("sources", [6, 33])
def test_analog_input_takes_what_its_bound_says(name: str, sources: int, tmp_path: Path) -> None:
    """Products hang on nothing but their number; of two directions of a shift one is longer."""
    network, x = values(sources, 20, 4)
    build = compile(network, name, tmp_path / "b").build
    bound = {
        call["kernel"]: call["instructions"]
        for call in build.manifest["cost"]["instructions_of_calls"]
    }
    taken = profile(build, x[None])
    (kernel,) = (k for k in bound if k.startswith("rv_values_set"))
    assert taken[kernel] <= bound[kernel] <= TIGHT * taken[kernel]


@pytest.mark.parametrize(
    ("shape", "top"),
    [((100, 64, 10), 127), ((6, 40, 4), 127), ((100, 64, 10), 7), ((100, 64, 10), 1)],
)
def test_the_bound_is_reached_where_all_neurons_fire(
    name: str, shape: tuple[int, ...], top: int, tmp_path: Path
) -> None:
    build = compile(always_firing(layers(*shape), top), name, tmp_path / "b").build
    bound = build.manifest["cost"]["instructions_per_step_at_most"]
    x = np.ones((1, 8, shape[0]), np.uint8)
    for k in range(4):  # events are taken by fours: which number is worst is not obvious
        x[:, 4 + k, :k] = 0
    result = run(build, make_data(x))
    assert counted(result) <= bound + AROUND
    assert bound <= TIGHT * counted(result)
    assert result.stack_used <= build.manifest["memory"]["stack"]


def test_random_networks_stay_within_their_bounds(name: str, tmp_path: Path) -> None:
    seen = 0

    @settings(max_examples=20 if FULL else 4, phases=(Phase.generate,), deadline=None)
    @given(st.data())
    def sweep(data: st.DataObject) -> None:
        nonlocal seen
        kind, draw_inputs = data.draw(st.sampled_from(KINDS))
        n = check(data.draw(kind.filter(accepted)))
        x = data.draw(draw_inputs(n))
        build = compile(n, name, tmp_path / str(seen)).build
        cost = build.manifest["cost"]
        assert cost["instructions_unknown"] == []
        assert counted(run(build, make_data(x))) <= cost["instructions_per_step_at_most"] + AROUND
        seen += 1

    sweep()
    assert seen >= 4
