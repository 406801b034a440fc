# SPDX-License-Identifier: Apache-2.0
"""Networks as Loihi holds them: exact rewriting, refusals with a way out, what cores take."""

import ast
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.neuro.random_nets import M, case
from tests.unit.nets import ints, network, population

from ranvier import connections
from ranvier.errors import RanvierError
from ranvier.ir import (
    INPUT,
    Decay,
    Decode,
    Dense,
    Encoding,
    Fire,
    IntArray,
    Network,
    Population,
    Projection,
    Reset,
    SynapticState,
)
from ranvier.targets.loihi import emit, netx
from ranvier.targets.loihi.chip import NAMES, chip
from ranvier.targets.loihi.lags import extra, lags
from ranvier.targets.loihi.lower import lower
from ranvier.targets.loihi.place import place
from ranvier.targets.loihi.verify import carried
from ranvier.targets.loihi.weights import encode

LOIHI1, LOIHI2 = map(chip, NAMES)


def layer(name: str, size: int, **fields: Any) -> Population:
    current = SynapticState(
        decay=Decay(kind="multiply", factor=ints(3000), shift=12, rounding="zero"),
        bias=ints(0), bits=24, overflow="wrap-upper", gain=ints(1),
    )  # fmt: skip
    rules: dict[str, Any] = {
        "synapses": (current,),
        "decay": Decay(kind="multiply", factor=ints(3500), shift=12, rounding="zero"),
        "bits": 24, "lower_bound": ints(1 - M),
        "fire": Fire(compare=">", threshold=np.full(size, 640)),
        "reset": Reset(kind="value", value=ints(0)),
    }  # fmt: skip
    return population(name, size, **{**rules, **fields})


def joined(source: str, target: str, w: IntArray, **fields: Any) -> Projection:
    made: dict[str, Any] = {"connection": Dense(weight=w), "bits": 10, "shift": 7, **fields}
    return Projection(source=source, target=target, **made)


def chain(sizes: tuple[int, ...] = (3, 4, 2), high: int = 1, **fields: Any) -> Network:
    rng = np.random.default_rng(1)
    names = (INPUT, *"abcdef"[: len(sizes) - 1])
    made: dict[str, Any] = {
        "encoding": Encoding(
            channels=sizes[0], raw="uint8", raw_low=0, raw_high=high, raw_scale=1.0
        ),
        "populations": tuple(layer(n, s) for n, s in zip(names[1:], sizes[1:], strict=True)),
        "projections": tuple(
            joined(a, b, rng.integers(-99, 100, (m, n)))
            for a, b, n, m in zip(names, names[1:], sizes, sizes[1:], strict=False)
        ),
        "decode": Decode(rule="spike-count", sources=(names[-1],), multiplier=ints(1)),
    }  # fmt: skip
    return network(**{**made, **fields})


@given(
    st.lists(st.integers(-300, 300), min_size=1, max_size=6).filter(any),
    st.integers(0, 14),
    st.integers(0, 4),
)
def test_weights_count_what_they_did(values: list[int], shift: int, zeros: int) -> None:
    w = np.array(values, np.int64) << zeros
    found = encode(w, shift, -7, 7)
    if found is None:
        return
    low, high = int(found.weights.min()), int(found.weights.max())
    assert max(-low, high) <= (256 if low < 0 < high else 255)
    up = found.exponent + 6
    assert np.array_equal(found.weights * 2.0**up, w * 2.0**shift)
    assert not (found.weights * 2.0**found.exponent % 1).any(), "sums lose no bits"
    mixed = low < 0 < high
    assert not (found.weights % (1 << (8 - found.bits + mixed))).any(), "nothing is truncated"


@pytest.mark.parametrize(
    ("values", "shift", "expected"),
    [
        ([1, -1], 6, (128, -7, 2)),  # the largest magnitudes whose exponent there is
        ([127, -128], 6, (254, -1, 8)),
        ([127, -127], 7, (254, 0, 8)),
        ([255, 0], 6, (255, 0, 8)),
        ([127, 1], 6, (254, -1, 7)),
        ([-255, -1], 9, (-255, 3, 8)),
        ([256, -256], 6, (128, 1, 2)),
        ([257, -256], 6, None),
        ([254, -256], 6, (254, 0, 8)),
        ([255, -2], 6, None),
        ([1, 2], 5, None),
        ([2, 4], 5, (64, -6, 2)),
        ([127, 1], 15, None),
    ],
)
def test_magnitudes_at_their_ends(
    values: list[int], shift: int, expected: tuple[int, int, int] | None
) -> None:
    found = encode(np.array(values, np.int64), shift, -7, 7)
    said = None if found is None else (int(found.weights[0]), found.exponent, found.bits)
    assert said == expected


@pytest.mark.parametrize("seed", range(60))
def test_every_path_shifts_alike(seed: int) -> None:
    found = case(seed).network
    when = lags(found)
    for k, q in enumerate(found.projections):
        assert extra(found, when, k) >= 0
        on_chip = when[q.source] + 1 + extra(found, when, k)
        assert on_chip == when[q.target] + q.delay


