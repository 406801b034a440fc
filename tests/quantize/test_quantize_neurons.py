# SPDX-License-Identifier: Apache-2.0
"""Every kind of neuron, quantised, follows its float model closely on a small network."""

from pathlib import Path
from typing import Any

import nir
import numpy as np
import pytest
from numpy.typing import NDArray
from tests.unit.nets import DT, counts, read, write_graph

from ranvier import floating, reference
from ranvier.errors import RanvierError
from ranvier.frontends.data import make_data
from ranvier.ir import Network
from ranvier.model import Model
from ranvier.quantize.ptq import Formats, quantize_model
from ranvier.tools.verbs.quantize import quantize

HIDDEN = 6
ONE = np.ones(HIDDEN)
TAU = 16 * DT * ONE  # dt/tau is dyadic, and so are the weights below
SYN = 4 * DT * ONE
RNG = np.random.default_rng(11)
W1 = RNG.integers(-127, 128, (HIDDEN, 3)) / 64
W2 = RNG.integers(-127, 128, (2, HIDDEN)) / 64
BIAS = np.array([0.5, -0.75])
X = counts(samples=8, steps=100, channels=3, high=4, seed=2)

SPIKING: dict[str, Any] = {
    "LIF": nir.LIF(TAU, 8 * ONE, 0.125 * ONE, ONE, -0.25 * ONE),
    "IF": nir.IF(ONE / DT / 4, ONE, 0.125 * ONE),
    "CubaLIF": nir.CubaLIF(SYN, TAU, 8 * ONE, 0.125 * ONE, ONE, -0.25 * ONE, w_in=2 * ONE),
}
TWO = np.ones(2)
READOUTS: dict[str, Any] = {
    "LI": nir.LI(16 * DT * TWO, 4 * TWO, 0.5 * TWO),
    "I": nir.I(TWO / DT / 64),
    "CubaLI": nir.CubaLI(4 * DT * TWO, 16 * DT * TWO, 4 * TWO, 0.5 * TWO, w_in=-3 * TWO),
}


def model_of(path: Path, spiking: str, readout: str) -> Model:
    nodes = {
        "fc1": nir.Affine(W1, 0.0625 * ONE),
        "hid": SPIKING[spiking],
        "fc2": nir.Affine(W2, BIAS),
        "out": READOUTS[readout],
    }
    return read(write_graph(path, (3,), 2, nodes, dt=DT))


