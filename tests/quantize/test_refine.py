# SPDX-License-Identifier: Apache-2.0
"""What makes up for rounding: errors that are spread, moments that are right, rates."""

from dataclasses import replace

import numpy as np
import pytest
from tests.unit.nets import ints, network, population

from ranvier import connections, reference
from ranvier.discrete import difference
from ranvier.ir import INPUT, Dense, Projection
from ranvier.nodes import Conv, FloatArray, Linear, Neurons
from ranvier.quantize.moments import moments, traces
from ranvier.quantize.rates import matched
from ranvier.quantize.replay import drives, replay
from ranvier.quantize.rounding import compensated, factored, loss, nearest


def spread_moments(rng: np.random.Generator, n: int) -> FloatArray:
    """Return moments of n signals that have much in common, as traces have."""
    common = rng.normal(size=(400, 2)) @ rng.normal(size=(2, n))
    z = common + 0.5 * rng.normal(size=(400, n))
    return np.asarray(z.T @ z / len(z))


def test_errors_that_are_spread_move_the_output_less() -> None:
    won, total = 0, np.zeros(2)
    for seed in range(20):
        rng = np.random.default_rng(seed)
        weight, h = rng.normal(size=(5, 12)), spread_moments(rng, 12)
        step = np.full_like(weight, 0.4)
        both = [nearest(weight, step, 7), compensated(weight, step, 7, factored(h))]
        assert all(np.abs(raw).max() <= 7 for raw in both)
        lost = [float(loss(weight, raw, step, h).sum()) for raw in both]
        won += lost[1] < lost[0]
        total += lost
    assert won >= 19
    assert total[1] < 0.5 * total[0]


def test_silent_sources_leave_rounding_to_the_nearest() -> None:
    weight = np.random.default_rng(0).normal(size=(3, 4))
    step = np.full_like(weight, 0.25)
    found = compensated(weight, step, 7, factored(np.zeros((4, 4))))
    np.testing.assert_array_equal(found, nearest(weight, step, 7))


def neurons(size: int) -> Neurons:
    one = np.ones(size)
    return Neurons(
        name="n", kind="CubaLIF", size=size, r=one, tau_mem=8 * one, tau_syn=2 * one,
        v_leak=0 * one, v_threshold=one, v_reset=0 * one,
    )  # fmt: skip


def test_traces_are_what_a_unit_of_weight_does_to_the_membrane() -> None:
    d = difference(neurons(3), 1.0)
    x = np.zeros((1, 6, 1), np.int64)
    x[0, 0, 0] = 1
    z = traces(x, 1, d)[0, :, 0]
    i, v, wanted = 0.0, 0.0, [0.0]
    for t in range(5):
        i = 0.5 * i + (t == 0)
        v = 0.875 * v + i
        wanted.append(v)
    np.testing.assert_allclose(z, wanted, atol=2**-9)


def test_moments_of_a_convolution_are_those_of_what_its_kernel_sees() -> None:
    rng = np.random.default_rng(3)
    conv = Conv(
        name="c", weight=rng.normal(size=(4, 1, 3, 2)), input_shape=(2, 6, 5), stride=(2, 1),
        padding=(1, 0, 0, 1), groups=2,
    )  # fmt: skip
    z = np.rint(rng.normal(size=(2, 5, 60)) * 256) / 256
    h = moments((conv,), (z,))
    from ranvier.float_maps import ready

    out = ready(conv, np.float64)(z.reshape(-1, 60)).reshape(10, 4, -1)
    for g in range(2):
        for row in (2 * g, 2 * g + 1):
            w = conv.weight[row].reshape(-1)
            assert w @ h[g] @ w == pytest.approx(float((out[:, row] ** 2).mean()), rel=1e-9)
    flat = moments((Linear(name="l", weight=np.ones((1, 60))),), (z,))[0]
    np.testing.assert_allclose(flat, np.einsum("stj,stk->jk", z, z) / 10)


def looped() -> tuple[object, ...]:
    base = network()
    back = Dense(weight=ints(20, -30, 5, 7, 40, -9, 11, -12, 30).reshape(3, 3))
    louder = [replace(q, shift=3) for q in base.projections]
    loop = Projection(source="hid", target="hid", connection=back, delay=2, shift=1)
    net = replace(base, projections=(louder[0], loop, louder[1]))
    raw = np.random.default_rng(1).integers(0, 30, (4, 60, 2))
    return net, raw


def test_a_replayed_population_does_what_it_did_in_the_network() -> None:
    net, raw = looped()
    trace = reference.simulate(net, raw)  # type: ignore[arg-type]
    given = {INPUT: trace.inputs, **trace.spikes}
    assert trace.spikes["hid"].sum() > 100
    for p in net.populations:  # type: ignore[attr-defined]
        into = [q for q in net.projections if q.target == p.name]  # type: ignore[attr-defined]
        own = tuple(q for q in into if q.source == p.name)
        outside = tuple(q for q in into if q.source != p.name)
        found = replay(p, own, drives(p.size, 0, outside, given, (4, 60)))
        np.testing.assert_array_equal(found.v, trace.v[p.name])
        if p.fire is not None:
            np.testing.assert_array_equal(found.spikes, trace.spikes[p.name])


def test_thresholds_move_towards_the_wanted_rates() -> None:
    p = population("p", 6)
    x = np.random.default_rng(2).integers(0, 60, (3, 200, 1))
    weight = Dense(weight=ints(1, 1, 2, 2, 3, 3).reshape(6, 1))
    arriving = np.stack(
        [connections.apply(weight, x[:, t])[None].astype(np.int32) for t in range(200)]
    )
    wanted = replay(p, (), arriving).spikes
    assert p.fire is not None
    off = replace(p, fire=replace(p.fire, threshold=(p.fire.threshold * 1.3).astype(np.int64)))
    before = replay(off, (), arriving).spikes.mean(axis=(0, 1))
    after = replay(matched(off, (), arriving, wanted), (), arriving).spikes.mean(axis=(0, 1))
    goal = wanted.mean(axis=(0, 1))
    assert (np.abs(after - goal) <= np.abs(before - goal)).all()
    assert np.abs(after - goal).sum() < 0.85 * np.abs(before - goal).sum()


def test_what_arrives_is_added_up_whatever_its_size() -> None:
    """Two paths of 16-bit weights, shifted, pass 32 bits; the sum is that of the golden model."""
    for shift, bits in ((0, 32), (16, 64)):
        one = Projection(
            source=INPUT, target="p", connection=Dense(weight=ints(32767, -32767).reshape(2, 1)),
            bits=16, shift=shift,
        )  # fmt: skip
        signal = ints(0, 1, 7, 255).reshape(1, 4, 1).astype(np.uint8)
        found = drives(2, 0, (one, one), {INPUT: signal}, (1, 4))
        wanted = 2 * (signal[0].astype(np.int64) * ints(32767, -32767) << shift)
        assert found.dtype.itemsize * 8 == bits
        assert found[:, 0, 0].tolist() == wanted.tolist()