@pytest.mark.parametrize("seed", range(60))
def test_matrices_and_inputs_add_up(seed: int) -> None:
    """What the chip's synapses are given is the network's, for any input."""
    c = case(seed)
    plan = lower(c.network, chip(c.chip))
    low, high = c.network.encoding.raw_low, c.network.encoding.raw_high
    rng = np.random.default_rng(seed)
    x = {INPUT: rng.integers(low, high, (5, c.network.encoding.channels), endpoint=True)}
    x |= {p.name: rng.integers(0, 2, (5, p.size)) for p in c.network.populations}
    sent = {i.name: carried(i, x[INPUT]) for i in plan.inputs}
    sent |= {y.name: x[y.population][:, y.neurons] for y in plan.layers}
    for p in c.network.populations:
        expected = sum(
            connections.apply(q.connection, x[q.source]) << q.shift
            for q in c.network.projections
            if q.target == p.name
        )
        got = np.zeros((5, p.size), np.int64)
        for s in plan.synapses:
            target = plan.layer(s.target)
            if target.population != p.name:
                continue
            if s.conv is None:
                a = sent[s.source] @ s.weights.T
                a = a << s.exponent if s.exponent > 0 else a >> -s.exponent
            else:
                a = connections.apply(replace(s.conv, weight=s.weights), sent[s.source])
            got[:, target.neurons] += a << 6
        assert np.array_equal(got, expected)


def test_lags_are_the_longest_paths() -> None:
    skip = joined(INPUT, "c", np.ones((2, 3), np.int64), delay=1)
    found = chain((3, 4, 4, 2))
    found = replace(found, projections=(*found.projections, skip))
    plan = lower(found, LOIHI2)
    assert [x.lag for x in plan.layers] == [1, 2, 3]
    assert [s.delay for s in plan.synapses] == [0, 0, 0, 3]


Change = Callable[[Network], Network]


def first(**fields: Any) -> Change:
    def change(found: Network) -> Network:
        p, *others = found.populations
        return replace(found, populations=(replace(p, **fields), *others))

    return change


def current(**fields: Any) -> Change:
    def change(found: Network) -> Network:
        p = found.populations[0]
        return first(synapses=(replace(p.synapses[0], **fields),))(found)

    return change


def edge(**fields: Any) -> Change:
    def change(found: Network) -> Network:
        q, *others = found.projections
        return replace(found, projections=(replace(q, **fields), *others))

    return change


def threshold(**fields: Any) -> Fire:
    return Fire(**{"compare": ">", "threshold": np.full(4, 640), **fields})


def loop(found: Network) -> Network:
    """Two hops in one step."""
    back = joined("b", "a", np.ones((4, 2), np.int64), delay=1)
    return replace(found, projections=(*found.projections, back))


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        (first(synapses=()), "K001", "currents"),
        (first(bits=16), "K001", "saturate at"),
        (first(lower_bound=None), "K001", "saturate at"),
        (first(overflow="wrap"), "K001", "saturate at"),
        (first(saturation="each"), "K001", "order of saturation"),
        (first(refractory=3), "K001", "refractory periods, which Lava's"),
        (first(reset=Reset(kind="subtract", value=ints(0))), "K001", "but to 0 in the spike"),
        (first(reset=Reset(kind="value", value=ints(64))), "K001", "but to 0 in the spike"),
        (first(decay=Decay(kind="leak", factor=ints(9), shift=12)), "K001", "kind leak"),
        (first(decay=Decay(kind="multiply", factor=ints(9), shift=12)), "K001", "round to floor"),
        (first(decay=Decay(kind="multiply", factor=ints(0), shift=12, rounding="zero")), "K001",
         "keep other than 1 to 4096"),
        (first(fire=threshold(spikes="floor", max_spikes=2)), "K001", "several"),
        (current(overflow="saturate"), "K001", "currents of 24 bits that saturate"),
        (current(order="add-then-decay"), "K001", "in this order"),
        (current(gain=ints(2)), "K001", "gains"),
        (first(fire=threshold(threshold=np.full(4, 641))), "K002", "multiples of 64"),
        (first(fire=threshold(threshold=np.full(4, 131072 * 64))), "K002", "multiples of 64"),
        (first(bias=ints(4097)), "K002", "13 bits"),
        (first(bias=ints(2**20)), "K002", "13 bits"),
        (edge(shift=5), "K002", "magnitudes of 8 bits"),
        (edge(shift=15), "K002", "magnitudes of 8 bits"),
        (edge(connection=Dense(weight=np.full((4, 3), 511))), "K002", "magnitudes of 8 bits"),
        (edge(delay=64), "K002", "wait 64 steps"),
        (loop, "K004", "the loop "),
    ],
)  # fmt: skip
def test_what_loihi_does_not_do_is_refused(change: Change, code: str, said: str) -> None:
    lower(chain(), LOIHI1)
    with pytest.raises(RanvierError) as e:
        lower(change(chain()), LOIHI2)
    assert e.value.code == code
    assert said in e.value.what
    assert e.value.hint


