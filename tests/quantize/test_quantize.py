# SPDX-License-Identifier: Apache-2.0
"""What quantising promises: formats, ranges, thresholds, biases, and a network near its model."""

import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import nir
import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.unit.nets import DT, counts, li, lif, read, small_model, weights, write_graph

from ranvier import floating, reference, rvn, update
from ranvier.errors import RanvierError
from ranvier.frontends.data import make_data
from ranvier.ir import Decay, Dense, Network
from ranvier.model import Edge, Linear, Model, Neurons
from ranvier.nodes import Dynamics
from ranvier.qformat import int_max
from ranvier.quantize.decay import quantize_decay
from ranvier.quantize.ptq import Formats, quantize_model
from ranvier.reference import Trace
from ranvier.tools.verbs.quantize import quantize
from ranvier.tools.verbs.simulate import simulate

DATA = make_data(counts(samples=10, steps=60))


def made(model: Model, x: NDArray[Any], bits: int = 8, state: int = 16) -> tuple[Network, Trace]:
    network = quantize_model(model, make_data(x), Formats(weights=bits, state=state))
    return network, reference.simulate(network, x)


@pytest.mark.parametrize("state", [16, 24, 32])
@pytest.mark.parametrize("bits", [2, 3, 4, 5, 6, 7, 8])
def test_word_lengths_are_those_asked_for(tmp_path: Path, bits: int, state: int) -> None:
    network = quantize(small_model(tmp_path / "m.nir"), DATA, weights=bits, state=state).network
    for q in network.projections:
        assert q.bits == bits
        assert isinstance(q.connection, Dense)
        assert int_max(bits) // 2 < np.abs(q.connection.weight).max() <= int_max(bits)
    for p in network.populations:
        assert p.bits == state
        if p.fire is not None:
            assert p.fire.threshold.max() <= int_max(state)
            assert p.fire.threshold.min() > 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"weights": 1},
        {"weights": 9},
        {"state": 8},
        {"state": 17},
        {"decay": 7},
        {"decay": 17},
        {"layers": (("hidden", 10),)},
        {"layers": (("none", 8),)},
        {"numerics": "brainscales"},
        {"numerics": "loihi", "weights": 16},
        {"numerics": "xylo", "state": 24},
        {"numerics": "spinnaker", "decay": 16},
    ],
)
def test_word_lengths_that_do_not_exist_are_refused(tmp_path: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(RanvierError, match="Q010"):
        quantize(small_model(tmp_path / "m.nir"), DATA, **wrong)


def test_more_bits_bring_the_readout_closer(tmp_path: Path) -> None:
    model = read(small_model(tmp_path / "m.nir"))
    wanted = floating.simulate(model, DATA.x).v["hidden"]
    errors = []
    for bits, state in ((2, 16), (4, 16), (8, 16), (8, 32)):
        network, trace = made(model, DATA.x, bits, state)
        got = trace.v["hidden"] * network.population("hidden").scale
        errors.append(float(np.median(np.abs(got - wanted))))
    assert errors[0] > 3 * errors[1] > 9 * errors[2] > 0
    assert errors[3] <= errors[2]


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    path = small_model(tmp_path / "m.nir")
    here = rvn.signature(quantize(path, DATA).network).hex()
    np.savez(tmp_path / "d.npz", x=DATA.x)
    code = (
        "import sys, ranvier; from ranvier import rvn;"
        "print(rvn.signature(ranvier.quantize(sys.argv[1], sys.argv[2]).network).hex())"
    )
    for seed in ("1", "2"):
        argv = [sys.executable, "-c", code, str(path), str(tmp_path / "d.npz")]
        env = {**os.environ, "PYTHONHASHSEED": seed}
        there = subprocess.run(argv, env=env, capture_output=True, text=True, check=True)
        assert there.stdout.strip() == here


@given(
    st.lists(st.floats(0.01, 50), min_size=3, max_size=3),
    st.floats(0.01, 100),
    st.sampled_from([">", ">="]),
)
def test_integers_fire_exactly_where_the_real_membrane_would(
    levels: list[float], gain: float, compare: Any
) -> None:
    one = np.ones(3)
    layer = Neurons(
        name="n", kind="IF", size=3, r=one, v_threshold=np.array(levels), v_reset=0 * one,
        dynamics=Dynamics(compare=compare),
    )  # fmt: skip
    weight = Linear(name="w", weight=np.diag([gain, -gain, 2 * gain]))
    model = Model(
        name="m", dialect="nir", dt=1.0, channels=3, nodes=(weight, layer),
        edges=(Edge("input", "w"), Edge("w", "n")), outputs=("n",), decode="spike-count",
    )  # fmt: skip
    network, _ = made(model, np.ones((1, 4, 3), np.uint8))
    fire = network.population("n").fire
    assert fire is not None
    assert fire.compare == compare
    for unit, level, threshold in zip(
        network.population("n").scale, levels, fire.threshold, strict=True
    ):
        exact = Fraction(level) / Fraction(unit)
        assume(abs(exact - round(exact)) > 1e-9 or exact == round(exact))
        for v in range(int(threshold) - 2, int(threshold) + 3):
            real = v > exact if compare == ">" else v >= exact
            integer = v > threshold if compare == ">" else v >= threshold
            assert integer == real


@given(st.lists(st.floats(0, 1), min_size=1, max_size=4))
@example([0.5, 1 - 2.0**-53])
def test_decay_is_rounded_to_the_nearest(alpha: list[float]) -> None:
    wanted = np.array(alpha)
    found = quantize_decay(wanted)
    z = 2**15
    if found.kind == "none":
        assert (wanted == 1).all()
    elif found.kind == "leak":
        assert (wanted >= 0.5).any()
        leak = found.factor / 2.0**found.shift
        # What leaks at all leaks by one unit at least.
        least = np.where(wanted < 1, np.maximum(1 - wanted, 2.0**-found.shift), 0)
        assert (np.abs(leak - least) <= 2.0**-17).all()
    else:
        assert (wanted < 0.5).all() or (wanted < 2.0**-16).any()
        assert (np.abs(found.factor / 2.0**found.shift - wanted) <= 2.0**-16).all()
    assert (np.abs(update.decay(found, np.full(len(alpha), z)) - wanted * z) <= 1.51).all()


@given(st.lists(st.floats(0.5, 0.9999), min_size=1, max_size=4), st.integers(8, 16))
def test_time_constants_are_the_closest_that_the_bits_allow(alpha: list[float], bits: int) -> None:
    wanted = np.array(alpha)
    found = quantize_decay(wanted, bits)
    if found.kind != "leak":
        assert wanted.min() == 0.5
        return
    assert found.factor.max() < 2**bits
    tau = 1 / (1 - wanted)
    for k, factor in enumerate(np.broadcast_to(found.factor, wanted.shape)):
        around = [f for f in (factor - 1, factor, factor + 1) if 0 < f < 2**bits]
        off = [abs(2.0**found.shift / f - tau[k]) for f in around]
        assert abs(2.0**found.shift / factor - tau[k]) <= min(off) * (1 + 1e-9)


def test_time_constants_keep_within_their_bound() -> None:
    steps = np.array([2.0, 10.0, 100.0, 1000.0])  # tau / dt
    found: Decay = quantize_decay(1 - 1 / steps)
    got = 2.0**found.shift / found.factor
    assert (np.abs(got / steps - 1) <= 1.01 * steps * 2.0**-17).all()


def test_states_have_headroom_and_never_saturate_on_the_calibration(tmp_path: Path) -> None:
    model = read(small_model(tmp_path / "m.nir"))
    network, trace = made(model, DATA.x)
    assert sum(trace.saturations.values()) == 0
    for name, v in trace.v.items():
        largest = np.abs(v).max(axis=(0, 1))
        assert (largest <= int_max(16) / 1.25).all(), name
    readout = np.abs(trace.v["readout"]).max()
    assert readout > int_max(16) / 4, "the word is used, not wasted"
    theta = network.population("hidden").fire
    assert theta is not None
    assert (theta.threshold > 100).all()


def test_saturations_are_counted_and_said(tmp_path: Path) -> None:
    path = small_model(tmp_path / "m.nir")
    tiny, large = np.zeros((2, 20, 3), np.uint8), np.full((2, 20, 3), 255, np.uint8)
    tiny[:, 0] = 1
    result = quantize(path, make_data(tiny), data=make_data(large))
    assert result.saturations["hidden"] > 50
    assert result.to_json()["saturations"]["hidden"] == result.saturations["hidden"]
    again = simulate(result.network, make_data(large))
    assert again.saturations == result.saturations
    v = again.arrays["hidden.v"]
    assert ((v == 32767) | (v == -32768)).any()


def test_rows_scale_alone_and_readouts_are_compared_through_multipliers(tmp_path: Path) -> None:
    w = weights(8, 3) * np.geomspace(0.3, 3, 8)[:, None]
    nodes = {"a": nir.Linear(w), "h": lif(8), "b": nir.Linear(weights(4, 8)), "r": li(4)}
    network, _ = made(read(write_graph(tmp_path / "m.nir", (3,), 4, nodes, dt=DT)), DATA.x)
    assert len(np.unique(network.population("h").scale)) > 4
    unit, multiplier = network.population("r").scale, network.decode.multiplier
    assert len(np.unique(unit)) == 4
    assert 16000 <= multiplier.max() <= 32767
    np.testing.assert_allclose(multiplier / unit, multiplier[0] / unit[0], rtol=1e-9)
    model = read(tmp_path / "m.nir")
    one = quantize_model(model, DATA, Formats(scales="tensor"))
    assert one.decode.multiplier.tolist() == [1]
    assert [len(np.unique(p.scale)) for p in one.populations] == [1, 1]


@pytest.mark.parametrize("state", [16, 32])
def test_bias_and_leak_reach_the_steady_state(tmp_path: Path, state: int) -> None:
    """A readout without input settles at v_leak + r * bias; integers within a proved distance."""
    tau, r, leak, bias = 20 * DT, 3.0, np.array([0.5, -0.25, 0.0]), np.array([0.2, -0.4, 0.1])
    one = np.ones(3)
    nodes = {
        "fc": nir.Affine(np.eye(3), bias),
        "out": nir.LI(tau * one, r * one, leak),
    }
    model = read(write_graph(tmp_path / "m.nir", (3,), 3, nodes, dt=DT))
    x = np.zeros((2, 400, 3), np.uint8)
    x[1, 0] = 1  # calibration needs some signal; what is looked at is sample 0
    network, trace = made(model, x, state=state)
    unit = network.output.scale
    got = trace.v["out"][0, -1] * unit
    wanted = leak + r * bias
    # Each step may lose 1 by the floor and 1/2 by the bias, and 1/20 of v leaks a step; the
    # factor 1/20 itself is off by at most 2**-17.
    bound = 20 * 1.5 * unit + 20 * 2.0**-17 * np.abs(wanted) + 1e-8 * np.abs(wanted)
    assert (np.abs(got - wanted) <= bound).all()
    assert (np.abs(wanted) > 20 * bound).all(), "the bound says something"


def test_a_step_longer_than_a_time_constant_is_refused(tmp_path: Path) -> None:
    path = small_model(tmp_path / "m.nir", dt=0.011)
    with pytest.raises(RanvierError, match="Q004"):
        quantize(path, DATA)
    quantize(small_model(tmp_path / "n.nir", dt=0.01), DATA)


def test_sums_beyond_32_bits_are_refused(tmp_path: Path) -> None:
    path = small_model(tmp_path / "m.nir")
    with pytest.raises(RanvierError, match="Q005"):
        quantize(path, make_data(np.full((1, 5, 3), 2**31 - 1)))
    with pytest.raises(RanvierError, match="Q002"):
        quantize(path, make_data(np.full((1, 5, 3), 2**40)))
