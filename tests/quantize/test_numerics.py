# SPDX-License-Identifier: Apache-2.0
"""Networks quantised for a chip use nothing that it does not have, and follow their float model.

That the golden model computes these rules as the chips' own software does, tests/chips shows.
"""

from pathlib import Path
from typing import Any

import nir
import numpy as np
import pytest
from tests.unit.nets import DT, counts, li, read, weights, write_graph

from ranvier import connections, floating, reference
from ranvier.errors import RanvierError
from ranvier.frontends.data import make_data
from ranvier.ir import ClipStage, Conv, Network, Population
from ranvier.model import Model
from ranvier.quantize.formats import Formats
from ranvier.quantize.numerics import NUMERICS
from ranvier.quantize.ptq import quantize_model
from ranvier.targets.mcu.lower import lower

HIDDEN = 8
ONE = np.ones(HIDDEN)
X = counts(samples=8, steps=100, channels=3, high=3, seed=2)
VALUE = {"reset": "value"}
SUBTRACT = {"reset": "subtract", "spikes_per_step": "many"}
CHIPS = [("loihi", VALUE), ("spinnaker", VALUE), ("xylo", SUBTRACT)]


def neurons(kind: str, size: int = HIDDEN, **changed: Any) -> Any:
    one = np.ones(size)
    common = {"r": 8 * one, "v_leak": 0 * one, "v_threshold": one, "v_reset": 0 * one, **changed}
    if kind == "CubaLIF":
        return nir.CubaLIF(4 * DT * one, 16 * DT * one, w_in=2 * one, **common)
    return nir.LIF(16 * DT * one, **common)


def model_of(
    path: Path,
    kind: str = "CubaLIF",
    bias: Any = None,
    readout: Any = None,
    changed: Any = None,
    **options: Any,
) -> Model:
    first = weights(HIDDEN, 3, 5)
    nodes = {
        "fc1": nir.Linear(first) if bias is None else nir.Affine(first, bias),
        "hid": neurons(kind, **(changed or {})),
        "fc2": nir.Linear(weights(2, HIDDEN, 6)),
        "out": li(2) if readout is None else readout,
    }
    return read(write_graph(path, (3,), 2, nodes, dt=DT), **options)


def quantised(model: Model, chip: str, x: Any = X, **formats: Any) -> Network:
    return quantize_model(model, make_data(x), Formats(numerics=NUMERICS[chip], **formats))


@pytest.mark.parametrize(
    ("chip", "options", "kind"),
    [
        (*chip, kind)
        for chip in CHIPS
        for kind in ("CubaLIF", "LIF")
        if (chip[0], kind) != ("xylo", "LIF")  # it has none: the next test says what it gets
    ],
)
def test_spikes_follow_the_float_model(
    tmp_path: Path, chip: str, options: dict[str, Any], kind: str
) -> None:
    model = model_of(tmp_path / "m.nir", kind, **options)
    network = quantised(model, chip)
    wanted = floating.simulate(model, X)
    trace = reference.simulate(network, X)
    spikes = wanted.spikes["hid"]
    assert spikes.sum() > 300
    close = 0.15 if chip == "xylo" else 0.03  # Xylo's time constants are powers of two
    assert abs(int(trace.spikes["hid"].sum()) - int(spikes.sum())) <= close * spikes.sum()
    if chip != "xylo":
        assert np.count_nonzero(trace.spikes["hid"] != spikes) <= 0.06 * spikes.sum()
    unit = np.broadcast_to(network.output.scale, (2,))
    real, ours = wanted.v["out"], trace.v["out"] * unit
    assert np.corrcoef(real[..., 0].ravel(), ours[..., 0].ravel())[0, 1] > 0.98
    assert sum(trace.saturations.values()) == 0
    lower(network)


def test_xylo_gives_a_neuron_without_a_current_the_shortest_one(tmp_path: Path) -> None:
    network = quantised(model_of(tmp_path / "m.nir", "LIF", **SUBTRACT), "xylo")
    (current,) = network.population("hid").synapses
    assert current.decay.factor.tolist() == [1]
    assert reference.simulate(network, X).spikes["hid"].sum() > 300


def each(network: Network) -> list[Population]:
    assert len(network.populations) == 2
    return list(network.populations)


