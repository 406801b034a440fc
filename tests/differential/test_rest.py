# SPDX-License-Identifier: Apache-2.0
"""Layers that are left out while they rest, under UBSan on this machine, == the golden model."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from tests.cases import FULL
from tests.kernel_build import Kernels, accepted, compare
from tests.strategy_spikes import inputs, spiking
from tests.unit.nets import ints, network, population

from ranvier import reference
from ranvier.check import check
from ranvier.ir import Decay, Decode, Dense, Encoding, Fire, Projection, Reset
from ranvier.targets.mcu.cores import CORES
from ranvier.targets.mcu.lower import lower
from ranvier.targets.mcu.rest import resting

EXAMPLES = 400 if FULL else 30
TRIES = 20
MOST = 200  # quiet steps of a layer that rests soon


@pytest.mark.parametrize("core", ["host", "rv32imc"])
def test_layers_that_rest_wake_as_they_were(kernels: Kernels, core: str) -> None:
    """A few events, silence until some layers rest, and as many events once more."""
    rested, spikes = 0, 0

    @settings(max_examples=EXAMPLES, phases=(Phase.generate,), deadline=None)
    @given(st.data())
    def sweep(data: st.DataObject) -> None:
        nonlocal rested, spikes
        for _ in range(TRIES):  # of most networks no layer rests that soon
            n = check(data.draw(spiking().filter(accepted)))
            plan = resting(lower(n, core), CORES[core], share=np.inf)
            if any(0 < p.rests <= MOST for p in plan.populations):
                break
        raw = data.draw(inputs(n))
        silence = max((p.rests for p in plan.populations if p.rests <= MOST), default=0) + 5
        silent = np.zeros((len(raw), silence, raw.shape[2]), raw.dtype)
        raw = np.concatenate([raw[:, :7], silent, raw[:, 7:]], axis=1)
        spikes += compare(kernels, n, raw, plan)["spikes"]
        given_out = reference.simulate(n, raw).spikes
        for p in plan.populations:
            fired = given_out.get(p.population.name, silent)[:, 7 : 7 + silence]
            rested += bool(p.rests and p.rests < silence and not fired[:, -p.rests :].any())

    sweep()
    assert spikes >= 1000
    assert rested >= EXAMPLES // 6


def test_a_layer_that_fires_by_itself_does_not_rest(kernels: Kernels) -> None:
    rng = np.random.default_rng(0)
    p = replace(
        population("p", 9, decay=Decay(kind="leak", factor=ints(6554), shift=16)),
        bias=rng.integers(1, 60, 9),
        fire=Fire(compare=">", threshold=np.full(9, 300)),
        reset=Reset(kind="value", value=ints(0)),
    )
    n = network(
        encoding=Encoding(channels=2, raw="uint8", raw_low=0, raw_high=1, raw_scale=1.0),
        populations=(p,),
        projections=(
            Projection(source="input", target="p", connection=Dense(weight=np.ones((9, 2), int))),
        ),
        decode=Decode(rule="spike-count", sources=("p",), multiplier=ints(1)),
    )
    plan = lower(check(n))
    rests = plan.populations[0].rests
    assert rests
    compare(kernels, n, np.zeros((1, 2 * rests, 2), np.uint8), plan)
