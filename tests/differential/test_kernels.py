# SPDX-License-Identifier: Apache-2.0
"""The generated C and its kernels, under UBSan and ASan on this machine, == the golden model."""

import ctypes
import itertools
import os
import subprocess
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.cases import ROOT
from tests.link_build import UNDEFINED
from tests.needs import need_program
from tests.strategies import every_feature, features, networks, samples
from tests.unit.nets import ints, network, population

from ranvier import bounds, reference
from ranvier.check import check
from ranvier.errors import RanvierError
from ranvier.ir import Decay, Decode, Dense, Encoding, Fire, Network, Projection, Reset
from ranvier.targets.mcu.board import board
from ranvier.targets.mcu.build import WARNINGS, build_hash_source, sources
from ranvier.targets.mcu.lower import lower
from ranvier.tools.link.host import HostLibrary, HostRun

FULL = os.environ.get("RANVIER_FULL") == "1"
EXAMPLES = 400 if FULL else 40
PHASES = tuple(Phase) if FULL else (Phase.generate,)  # to shrink takes minutes of gcc
HOST = board("host")
ADDRESS = ("-fsanitize=address", *UNDEFINED)

# Runs the network on the samples in its input, in memory of the exact size; prints all it did.
MAIN = """
#include "../../boards/host/host.h"
#include "ranvier/image.h"
#include <stdio.h>
#include <stdlib.h>

static void *memory(size_t n)
{
    void *p = calloc(1, n ? n : 1);

    return p ? p : (exit(2), p);
}

int main(int argc, char **argv)
{
    const uint32_t steps = (uint32_t)atoi(argv[argc - 2]);
    const size_t raw_bytes = (size_t)atoi(argv[argc - 1]);
    const size_t outputs = steps * (size_t)rv_net.n_outputs;
    void *raw = memory(raw_bytes);
    int32_t *out = memory(4 * outputs);
    uint16_t *decoded = memory(2 * steps);
    rv_host_trace_t *trace = memory(sizeof(rv_host_trace_t) * rv_net.n_populations);
    size_t *sizes = memory(sizeof(size_t) * rv_net.n_populations);

    for (uint16_t k = 0; k < rv_net.n_populations; ++k) {
        sizes[k] = steps * (size_t)rv_net.populations[k].size;
        trace[k].v = memory(4 * sizes[k]);
        trace[k].syn = memory(4 * sizes[k] * rv_net.populations[k].n_synapses);
        trace[k].counts = memory(2 * sizes[k]);
    }
    if (fread(raw, 1, raw_bytes, stdin) != raw_bytes) {
        return 2;
    }
    rv_host_run(memory(rv_net.state_bytes), 1, steps, raw, out, decoded, trace, NULL);
    fwrite(out, 4, outputs, stdout);
    fwrite(decoded, 2, steps, stdout);
    for (uint16_t k = 0; k < rv_net.n_populations; ++k) {
        fwrite(trace[k].v, 4, sizes[k], stdout);
        fwrite(trace[k].syn, 4, sizes[k] * rv_net.populations[k].n_synapses, stdout);
        fwrite(trace[k].counts, 2, sizes[k], stdout);
    }
    return 0;
}
"""


