# SPDX-License-Identifier: Apache-2.0
"""Bounds hold for random networks, whatever comes in."""

from hypothesis import given, settings
from hypothesis import strategies as st
from tests import scalar
from tests.scalar_parts import projected
from tests.strategies import networks, samples
from tests.unit.test_bounds import within

from ranvier import bounds
from ranvier.ir import INPUT


@settings(max_examples=100)
@given(st.data())
def test_hold_for_random_networks_and_inputs(data: st.DataObject) -> None:
    n = data.draw(networks())
    run = scalar.run(n, data.draw(samples(n))[0])
    emitted = {INPUT: run.inputs, **run.spikes}
    assert bounds.encoded_size(n.encoding) == len(run.inputs[0])
    for source, rows in emitted.items():
        assert within(bounds.source_interval(n, source), rows), source
    for q in n.projections:
        sums = [projected(q.connection, row) for row in emitted[q.source]]
        assert within(bounds.sum_interval(n, q), sums), q
    for p in n.populations:
        for k in range(max(1, len(p.synapses))):
            drives = [row[k] for row in run.drives[p.name]]
            reach = bounds.drive_reach(n, p, k)
            assert all(abs(y) <= reach for row in drives for y in row), p.name
