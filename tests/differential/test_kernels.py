# SPDX-License-Identifier: Apache-2.0
"""The generated C and its kernels, under UBSan and ASan on this machine, == the golden model."""

import ctypes
import itertools
import subprocess
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st
from tests.cases import FULL, ROOT
from tests.kernel_build import Kernels, accepted, compare, compare_in_its_memory
from tests.link_build import UNDEFINED
from tests.needs import need_program
from tests.strategies import CHIPS, STAGES, every_feature, features, networks, samples
from tests.strategy_spikes import inputs, spiking
from tests.unit.nets import ints, network, population, wrap_upper

from ranvier import bounds, reference
from ranvier.check import check
from ranvier.ir import Decay, Decode, Dense, Encoding, Fire, Network, Projection, Reset
from ranvier.targets.mcu.build import WARNINGS
from ranvier.targets.mcu.lower import lower

EXAMPLES = 400 if FULL else 40
SWEEPS = 4
PHASES = tuple(Phase) if FULL else (Phase.generate,)  # to shrink takes minutes of gcc


def louder(n: Network) -> Network:
    """Return `n` with the largest shifts that `lower` still proves safe."""
    for k, q in enumerate(n.projections):
        for shift in range(31, q.shift, -1):
            parts = list(n.projections)
            parts[k] = replace(q, shift=shift)
            found = replace(n, projections=tuple(parts))
            if accepted(found):
                n = found
                break
    return n