@pytest.mark.parametrize("kind", ["CubaLIF", "LIF"])
def test_loihi_has_every_number(tmp_path: Path, kind: str) -> None:
    network = quantised(model_of(tmp_path / "m.nir", kind, bias=0.01 * np.arange(HIDDEN)), "loihi")
    for p in each(network):
        (current,) = p.synapses
        assert (p.bits, current.bits, current.overflow) == (24, 24, "wrap-upper")
        for d in (p.decay, current.decay):
            assert (d.kind, d.shift, d.rounding) == ("multiply", 12, "zero")
        assert current.order == "decay-then-add"
        assert (current.gain_shift, current.gain.tolist()) == (0, [1])
        assert not current.bias.any()
        assert not (p.bias % 64).any()
        assert np.abs(p.bias).max() <= 4095 * 64
        assert p.lower_bound is not None
        assert p.lower_bound.tolist() == [1 - 2**23]
        if p.fire is not None:
            assert p.fire.compare == ">"
            assert not (p.fire.threshold % 64).any()
            assert np.unique(p.fire.threshold).size == 1, "one for all neurons of a layer"
            assert (p.reset.kind, p.reset.timing) == ("value", "now")
            assert not p.reset.value.any()
    assert network.population("hid").bias.any()
    for q in network.projections:
        assert q.bits == 8
        assert 6 <= q.shift <= 14


def test_netx_knows_no_exponents(tmp_path: Path) -> None:
    model = model_of(tmp_path / "m.nir")
    assert max(q.shift for q in quantised(model, "loihi").projections) > 7
    assert {q.shift for q in quantised(model, "netx").projections} <= {6, 7}


def test_loihi_shifts_no_convolution(tmp_path: Path) -> None:
    kernel = np.random.default_rng(3).normal(0, 1, (2, 1, 3, 3))
    nodes = {
        "conv": nir.Conv2d((4, 4), kernel, 1, 0, 1, 1, np.zeros(2)),
        "hid": nir.LIF(*(np.full((2, 2, 2), x) for x in (16 * DT, 8, 0, 1, 0))),
        "flat": nir.Flatten({"input": np.array([2, 2, 2])}, 0, -1),
        "fc": nir.Linear(weights(2, 8, 6)),
        "out": li(2),
    }
    model = read(write_graph(tmp_path / "m.nir", (1, 4, 4), 2, nodes, dt=DT))
    x = counts(samples=4, steps=60, channels=16, high=2, seed=1).reshape(4, 60, 1, 4, 4)
    network = quantised(model, "loihi", x)
    first = network.projections[0]
    assert (type(first.connection), first.shift) == (Conv, 6)


def test_xylo_has_every_number(tmp_path: Path) -> None:
    last = neurons("CubaLIF", 2)
    network = quantised(
        model_of(tmp_path / "m.nir", readout=last, decode="spike-count", **SUBTRACT), "xylo"
    )
    for p in each(network):
        (current,) = p.synapses
        assert (p.bits, current.bits, p.saturation) == (16, 16, "increment")
        assert (current.accumulate, current.order) == ("per-event", "add-then-decay")
        for d in (p.decay, current.decay):
            assert (d.kind, d.min_step) == ("shift", 1)
            assert 0 <= d.factor.min() <= d.factor.max() <= 15
        assert p.decay.factor.tolist() == [4]
        assert current.decay.factor.tolist() == [2]
        assert p.fire is not None
        assert (p.fire.compare, p.fire.spikes) == (">=", "floor")
        assert (p.reset.kind, p.reset.timing) == ("subtract", "now")
    assert [p.fire.max_spikes for p in each(network) if p.fire] == [31, 1]
    assert len({q.shift for q in network.projections}) == 1
    assert network.encoding.stages == (ClipStage(low=0, high=15),)


def test_spinnaker_has_every_number(tmp_path: Path) -> None:
    network = quantised(model_of(tmp_path / "m.nir"), "spinnaker")
    for p in each(network):
        assert (p.bits, p.overflow, p.form) == (32, "wrap", "relax")
        assert (p.decay.kind, p.decay.shift, p.decay.rounding) == ("multiply", 15, "floor")
        assert p.decay.factor.max() < 2**15
        assert [s.gain.tolist() for s in p.synapses] == [[1], [-1]]
        assert {(s.accumulate, s.ring_bits, s.bits) for s in p.synapses} == {
            ("ring-buffer", 16, 32)
        }
    for q in network.projections:
        w = connections.weights(q.connection)
        assert 0 <= w.min() <= w.max() < 2**15
    hidden = network.population("hid").synapses[0]
    assert hidden.drive_gain is not None
    assert hidden.drive_shift == 32
    # exp(-dt / tau) for dt / tau = 1 - 3/4, and tau (1 - exp(-1 / tau)) of the same tau in steps
    assert hidden.decay.factor.tolist() == [49152]
    assert abs(int(hidden.drive_gain[0]) / 2**32 - 0.25 / -np.log(0.75)) < 1e-9
    (ringed,) = {q.shift for q in network.projections if q.target == "hid"}
    sums = np.zeros((2, HIDDEN))
    for q in network.projections:
        if q.target == "hid":
            reach = connections.apply(q.connection, X.reshape(-1, 3).astype(np.int64)).max(axis=0)
            sums[q.synapse] = np.maximum(sums[q.synapse], reach)
    assert 2**14 < sums.max() < 2**16, "the ring buffers are used, and not full"
    assert ringed >= 0