def test_inputs_are_numbers_only_where_spikes_carry_them() -> None:
    numbers = chain(high=6)
    (one,) = lower(numbers, LOIHI2).inputs
    assert (one.name, one.message_bits) == (INPUT, 4)
    assert [x.name for x in lower(numbers, LOIHI1).inputs] == ["input.0", "input.1", "input.2"]
    with pytest.raises(RanvierError) as e:
        lower(edge(shift=9)(chain(high=255)), LOIHI1)
    assert e.value.code == "K002"
    assert "clip them to fewer bits, or use loihi2" in e.value.hint
    wide = Encoding(channels=3, raw="int32", raw_low=-(2**30), raw_high=2**30, raw_scale=1.0)
    with pytest.raises(RanvierError) as e:
        lower(chain(encoding=wide), LOIHI2)
    assert e.value.code == "K003"


def test_neurons_of_other_decays_are_layers_of_their_own() -> None:
    kept = np.array([3500, 1, 3500, 4096])
    decay = Decay(kind="multiply", factor=kept, shift=12, rounding="zero")
    plan = lower(first(decay=decay)(chain()), LOIHI2)
    assert [(x.name, x.neurons.tolist(), x.dv) for x in plan.of("a")] == [
        ("a.0", [0, 2], 596), ("a.1", [1], 4095), ("a.2", [3], 0),
    ]  # fmt: skip


def test_a_core_takes_what_nengo_loihi_counts() -> None:
    """100 axons to 70 neurons: a block of 64 and one of 6, 8 bits each and 10 more, in units of 64.

    All reach all, so that no index is stored.
    """
    found = chain((100, 70, 2))
    w = np.full((70, 100), 3)
    w[0] = 255
    found = edge(connection=Dense(weight=w), shift=6)(found)
    core = place(lower(found, LOIHI1)).cores[0]
    assert (core.neurons, core.in_axons, core.out_axons, core.synapses) == (70, 100, 70, 7000)
    assert core.synapse_bits == 100 * (576 + 64)
    w[1] = 0  # no axon reaches all: 69 weights of 8 bits, with an index of 7
    core = place(lower(edge(connection=Dense(weight=w), shift=6)(found), LOIHI1)).cores[0]
    assert core.synapse_bits == 100 * (1024 + 128)


def test_a_layer_is_cut_where_a_core_is_full() -> None:
    many = place(lower(chain((3, 1500, 2)), LOIHI1))
    assert [(c.layer, c.first, c.neurons) for c in many.cores] == [
        ("a", 0, 750), ("a", 750, 750), ("b", 0, 2),
    ]  # fmt: skip
    full = chain((1600, 300, 2))
    cores = [c for c in place(lower(full, LOIHI1)).cores if c.layer == "a"]
    assert len(cores) > 1, "480,000 weights of 8 bits are more than a core's 2**20 bits"
    assert all(c.synapse_bits <= 2**20 for c in cores)
    assert sum(c.neurons for c in cores) == 300


@pytest.mark.parametrize(
    ("sizes", "said"),
    [((4200, 1, 2), "4200 input axons on a core, which has 4096"),
     ((1, 1024 * 128 + 1), "129 cores, of which a chip has 128")],
)  # fmt: skip
def test_what_a_chip_does_not_hold_is_refused(sizes: tuple[int, ...], said: str) -> None:
    found = chain(sizes)
    with pytest.raises(RanvierError) as e:
        place(lower(edge(connection=Dense(weight=np.full(sizes[1::-1], 4)))(found), LOIHI1))
    assert e.value.code == "K005"
    assert said in e.value.what


def test_what_is_emitted_is_the_same_each_time_and_says_everything() -> None:
    for seed in range(20):
        c = case(seed)
        plan = lower(c.network, chip(c.chip))
        text = emit.program(plan, "1.0")
        ast.parse(text)
        assert text == emit.program(lower(c.network, chip(c.chip)), "1.0")
        told = json.loads(emit.description(plan, place(plan), "none"))
        assert [x["name"] for x in told["layers"]] == [x.name for x in plan.layers]
        placed = [core["neurons"] for x in told["layers"] for core in x["cores"]]
        assert sum(placed) == sum(p.size for p in c.network.populations)
        assert all(limit["source"] for limit in told["limits"].values())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (first(bias=ints(32)), "no multiples of 64"),
        (edge(shift=9), "which netx doesn't keep"),
        (edge(connection=Dense(weight=np.full((4, 3), -128)), shift=6), "doesn't keep"),
        (edge(delay=63), "more than 62 steps"),
        (lambda n: replace(n, projections=(*n.projections, joined(
            INPUT, "b", np.ones((2, 3), np.int64)))), "hears other than the layer before it"),
    ],
)  # fmt: skip
def test_why_there_is_no_netx_file(change: Change, said: str) -> None:
    assert netx.hdf5(lower(chain(), LOIHI2)) == netx.hdf5(lower(chain(), LOIHI2))
    with pytest.raises(netx.Unfit, match=said):
        netx.hdf5(lower(change(chain()), LOIHI2))