@pytest.mark.parametrize(
    ("change", "chips"),
    [(None, False), (louder, False), (None, True)],
    ids=["as drawn", "at the proved bounds", "with the chips' rules"],
)
def test_random_networks(
    kernels: Kernels, change: Callable[[Network], Network] | None, chips: bool
) -> None:
    total, used = Counter[str](), Counter[str]()

    def sweep(data: st.DataObject) -> None:
        n = data.draw(networks(kernels=True, chips=chips).filter(accepted))
        if change is not None:
            n = check(change(n))
        total.update(compare(kernels, n, data.draw(samples(n))))
        used.update({*features(n), *(p.kernel for p in lower(n).populations)})

    for k in range(SWEEPS):  # what one sweep draws is much alike
        few = settings(max_examples=EXAMPLES // SWEEPS + 2, phases=PHASES)
        seed(k)(few(given(st.data())(sweep)))()
    assert total["spikes"] >= 1000
    assert total["saturating"] >= 5
    assert total["several"] >= 20
    wanted = {"rv_population_i16", "rv_population_i32", *STAGES}
    assert wanted | (CHIPS if chips else {"rv_lif_i16", "rv_li_i16"}) <= used.keys()
    assert not FULL or every_feature() - (set() if chips else CHIPS) <= used.keys()


def test_random_networks_stay_within_their_memory(checked: Kernels) -> None:
    """One sample of a few networks as a program under ASan."""
    spikes = 0

    def sweep(data: st.DataObject) -> None:
        nonlocal spikes
        n = data.draw(networks(kernels=True).filter(accepted))
        raw = data.draw(samples(n))[:1]
        spikes += compare_in_its_memory(checked, lower(n), raw)

    for k in range(SWEEPS):
        few = settings(max_examples=EXAMPLES // 20 + 1, phases=PHASES)
        seed(k)(few(given(st.data())(sweep)))()
    assert spikes >= 100


# By hand


def one(weight: int) -> Dense:
    return Dense(weight=ints(weight).reshape(1, 1))


Timing = Literal["now", "next-membrane", "next-update", "next-surplus"]


@pytest.mark.parametrize(("bits", "shift"), [(16, -1), (16, -9), (24, 0), (32, 0), (32, 31)])
@pytest.mark.parametrize("timing", ["now", "next-membrane", "next-update", "next-surplus"])
def test_an_accumulator_at_its_proved_bound(
    kernels: Kernels, bits: int, shift: int, timing: Timing
) -> None:
    """Inputs aligned with the weights' signs bring a 32-bit sum to its very bounds."""
    weight = ints(32767, 32767, -32768, -32767, 32767, -32767).reshape(3, 2)
    n = network(
        encoding=Encoding(
            channels=2, raw="int16", raw_low=-32767, raw_high=32767, raw_scale=1.0
        ),
        populations=(
            population(
                "p", 3, bits=bits,
                fire=Fire(
                    compare=">=", threshold=ints(1, 2 ** (bits - 1) - 1, 7),
                    spikes="floor", max_spikes=255,
                ),
                reset=Reset(kind="subtract", timing=timing, value=ints(0)),
            ),
        ),
        projections=(
            Projection(
                source="input", target="p", connection=Dense(weight=weight), bits=16, shift=shift
            ),
        ),
        decode=Decode(rule="spike-count", sources=("p",), multiplier=ints(32767)),
    )  # fmt: skip
    check(n)
    signs = np.array(list(itertools.product((-32767, 0, 32767), repeat=2)), np.int16)
    raw = np.stack([signs, -signs, np.repeat(signs[:1], len(signs), 0)])
    sums = raw.astype(np.int64) @ weight.T
    proved = bounds.sum_interval(n, n.projections[0])
    assert (sums.max((0, 1)) == proved.high).all()
    assert (sums.min((0, 1)) == proved.low).all()
    assert proved.bits == 32
    assert compare(kernels, n, raw)["saturating"]


def test_two_projections_into_one_synapse_are_shifted_apart(kernels: Kernels) -> None:
    # (1 >> 1) + (1 >> 1) is 0, not (1 + 1) >> 1.
    half = Projection(source="input", target="p", connection=one(1), shift=-1)
    n = network(
        encoding=Encoding(channels=1, raw="uint8", raw_low=0, raw_high=9, raw_scale=1.0),
        populations=(population("p", 1, fires=False, decay=Decay(factor=ints(0))),),
        projections=(half, half),
    )
    compare(kernels, check(n), np.ones((1, 2, 1), np.uint8))


def test_a_sum_of_minus_one_may_be_shifted_to_the_lowest_word(kernels: Kernels) -> None:
    # -1 << 31 is -2**31, which fits, though 1 << 31 does not.
    n = network(
        encoding=Encoding(channels=1, raw="uint8", raw_low=0, raw_high=1, raw_scale=1.0),
        populations=(population("p", 1, fires=False, bits=32, decay=Decay(factor=ints(0))),),
        projections=(
            Projection(source="input", target="p", connection=one(-1), shift=31),
            Projection(source="input", target="p", connection=one(0), shift=0),
        ),
    )
    compare(kernels, check(n), np.ones((1, 2, 1), np.uint8))


def test_what_wraps_at_its_upper_end_keeps_it_of_its_word(kernels: Kernels) -> None:
    network, raw, _ = wrap_upper()
    compare(kernels, check(network), raw)


def test_scores_saturate_and_never_wrap(tmp_path: Path) -> None:
    """A device that is never reset sums for ever: at the ends of 48 bits the scores stay."""
    gcc = need_program("gcc", "gcc libc6-dev")
    firmware = ROOT / "firmware"
    library = tmp_path / "decode.so"
    command = [gcc, *WARNINGS, "-fPIC", "-shared", *UNDEFINED, f"-I{firmware / 'include'}",
               str(firmware / "src" / "rv_decode_sum.c"), "-o", str(library)]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    top = 2**47 - 1
    starts = np.array([top - 5, top, -top - 1, -top + 3, 0, 7], np.int64)
    added = np.array([2**31 - 1, 1, -1, -(2**31), 5, -(2**31)], np.int32)
    scores = starts.copy()
    call = ctypes.CDLL(str(library)).rv_decode_sum
    call(ctypes.c_void_p(scores.ctypes.data), ctypes.c_void_p(added.ctypes.data),
         ctypes.c_uint16(len(scores)))  # fmt: skip
    wanted = np.clip(starts + added, -top - 1, top)
    assert scores.tolist() == wanted.tolist() == [top, top, -top - 1, -top - 1, 5, 7 - 2**31]


def test_the_golden_model_saturates_scores_a_step_at_a_time() -> None:
    one = network(decode=Decode(rule="readout-mean", sources=("out",), multiplier=ints(3)))
    out = np.full((1, 2**16 + 10, 2), 2**31 - 1, np.int64)
    out[:, :, 1] = -(2**31)
    out[0, -1] = [-4, 4]
    top = 2**47 - 1
    assert reference.decode_scores(one, out).tolist() == [[3 * (top - 4), 3 * (3 - top)]]


def test_a_readout_ignores_its_reset(kernels: Kernels) -> None:
    n = network(
        encoding=Encoding(channels=1, raw="uint8", raw_low=0, raw_high=9, raw_scale=1.0),
        populations=(
            population(
                "p", 1, fires=False, bits=32, reset=Reset(kind="value", value=ints(5))
            ),
        ),
        projections=(Projection(source="input", target="p", connection=one(1)),),
    )  # fmt: skip
    compare(kernels, check(n), np.ones((1, 2, 1), np.uint8))


@pytest.mark.parametrize(("core", "family"), [("host", ""), ("rv32imc", "_packed")])
def test_networks_of_spikes_are_summed_in_16_bits(kernels: Kernels, core: str, family: str) -> None:
    total, used = Counter[str](), Counter[str]()

    @settings(max_examples=2 * EXAMPLES, phases=PHASES)
    @given(st.data())
    def sweep(data: st.DataObject) -> None:
        n = check(data.draw(spiking().filter(accepted)))
        plan = lower(n, core)
        total.update(compare(kernels, n, data.draw(inputs(n)), plan))
        for p in plan.populations:
            used.update([p.kernel, *(q.kernel for q in p.projections)])

    sweep()
    assert total["spikes"] >= 1000
    rules = {f"rv_{kind}_i16_s16" for kind in ("population", "lif", "li")}
    sums = {f"rv_events_{how}_i{bits}{family}" for how in ("set", "add") for bits in (8, 4, 2)}
    wide = {f"rv_project_{what}_i{bits}" for what in ("events", "values") for bits in (4, 2)}
    assert rules | sums | wide <= used.keys()
    alike = {"rv_lif_i16_alike", "rv_lif_i16_left_alike"}
    assert alike & used.keys() == (alike if family else set())


@pytest.mark.parametrize("first", [1, 2])
def test_halves_of_a_word_borrow_nothing(kernels: Kernels, first: int) -> None:
    """Neighbours sum to the ends of 16 bits, all at once and one projection after the other."""
    sources = 259
    ends = [[127] * 258 + [1], [-127] * 258 + [-2], [-127] * 258 + [-2], [127] * 258 + [1]]
    parts = [np.stack([e[k::first] for e in ends]) for k in range(first)]
    n = network(
        encoding=Encoding(channels=sources, raw="uint8", raw_low=0, raw_high=1, raw_scale=1.0),
        populations=(population("p", 4, fires=False, decay=Decay(factor=ints(0))),),
        projections=tuple(
            Projection(
                source="input", target="p",
                connection=Dense(weight=np.pad(w, ((0, 0), (0, sources - w.shape[1])))),
            )
            for w in parts
        ),
    )  # fmt: skip
    plan = lower(n, "cortex-m0")
    used = [q.kernel for q in plan.populations[0].projections]
    assert used == ["rv_events_set_i8_packed", "rv_events_add_i8_packed"][:first]
    raw = np.ones((1, 3, sources), np.uint8)
    raw[0, 1] = 0
    raw[0, 2, 1:] = 0  # a lone event
    compare(kernels, check(n), raw, plan)


@pytest.mark.parametrize("shift", [-3, 0, 4])
@pytest.mark.parametrize(("sources", "targets"), [(1, 1), (6, 9), (33, 24)])
def test_values_are_summed_from_packed_columns(
    kernels: Kernels, checked: Kernels, sources: int, targets: int, shift: int
) -> None:
    """Values of both signs by weights of both ends, up to what 16 bits hold once it is shifted."""
    rng = np.random.default_rng([sources, targets])
    high = 32767 // (sources * 128 << max(0, shift)) << max(0, -shift)
    weight = rng.choice([-128, -127, -1, 0, 1, 127], (targets, sources))
    n = network(
        encoding=Encoding(
            channels=sources, raw="int16", raw_low=-high, raw_high=high, raw_scale=1.0
        ),
        populations=(population("p", targets, fires=False, decay=Decay(factor=ints(0))),),
        projections=(
            Projection(source="input", target="p", connection=Dense(weight=weight), shift=shift),
        ),
    )
    plan = lower(n, "cortex-m3")
    assert [q.kernel for q in plan.populations[0].projections] == ["rv_values_set_i8_packed"]
    raw = rng.choice([-high, -1, 0, 1, high], (2, 12, sources)).astype(np.int16)
    raw[0, 0] = high * np.where(weight[0] < 0, -1, 1)
    compare(kernels, check(n), raw, plan)
    compare_in_its_memory(checked, plan, raw[:1])


@pytest.mark.parametrize(("targets", "shift"), [(3, 0), (17, 2)])
def test_counts_are_packed_events_or_values(
    kernels: Kernels, checked: Kernels, targets: int, shift: int
) -> None:
    """Steps of few counts and of many, a loop beside them."""
    channels = 40
    rng = np.random.default_rng(targets)

    def into(source: str, sources: int, delay: int) -> Projection:
        weight = rng.integers(-128, 128, (targets, sources))
        return Projection(
            source=source, target="p", connection=Dense(weight=weight), shift=shift, delay=delay
        )

    leaky = population("p", targets, decay=Decay(kind="leak", factor=ints(6554), shift=16))
    fire = Fire(compare=">", threshold=rng.integers(50, 3000, targets))
    n = network(
        encoding=Encoding(channels=channels, raw="uint8", raw_low=0, raw_high=255, raw_scale=1.0),
        populations=(replace(leaky, fire=fire),),
        projections=(into("input", channels, 0), into("p", targets, 1)),
        decode=Decode(rule="spike-count", sources=("p",), multiplier=ints(1)),
    )
    plan = lower(n, "cortex-m3")
    assert {f"rv_project_packed_{what}_i8" for what in ("events", "values")} <= plan.kernels
    x = rng.poisson(rng.choice([0.05, 1.0, 60.0], (2, 20, 1)), (2, 20, channels))
    raw = np.minimum(x, 255).astype(np.uint8)
    assert {bool(t) for t in raw.sum(axis=2).ravel() > plan.few} == {True, False}
    assert compare(kernels, check(n), raw, plan)["spikes"] >= 10
    compare_in_its_memory(checked, plan, raw[:1])


@pytest.mark.parametrize(("bits", "sources"), [(4, 4681), (2, 32767)])
@pytest.mark.parametrize("core", ["host", "cortex-m0"])
def test_weights_of_a_few_bits_fill_16_bits(
    kernels: Kernels, core: str, bits: int, sources: int
) -> None:
    """All largest weights beside all smallest, as many as 16 bits hold."""
    low, high = -(1 << (bits - 1)), (1 << (bits - 1)) - 1
    weight = np.full((18, sources), high)
    weight[1::2] = np.where(np.arange(sources) < 32768 // -low, low, 0)
    firing = (0, 1, 5, 6, 17, 18, 4096, sources)  # each channel lets so many neurons fire
    few = np.arange(sources)[:, None] < np.array(firing)
    leak = Decay(factor=ints(0))
    n = network(
        encoding=Encoding(
            channels=len(firing), raw="uint8", raw_low=0, raw_high=1, raw_scale=1.0
        ),
        populations=(
            replace(
                population("p", sources, decay=leak),
                fire=Fire(compare=">", threshold=np.zeros(sources, np.int64)),
            ),
            population("r", 18, fires=False, decay=leak),
        ),
        projections=(
            Projection(source="input", target="p", connection=Dense(weight=few.astype(int))),
            Projection(source="p", target="r", connection=Dense(weight=weight)),
        ),
        decode=Decode(rule="readout-last", sources=("r",), multiplier=ints(1)),
    )  # fmt: skip
    plan = lower(n, core)
    (q,) = plan.populations[1].projections
    assert q.kernel == f"rv_events_set_i{bits}{'' if core == 'host' else '_packed'}"
    raw = np.eye(len(firing), dtype=np.uint8)[None]
    assert compare(kernels, check(n), raw, plan)["spikes"] == sum(firing)


@pytest.mark.parametrize(("last", "kernel"), [(1, "rv_events_set_i8"), (2, "rv_project_events_i8")])
@pytest.mark.parametrize("sign", [1, -1])
def test_16_bits_hold_what_they_hold(kernels: Kernels, last: int, kernel: str, sign: int) -> None:
    """258 weights of 127 and one more come to 32767, or to 32768."""
    last += sign < 0  # -32768 fits
    weight = sign * ints(*[127] * 258, last)
    n = network(
        encoding=Encoding(channels=259, raw="uint8", raw_low=0, raw_high=1, raw_scale=1.0),
        populations=(population("p", 1, fires=False, decay=Decay(factor=ints(0))),),
        projections=(
            Projection(source="input", target="p", connection=Dense(weight=weight[None])),
        ),
    )
    assert lower(n).populations[0].projections[0].kernel == kernel
    compare(kernels, check(n), np.ones((1, 3, 259), np.uint8))