def shuffled(spikes: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(spikes[::-1])


@pytest.mark.parametrize("state", [16, 24, 32])
@pytest.mark.parametrize("kind", SPIKING)
def test_spikes_follow_the_float_model(tmp_path: Path, kind: str, state: int) -> None:
    model = model_of(tmp_path / "m.nir", kind, "LI")
    network = quantize_model(model, make_data(X), Formats(state=state))
    wanted = floating.simulate(model, X).spikes["hid"]
    trace = reference.simulate(network, X)
    got = trace.spikes["hid"]
    assert wanted.sum() > 300
    assert abs(int(got.sum()) - int(wanted.sum())) <= 0.01 * wanted.sum()
    assert np.count_nonzero(got != wanted) <= 0.05 * wanted.sum()
    assert np.count_nonzero(shuffled(got) != wanted) > 0.2 * wanted.sum(), "not by chance"
    assert sum(trace.saturations.values()) == 0
    assert len(network.population("hid").synapses) == (kind == "CubaLIF")


def replayed(network: Network, kind: str, spikes: NDArray[Any]) -> NDArray[np.float64]:
    """Step a readout's equations in floats on the integer network's own spikes."""
    p = {
        k: float(getattr(READOUTS[kind], k)[0])
        for k in ("tau", "tau_mem", "tau_syn", "r", "v_leak", "w_in")
        if hasattr(READOUTS[kind], k)
    }
    tau = p.get("tau", p.get("tau_mem"))
    v, i = np.zeros((len(spikes), 2)), np.zeros((len(spikes), 2))
    out = []
    for t in range(spikes.shape[1]):
        x = spikes[:, t] @ W2.T + BIAS
        if "tau_syn" in p:
            i = i + DT / p["tau_syn"] * (p["w_in"] * x - i)
            x = i
        v = v + (DT * p["r"] * x if tau is None else DT / tau * (p["v_leak"] - v + p["r"] * x))
        out.append(v)
    return np.stack(out, 1)


@pytest.mark.parametrize("state", [16, 24, 32])
@pytest.mark.parametrize("kind", READOUTS)
def test_readouts_follow_the_float_model(tmp_path: Path, kind: str, state: int) -> None:
    network = quantize_model(
        model_of(tmp_path / "m.nir", "LIF", kind), make_data(X), Formats(state=state)
    )
    trace = reference.simulate(network, X)
    got = trace.out * network.output.scale
    wanted = replayed(network, kind, trace.spikes["hid"])
    span = np.abs(wanted).max()
    assert span > 1
    assert np.abs(got - wanted).max() <= 0.01 * span
    assert np.abs(got - wanted).mean() <= 0.004 * span
    assert len(network.output.synapses) == (kind == "CubaLI")


def slow_model(path: Path, steps: float) -> Model:
    """Return the small network with a readout that forgets in so many steps."""
    nodes = {
        "fc1": nir.Linear(W1),
        "hid": nir.LIF(TAU, 8 * ONE, 0 * ONE, ONE, 0 * ONE),
        "fc2": nir.Linear(W2),
        "out": nir.LI(steps * DT * TWO, steps * TWO, 0 * TWO),
    }
    return read(write_graph(path, (3,), 2, nodes, dt=DT))


@pytest.mark.parametrize(("steps", "bits"), [(16, 16), (64, 16), (4096, 24), (2.0**20, 32)])
def test_slow_layers_get_wider_states(tmp_path: Path, steps: float, bits: int) -> None:
    network = quantize_model(slow_model(tmp_path / "m.nir", steps), make_data(X), Formats())
    assert [p.bits for p in network.populations] == [16, bits]


def test_the_chosen_width_lets_a_slow_readout_forget(tmp_path: Path) -> None:
    """Floors hold a readout of 4096 steps in 16 bits; in the width chosen it leaks as it should."""
    model = slow_model(tmp_path / "m.nir", 4096.0)
    x = np.concatenate([X, np.zeros((len(X), 8192, 3), X.dtype)], axis=1)
    wanted = floating.simulate(model, x).v["out"]
    errors = {}
    for state in (16, None):
        network = quantize_model(model, make_data(X), Formats(state=state))
        got = reference.simulate(network, x).v["out"] * network.output.scale
        start = X.shape[1] - 1
        errors[state] = np.abs(got[:, -1] / got[:, start] - wanted[:, -1] / wanted[:, start]).max()
    assert errors[None] < 0.02 < 0.2 < errors[16]


def test_slow_layers_keep_their_time_constants(tmp_path: Path) -> None:
    for steps in (100.0, 3000.0, 50000.0):
        result = quantize(slow_model(tmp_path / "m.nir", steps), make_data(X))
        out = result.layers()[1]
        decay = result.network.output.decay
        leak = float(decay.factor[0]) / 2.0**decay.shift
        assert out["tau_error"] == pytest.approx(abs(1 / steps / leak - 1), rel=1e-6, abs=1e-12)
        assert out["tau_error"] < 2.0**-9
    mixed = np.array([1.5, 50000.0]) * DT
    nodes = {"fc": nir.Linear(W1[:2]), "out": nir.LI(mixed, TWO, 0 * TWO)}
    model = read(write_graph(tmp_path / "m.nir", (3,), 2, nodes, dt=DT))
    found = quantize(model, make_data(X)).layers()[0]["tau_error"]
    assert 0.1 < found < 1, "one layer has one shift: the fast neuron costs the slow one bits"


def test_the_class_of_a_step_weighs_rows_by_their_units(tmp_path: Path) -> None:
    w = np.array([[1.0, 0, 0], [0, 2.0, -1.7], [0.1, 0.2, 0.3]])
    one = np.ones(3)
    nodes = {"fc": nir.Linear(w), "out": nir.LI(16 * DT * one, 4 * one, 0 * one)}
    path = write_graph(tmp_path / "m.nir", (3,), 3, nodes, dt=DT, decode="per-step")
    x = counts(samples=40, steps=30)
    network = quantize_model(read(path), make_data(x), Formats())
    wanted = floating.simulate(read(path), x).classes
    assert len(np.unique(network.decode.multiplier)) > 1
    assert np.mean(reference.simulate(network, x).classes == wanted) > 0.9


def test_dead_neurons_are_no_obstacle_to_a_report(tmp_path: Path) -> None:
    w = W1.copy()
    w[2] = 0
    nodes = {"fc1": nir.Linear(w), "hid": SPIKING["LIF"], "fc2": nir.Linear(W2),
             "out": READOUTS["LI"]}  # fmt: skip
    nodes["hid"] = nir.LIF(TAU, 8 * ONE, 0 * ONE, ONE, 0 * ONE)
    path = write_graph(tmp_path / "m.nir", (3,), 2, nodes, dt=DT, dialect="nir")
    result = quantize(path, make_data(X))
    assert result.network.population("hid").size == HIDDEN - 1
    assert result.spikes["hid"][0] > 50


def test_a_membrane_that_two_thresholds_read_is_refused(tmp_path: Path) -> None:
    nodes = {"fc": nir.Linear(W1[:2]), "m": READOUTS["LI"], "a": nir.Threshold(TWO),
             "b": nir.Threshold(2 * TWO)}  # fmt: skip
    edges = [("input", "fc"), ("fc", "m"), ("m", "a"), ("m", "b"), ("a", "output"), ("b", "output")]
    path = write_graph(tmp_path / "m.nir", (3,), 2, nodes, edges, dt=DT, dialect="nir")
    with pytest.raises(RanvierError, match="Q009"):
        quantize(path, make_data(X))


def test_several_spikes_a_step_need_positive_thresholds(tmp_path: Path) -> None:
    nodes = {"fc": nir.Linear(W1[:2]), "s": nir.IF(TWO, np.array([1.0, 0.0]), 0 * TWO)}
    path = write_graph(tmp_path / "m.nir", (3,), 2, nodes)
    with pytest.raises(RanvierError, match="M003.*v_threshold") as caught:  # noqa: RUF043
        read(path, dialect="sinabs", dt=DT)
    assert "once" in caught.value.hint


def test_a_bound_below_the_word_says_nothing(tmp_path: Path) -> None:
    nodes = {"fc": nir.Linear(W1[:2]), "s": nir.IF(TWO, TWO, 0 * TWO)}
    path = write_graph(tmp_path / "m.nir", (3,), 2, nodes)
    model = read(path, dialect="sinabs", dt=DT, lower_bound=-5000.0)
    bound = quantize_model(model, make_data(X), Formats()).output.lower_bound
    assert bound is not None
    assert bound.min() == -32768


TIMINGS = ("now", "next-membrane", "next-update", "next-surplus")
SURPLUS = ("value", "next-surplus")


@pytest.mark.parametrize("timing", TIMINGS)
@pytest.mark.parametrize("reset", ["value", "subtract", "none"])
@pytest.mark.parametrize(
    ("dialect", "leak", "v_reset"),
    [("spikingjelly", -0.25, -0.25), ("norse", 0.125, 0.0), ("norse", 0.0, 0.0)],
)
def test_a_start_other_than_zero_is_kept_or_refused(
    tmp_path: Path, dialect: str, leak: float, v_reset: float, reset: Any, timing: Any
) -> None:
    """SpikingJelly's membranes start at v_reset, Norse's at v_leak: integers start at 0."""
    tau = DT * DT / TAU if dialect == "norse" else TAU
    w = W1 * (8 if dialect == "norse" else 1)
    hid = nir.LIF(tau, (1 if dialect == "norse" else 8) * ONE, leak * ONE, ONE, v_reset * ONE)
    path = write_graph(tmp_path / "m.nir", (3,), HIDDEN, {"fc": nir.Linear(w), "hid": hid}, dt=DT)
    if v_reset and (reset, timing) == SURPLUS:
        with pytest.raises(RanvierError, match="hid.*M003.*v_reset") as caught:  # noqa: RUF043
            read(path, dialect=dialect, reset=reset, reset_timing=timing)
        assert "--reset-timing" in caught.value.hint
        return
    model = read(path, dialect=dialect, reset=reset, reset_timing=timing)
    wanted = floating.simulate(model, X).spikes["hid"]
    formats = Formats(weights=16, state=32, rounding="nearest")
    if leak and (reset == "subtract" or (reset, timing) == SURPLUS):
        with pytest.raises(RanvierError, match="hid.*Q008") as caught:  # noqa: RUF043
            quantize_model(model, make_data(X), formats)
        assert "--reset value" in caught.value.hint
        return
    got = reference.simulate(quantize_model(model, make_data(X), formats), X).spikes["hid"]
    assert wanted.sum() > 200
    assert np.count_nonzero(got != wanted) <= 0.01 * wanted.sum()