@pytest.mark.parametrize(("chip", "options"), CHIPS)
def test_a_bias_is_what_the_current_settles_at(
    tmp_path: Path, chip: str, options: dict[str, Any]
) -> None:
    """With nothing else to drive them, membranes come to where the model's do."""
    bias = 0.04 * np.linspace(-1, 1, HIDDEN)
    model = model_of(tmp_path / "m.nir", bias=bias, **options)
    quiet = np.zeros((1, 200, 3), np.uint8)
    quiet[0, :3] = 1
    network = quantised(model, chip, np.concatenate([quiet, X[:1].repeat(2, axis=1)]))
    wanted = floating.simulate(model, quiet).v["hid"][0, -1]
    p = network.population("hid")
    got = reference.simulate(network, quiet).v["hid"][0, -1] * p.scale
    assert np.abs(wanted).max() > 0.2
    # Xylo's time constants are powers of two; Loihi's biases are on a grid, and build up 16-fold.
    off = {"xylo": 0.08, "loihi": 16 * 33 * float(p.scale.max()), "spinnaker": 0.001}
    assert off[chip] < 0.1
    assert np.allclose(got, wanted, atol=off[chip])


Q012: dict[str, tuple[str, dict[str, Any], str]] = {
    "loihi subtracts": ("loihi", {"reset": "subtract"}, "--reset value"),
    "loihi several": ("loihi", {"spikes_per_step": "many"}, "--spikes-per-step one"),
    "loihi bound": ("loihi", {"lower_bound": -1.0}, "without one"),
    "loihi late": ("loihi", {"reset_timing": "next-update"}, "--reset-timing next-membrane"),
    "spinnaker subtracts": ("spinnaker", {"reset": "subtract"}, "--reset value"),
    "spinnaker several": ("spinnaker", {"spikes_per_step": "many"}, "--spikes-per-step one"),
    "loihi below": ("loihi", {"v_threshold": -0.3}, "raise them"),
    "xylo value": ("xylo", {"reset": "value"}, "--reset subtract"),
    "xylo once": ("xylo", {"reset": "subtract"}, "--spikes-per-step many"),
    "xylo late": (
        "xylo", {**SUBTRACT, "reset_timing": "next-membrane"}, "--reset-timing now",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", Q012)
def test_what_a_chip_cannot_do_is_refused(tmp_path: Path, name: str) -> None:
    chip, options, hint = Q012[name]
    parameters = {k: options[k] * ONE for k in ("v_threshold",) if k in options}
    rest = {k: v for k, v in options.items() if k not in parameters}
    with pytest.raises(RanvierError, match="Q012") as e:
        quantised(model_of(tmp_path / "m.nir", changed=parameters, **rest), chip)
    assert e.value.loc.endswith(":hid")
    assert hint in e.value.hint


def test_the_hints_lead_to_a_network(tmp_path: Path) -> None:
    later = {"reset": "value", "reset_timing": "next-membrane"}
    for chip in ("loihi", "spinnaker"):
        network = quantised(model_of(tmp_path / "m.nir", **later), chip)
        trace = reference.simulate(network, X)
        at_once = quantised(model_of(tmp_path / "n.nir", reset="value"), chip)
        same = reference.simulate(at_once, X)
        assert np.array_equal(trace.spikes["hid"], same.spikes["hid"])


@pytest.mark.parametrize("chip", ["xylo", "spinnaker"])
def test_inputs_that_are_no_events_are_refused(tmp_path: Path, chip: str) -> None:
    options = SUBTRACT if chip == "xylo" else VALUE
    with pytest.raises(RanvierError, match="Q012") as e:
        quantised(model_of(tmp_path / "m.nir", **options), chip, X.astype(np.int8) - np.int8(1))
    assert "encoding" in e.value.loc


def test_a_reset_to_elsewhere_is_refused_by_loihi_alone(tmp_path: Path) -> None:
    nodes = {
        "fc1": nir.Linear(weights(HIDDEN, 3, 5)),
        "hid": neurons("LIF", v_reset=-0.25 * ONE),
        "fc2": nir.Linear(weights(2, HIDDEN, 6)),
        "out": li(2),
    }
    model = read(write_graph(tmp_path / "m.nir", (3,), 2, nodes, dt=DT))
    with pytest.raises(RanvierError, match="reset to where they start"):
        quantised(model, "loihi")
    assert (quantised(model, "spinnaker").population("hid").reset.value < 0).all()


def test_a_layer_without_a_membrane_is_refused(tmp_path: Path) -> None:
    nodes = {
        "fc1": nir.Linear(weights(HIDDEN, 3, 5)),
        "hid": nir.Threshold(ONE),
        "fc2": nir.Linear(weights(2, HIDDEN, 6)),
        "out": li(2),
    }
    model = read(write_graph(tmp_path / "m.nir", (3,), 2, nodes, dt=DT))
    for chip, _ in CHIPS:
        with pytest.raises(RanvierError, match="every neuron has a membrane"):
            quantised(model, chip)


def test_a_membrane_of_loihi_keeps_something(tmp_path: Path) -> None:
    """Its decay has 12 bits: one that loses all in a step would need 4096."""
    short = neurons("LIF", r=ONE * 1.0001)
    short.tau = ONE * DT * 1.0001
    nodes = {
        "fc1": nir.Linear(weights(HIDDEN, 3, 5)), "hid": short,
        "fc2": nir.Linear(weights(2, HIDDEN, 6)), "out": li(2),
    }  # fmt: skip
    model = read(write_graph(tmp_path / "m.nir", (3,), 2, nodes, dt=DT))
    assert quantised(model, "loihi").population("hid").decay.factor.tolist() == [1]


@pytest.mark.parametrize(("most", "fits"), [(15, True), (16, False)])
def test_xylo_refuses_data_that_it_would_clip(tmp_path: Path, most: int, fits: bool) -> None:
    model = model_of(tmp_path / "m.nir", **SUBTRACT)
    x = X.copy()
    x[0, 0, 0] = most
    if fits:
        quantised(model, "xylo", x)
    else:
        with pytest.raises(RanvierError, match="Q012") as e:
            quantised(model, "xylo", x)
        assert "reach 16" in e.value.what


@pytest.mark.parametrize("chip", NUMERICS)
def test_readouts_get_their_mean_back(tmp_path: Path, chip: str) -> None:
    options = SUBTRACT if chip == "xylo" else VALUE
    model = model_of(tmp_path / "m.nir", readout=li(2, 8 * DT), **options)
    wanted = floating.simulate(model, X).v["out"].mean(axis=(0, 1))

    def off(rates: bool) -> float:
        network = quantised(model, chip, weights=3, rates=rates)
        mean = reference.simulate(network, X).v["out"].mean(axis=(0, 1))
        unit = network.population("out").scale
        return float(np.abs(mean * unit - wanted).sum())

    if chip in ("loihi", "netx"):  # their thresholds, and with them their rates, stay as they are
        assert off(rates=True) == off(rates=False)
    else:
        assert off(rates=True) < 0.5 * off(rates=False)


def test_time_constants_are_in_steps_whatever_the_dialect(tmp_path: Path) -> None:
    """Sinabs' are: 10 steps, not 10 seconds."""
    node = nir.CubaLIF(10 * ONE, 20 * ONE, ONE, 0 * ONE, ONE, 0 * ONE, w_in=2 * ONE)
    model = {
        "fc1": nir.Linear(weights(HIDDEN, 3, 5)), "hid": node,
        "fc2": nir.Linear(weights(2, HIDDEN, 6)), "out": nir.LI(20 * ONE[:2], ONE[:2], 0 * ONE[:2]),
    }  # fmt: skip
    path = write_graph(tmp_path / "m.nir", (3,), 2, model, dt=DT)
    options = {"dialect": "sinabs", "reset": "value", "spikes_per_step": "one"}
    network = quantised(read(path, **options), "spinnaker")
    (_, current) = network.population("hid").synapses
    assert abs(current.decay.factor[0] / 2**16 - np.exp(-0.1)) < 1e-4
    node.tau_syn = 1e4 * ONE
    path = write_graph(tmp_path / "n.nir", (3,), 2, model, dt=DT)
    with pytest.raises(RanvierError, match=r"lose at least 2\*\*-13"):
        quantised(read(path, **options), "spinnaker")
