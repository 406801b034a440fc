# SPDX-License-Identifier: Apache-2.0
"""Convolutions, pools and sparse connections as C executes them == the golden model."""

from collections import Counter
from itertools import product

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from tests.cases import FULL
from tests.images import KERNELS as IMAGE_KERNELS
from tests.images import image_network, images
from tests.kernel_build import Kernels, accepted, as_they_are, compare, compare_in_its_memory
from tests.strategies import networks, samples
from tests.strategy_windows import layered, window_features
from tests.unit.nets import network, population

from ranvier import bounds, connections
from ranvier.check import check
from ranvier.ir import Conv, Dense, Encoding, Projection
from ranvier.targets.mcu.lower import wide

EXAMPLES = 400 if FULL else 60
MOST = 10 * EXAMPLES
PHASES = tuple(Phase) if FULL else (Phase.generate,)
KERNELS = {
    f"rv_project_{kind}_{source}{width}"
    for source in ("events", "values")
    for kind, widths in (("conv", ("_i8", "_i16")), ("sparse", ("_i8", "_i16")), ("pool", ("",)))
    for width in widths
}
FEATURES = {
    *(f"{kind} delay {d}" for kind in ("conv", "pool", "sparse") for d in (0, 1)),
    *(f"{kind} stride {s}" for kind in ("conv", "pool") for s in (1, 2, "differs")),
    *(f"conv dilation {d}, stride {s}" for d in (False, True) for s in (False, True)),
    *(f"conv groups {[True, *several]}" for several in product((False, True), repeat=2)),
    "conv padding differs", "conv back", "sparse back", "conv forward", "pool forward",
}  # fmt: skip


def test_connections_as_they_are(kernels: Kernels) -> None:
    """Every kernel, in the layout of its connection even where the matrix is smaller."""
    total, used = Counter[str](), Counter[str]()

    @settings(max_examples=MOST, phases=PHASES)
    @given(st.data())
    def sweep(data: st.DataObject) -> None:
        n = check(data.draw(layered().filter(accepted)))
        plan = as_they_are(wide(n))
        kinds = Counter(q.kernel for p in plan.populations for q in p.projections)
        kinds.update(window_features(n))
        # Which networks are drawn depends on the tests that run beside: go on for what is rare.
        missing = {k for k in KERNELS | FEATURES if not used[k]}
        if total["networks"] < EXAMPLES or missing & kinds.keys():
            total.update(compare(kernels, n, data.draw(samples(n)), plan), networks=1)
            used.update(kinds)

    sweep()
    assert total["spikes"] >= 1000
    assert total["saturating"] >= 5
    assert total["several"] >= 100
    assert not {k for k in KERNELS | FEATURES if not used[k]}


@pytest.mark.parametrize("kind", ["layered", "of every rule"])
def test_connections_stay_within_their_memory(checked: Kernels, kind: str) -> None:
    """One sample as a program under ASan."""
    spikes, used = 0, Counter[str]()
    drawn = layered() if kind == "layered" else networks(kernels=True)

    @settings(max_examples=EXAMPLES // 2, phases=PHASES)
    @given(st.data())
    def sweep(data: st.DataObject) -> None:
        nonlocal spikes
        n = data.draw(drawn.filter(accepted))
        plan = as_they_are(wide(n))
        spikes += compare_in_its_memory(checked, plan, data.draw(samples(n))[:1])
        used.update(q.kernel for p in plan.populations for q in p.projections)

    sweep()
    assert spikes >= 100
    assert kind != "layered" or used.keys() >= KERNELS


def test_a_convolutional_network(kernels: Kernels) -> None:
    n = image_network()
    plan = wide(n)
    chosen = [q.kernel for p in plan.populations for q in p.projections]
    assert chosen == [f"rv_project_{name}" for name in IMAGE_KERNELS]
    found = compare(kernels, n, images(3, 20))
    assert found["spikes"] >= 1000
    assert found["saturating"]


def test_a_sum_at_its_proved_bound_over_windows(kernels: Kernels) -> None:
    """Every tap and value at the end of its range: the 32 bits are just enough."""
    image = (2, 8, 8)
    conv = Conv(
        weight=np.where(np.arange(2 * 2 * 25).reshape(2, 2, 5, 5) % 2, 1310, -1310),
        input_shape=image, padding=(2, 2, 2, 2),
    )  # fmt: skip
    n = network(
        encoding=Encoding(channels=128, raw="int16", raw_low=-32767, raw_high=32767, raw_scale=1.0),
        populations=(population("p", 128, bits=32), population("out", 1, fires=False)),
        projections=(
            Projection(source="input", target="p", connection=conv, bits=16),
            Projection(source="p", target="out", connection=Dense(weight=np.ones((1, 128), int))),
        ),
    )
    assert bounds.sum_interval(n, n.projections[0]).bits == 32
    row = connections.matrix(conv)[8 * 3 + 3]  # an output whose whole window is inside
    raw = np.stack([np.sign(row), -np.sign(row), np.ones(128)])[None] * 32767
    found = compare(kernels, check(n), raw.astype(np.int16), as_they_are(wide(n)))
    assert found["spikes"] > 0