class Kernels:
    """The host board's sources, each compiled once with the same flags."""

    def __init__(self, folder: Path, *flags: str) -> None:
        gcc = need_program("gcc", "gcc libc6-dev")
        self.folder = folder
        self.compile = (gcc, *WARNINGS, "-O1", "-g1", "-fPIC", "-fvisibility=hidden", *flags)
        self.numbers = itertools.count()

    def build(self, n: Network, *link: str, main: str = "") -> Path:
        """Compile and link a network's C; gcc's complaints fail the test."""
        place = self.folder / str(next(self.numbers))
        texts = {**sources(lower(n), HOST), "net/hash.c": build_hash_source(bytes(32))}
        if main:
            texts["net/main.c"] = main
        own = [_write(place / path, text) for path, text in texts.items() if "net/" in path]
        shared = [
            _write(self.folder / path, text) for path, text in texts.items() if "net/" not in path
        ]
        inputs = [path for path in own if path.suffix == ".c"]
        inputs += [self._object(path) for path in shared if path.suffix == ".c"]
        image = place / "image"
        self._gcc(f"-I{place / 'net'}", *map(str, inputs), *link, "-o", str(image))
        return image

    def _object(self, source: Path) -> Path:
        found = source.with_suffix(".o")
        if not found.exists():
            self._gcc("-c", str(source), "-o", str(found))
        return found

    def _gcc(self, *arguments: str) -> None:
        command = [*self.compile, f"-I{self.folder / 'include'}", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def _write(path: Path, text: str) -> Path:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return path


@pytest.fixture(scope="session")
def kernels(tmp_path_factory: pytest.TempPathFactory) -> Kernels:
    """Shared libraries that trap undefined behaviour."""
    return Kernels(tmp_path_factory.mktemp("ubsan"), *UNDEFINED)


@pytest.fixture(scope="session")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Kernels:
    """Programs that also trap every access outside their memory."""
    return Kernels(tmp_path_factory.mktemp("asan"), *ADDRESS)


def record(image: Path, raw: NDArray[np.integer]) -> HostRun:
    return HostLibrary(image).run(raw, ("v", "syn", "counts"))


def compare(kernels: Kernels, n: Network, raw: NDArray[np.integer]) -> Counter[str]:
    """Fail unless the C does what the golden model does, step by step; say how much there was."""
    trace = reference.simulate(n, raw)
    image = kernels.build(n, "-shared")
    with ProcessPoolExecutor(1, mp_context=get_context("fork")) as apart:  # UBSan ends the process
        run = apart.submit(record, image, raw.reshape(len(raw), trace.out.shape[1], -1)).result()
    for p in n.populations:
        np.testing.assert_array_equal(run.v[p.name], trace.v[p.name], f"v of {p.name}")
        if p.synapses:
            np.testing.assert_array_equal(run.syn[p.name], trace.synapses[p.name], p.name)
        if p.fire is not None:
            np.testing.assert_array_equal(run.counts[p.name], trace.spikes[p.name], p.name)
    np.testing.assert_array_equal(run.outputs, trace.out, "outputs")
    np.testing.assert_array_equal(run.decoded, classes(n, trace.out), "class after each step")
    return Counter(
        spikes=sum(int(s.sum()) for s in trace.spikes.values()),
        saturating=int(any(trace.saturations.values())),
        several=sum(int((s > 1).sum()) for s in trace.spikes.values()),
    )


def classes(n: Network, out: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the class after each step, (samples, steps)."""
    scores = [reference.decode_scores(n, out[:, : t + 1]) for t in range(out.shape[1])]
    return np.asarray(np.stack(scores, 1).argmax(axis=2), np.int64)


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


def accepted(n: Network) -> bool:
    try:
        lower(n)
    except RanvierError as e:
        assert e.code == "C002", e
        return False
    return True


@pytest.mark.parametrize("change", [None, louder], ids=["as drawn", "at the proved bounds"])
def test_random_networks(kernels: Kernels, change: Callable[[Network], Network] | None) -> None:
    total, used = Counter[str](), Counter[str]()

    @settings(max_examples=EXAMPLES, phases=PHASES)
    @given(st.data())
    def sweep(data: st.DataObject) -> None:
        n = data.draw(networks(kernels=True).filter(accepted))
        if change is not None:
            n = check(change(n))
        total.update(compare(kernels, n, data.draw(samples(n))))
        used.update({*features(n), *(p.kernel for p in lower(n).populations)})

    sweep()
    assert total["spikes"] >= 1000
    assert total["saturating"] >= 5
    assert total["several"] >= 20
    wanted = {"rv_lif_i16", "rv_li_i16", "rv_population_i16", "rv_population_i32"}
    assert wanted <= used.keys()
    assert not FULL or every_feature() <= used.keys()


def test_random_networks_stay_within_their_memory(checked: Kernels) -> None:
    """One sample of a few networks as a program under ASan."""
    spikes = 0

    @settings(max_examples=EXAMPLES // 5, phases=PHASES)
    @given(st.data())
    def sweep(data: st.DataObject) -> None:
        nonlocal spikes
        n = data.draw(networks(kernels=True).filter(accepted))
        raw = data.draw(samples(n))[:1]
        trace = reference.simulate(n, raw)
        steps = trace.out.shape[1]
        done = subprocess.run(
            [checked.build(n, main=MAIN), str(steps), str(raw.nbytes)],
            input=raw.tobytes(), capture_output=True, check=False,
            env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr.decode()
        expected = trace.out.astype(np.int32).tobytes()
        expected += classes(n, trace.out).astype(np.uint16).tobytes()
        for p in n.populations:
            expected += trace.v[p.name].astype(np.int32).tobytes()
            expected += trace.synapses[p.name].astype(np.int32).tobytes()
            counts = trace.spikes.get(p.name, np.zeros((1, steps, p.size), np.int64))
            expected += counts.astype(np.int16).tobytes()
            spikes += int(counts.sum())
        assert done.stdout == expected

    sweep()
    assert spikes >= 100


# By hand -------------------------------------------------------------------------------------


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
        decode=Decode(rule="spike-count", multiplier=ints(32767)),
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
    one = network(decode=Decode(rule="readout-mean", multiplier=ints(3)))
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
