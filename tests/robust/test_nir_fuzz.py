# SPDX-License-Identifier: Apache-2.0
"""Damaged and hostile NIR files end in an error of the user's, soon, and without much memory."""

import faulthandler
import os
import shutil
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator
from itertools import count, pairwise
from pathlib import Path
from typing import Any

import h5py
import nir
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cases import FULL
from tests.robust.nir_mutations import SEEDS, any_graph, feed_forward, mutate
from tests.robust.nir_sandbox import Sandbox
from tests.unit.nets import DT, lif, read, weights

from ranvier.errors import RanvierError
from ranvier.frontends import hdf5, nir_graph

MANY = 3000 if FULL else 60
MEMORY = 2**30


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fuzz")
    for seed in SEEDS:
        seed(folder / f"{seed.__name__}.nir")
    return folder


def survives(said: dict[str, Any]) -> bool:
    """Tell whether both stages ended well or in a whole error."""
    return all(said.get(k, "ok") == "ok" or len(said[k]) == 4 for k in ("inspect", "quantize"))


def choose(data: st.DataObject) -> Callable[[int], int]:
    return lambda n: data.draw(st.integers(0, n - 1))


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: str(seed.__name__))
def test_the_files_that_are_damaged_are_good_ones(box: Sandbox, folder: Path, seed: Any) -> None:
    said = box.examine(folder / f"{seed.__name__}.nir")
    assert (said["inspect"], said["quantize"]) == ("ok", "ok")


@settings(max_examples=MANY)
@given(st.data())
def test_damaged_items(box: Sandbox, folder: Path, data: st.DataObject) -> None:
    pick = choose(data)
    path = folder / "m.nir"
    shutil.copy(folder / f"{SEEDS[pick(len(SEEDS))].__name__}.nir", path)
    done = mutate(path, pick)
    said = box.examine(path)
    assert survives(said), f"{done}: {said}"


@settings(max_examples=MANY)
@given(st.data())
def test_graphs_joined_at_random(box: Sandbox, folder: Path, data: st.DataObject) -> None:
    path = folder / "m.nir"
    any_graph(path, choose(data))
    said = box.examine(path)
    assert survives(said), said


@settings(max_examples=MANY // 2)
@given(st.data())
def test_damaged_bytes(box: Sandbox, folder: Path, data: st.DataObject) -> None:
    pick = choose(data)
    seed = SEEDS[pick(len(SEEDS))]
    content = bytearray((folder / f"{seed.__name__}.nir").read_bytes())
    if pick(4) == 0:
        del content[pick(len(content)) :]
    else:
        for _ in range(1 + pick(20)):
            content[pick(len(content))] ^= 1 << pick(8)
    path = folder / "m.nir"
    path.write_bytes(content)
    said = box.examine(path)
    assert survives(said), said


def test_every_truncation_is_refused(box: Sandbox, folder: Path) -> None:
    content = (folder / "feed_forward.nir").read_bytes()
    path = folder / "m.nir"
    for length in range(0, len(content), len(content) // 20):
        path.write_bytes(content[:length])
        assert box.examine(path, "once")["inspect"] == "M001"


# The worst of each kind


def chain(path: Path, count: int, make: Callable[[], Any]) -> None:
    nodes = {f"n{k}": make() for k in range(count)}
    ends = {
        "input": nir.Input({"input": np.array([1])}),
        "output": nir.Output({"output": np.array([1])}),
    }
    edges = list(pairwise(["input", *nodes, "output"]))
    nir.write(path, nir.NIRGraph({**ends, **nodes}, edges, type_check=False))


def two_thousand_nodes(path: Path) -> None:
    chain(path, 1990, lambda: nir.Scale(np.full(1, 0.5)))


def everything_feeds_everything(path: Path) -> None:
    nodes: dict[str, Any] = {f"n{k}": lif(1) for k in range(100)}
    edges = [("input", "n0"), *((a, b) for a in nodes for b in nodes), ("n1", "output")]
    nodes["input"] = nir.Input({"input": np.array([1])})
    nodes["output"] = nir.Output({"output": np.array([1])})
    nir.write(path, nir.NIRGraph(nodes, edges, type_check=False))


def one_number_for_millions(path: Path) -> None:
    one = np.ones(1)
    node = nir.CubaLIF(one, one, one, one, one, one, one)
    size = np.array([2**21])
    nodes = {"input": nir.Input({"input": size}), "a": node, "output": nir.Output({"output": size})}
    nir.write(path, nir.NIRGraph(nodes, list(pairwise(nodes)), type_check=False))


def an_image_of_padding(path: Path) -> None:
    conv = nir.Conv2d((4, 4), np.ones((1, 1, 3, 3)), 1, 2**20, 1, 1, np.zeros(1))
    image = np.array([1, 4, 4])
    nodes = {"input": nir.Input({"input": image}), "c": conv}
    nodes["output"] = nir.Output({"output": image})
    nir.write(path, nir.NIRGraph(nodes, list(pairwise(nodes)), type_check=False))


def claims(where: str, shape: tuple[int, ...], kind: str = "f4", **how: Any) -> Any:
    """Return what makes a file that claims a shape without a value in it."""

    def write(path: Path) -> None:
        feed_forward(path)
        with h5py.File(path, "r+") as file:
            del file[where]
            file.create_dataset(where, shape, kind, **{"chunks": True, **how})

    return write


def with_file(change: Callable[[Any], None]) -> Any:
    def write(path: Path) -> None:
        feed_forward(path)
        with h5py.File(path, "r+") as file:
            change(file)

    return write


def deep(file: Any) -> None:
    group = file["node"]
    for _ in range(3000):
        group = group.create_group("g")


def many(file: Any) -> None:
    for k in range(16_001):
        file[f"node/{k}"] = file["node/nodes/a/tau"]


def diamonds(file: Any) -> None:
    """Sixty groups, each twice in the one before: 2**60 ways through them."""
    group = file["node"].create_group("d")
    for k in range(60):
        group["a"] = group["b"] = file.create_group(f"g{k}")
        group = file[f"g{k}"]


def itself(file: Any) -> None:
    file["node/nodes/a/again"] = file["node"]


def elsewhere(file: Any) -> None:
    del file["node/nodes/a"]
    file["node/nodes/a"] = h5py.ExternalLink("/dev/zero", "/")


WEIGHT = "node/nodes/fc/weight"
WORST: dict[str, tuple[Callable[[Path], None], str]] = {
    "two thousand nodes": (two_thousand_nodes, "ok"),
    "more items than are read": (with_file(many), "M001"),
    "everything feeds everything": (everything_feeds_everything, "M014"),
    "one number for millions": (one_number_for_millions, "M014"),
    "an image of padding": (an_image_of_padding, "M004"),
    "groups that nest": (with_file(deep), "M001"),
    "groups that share": (with_file(diamonds), "M001"),
    "a group within itself": (with_file(itself), "M001"),
    "another file": (with_file(elsewhere), "M001"),
    "10**9 elements": (claims(WEIGHT, (10**9,)), "M001"),
    "10**10 elements": (claims(WEIGHT, (10**5, 10**5), chunks=(1000, 1000)), "M001"),
    "2**64 elements": (claims(WEIGHT, (2**32, 2**32), chunks=(1000, 1000)), "M001"),
    "elements that grow eightfold": (claims(WEIGHT, (16_000, 16_000), "i1"), "M001"),
    "as many as are read": (claims(WEIGHT, (5700, 5700), "i1", compression="gzip"), "M004"),
    "a chunk of gigabytes": (
        claims(WEIGHT, (4, 3), chunks=(20_000, 20_000), maxshape=(None, None)), "M001"),
    "a long text": (claims(WEIGHT, (1,), "S1000000000"), "M001"),
    "a hundred thousand edges": (claims("node/edges", (100_000, 2), "S9"), "M004"),
    "more edges than are read": (claims("node/edges", (100_001, 2), "S9"), "M001"),
    "a shape of millions of axes": (claims("node/nodes/input/shape", (2**24,), "i8"), "M004"),
    "a step of millions of numbers": (claims("node/metadata/dt", (2**24,)), "M014"),
}  # fmt: skip


@pytest.mark.parametrize("name", WORST)
def test_the_worst_is_refused_or_read_within_limits(
    box: Sandbox, tmp_path: Path, name: str
) -> None:
    """Also where nir's own checks, which refuse some of it, do not look: dialect rockpool."""
    write, code = WORST[name]
    write(tmp_path / "m.nir")
    found = {how: box.examine(tmp_path / "m.nir", how) for how in ("once", "unchecked")}
    for said in found.values():
        assert survives(said), said
        assert said["peak"] < MEMORY
    assert found["unchecked"]["inspect"] == code


# One bug, one test


def test_a_heap_object_of_no_size_is_refused(box: Sandbox, tmp_path: Path) -> None:
    """libhdf5 2.0.0 reads such a file for ever."""
    path = tmp_path / "m.nir"
    feed_forward(path)
    content = bytearray(path.read_bytes())
    at = content.index(b"GCOL") + 16
    while int.from_bytes(content[at : at + 2], "little"):
        at += 16 + (int.from_bytes(content[at + 8 : at + 16], "little") + 7) // 8 * 8
    content[at + 8 : at + 16] = bytes(8)
    path.write_bytes(content)
    said = box.examine(path, "once")
    assert said["inspect"] == "M001"
    assert "heap" in said["text"]


def test_a_reader_that_crashes_or_hangs_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """libhdf5 2.0.0 does, on some files with a few bits flipped."""

    def crash() -> None:
        faulthandler.disable()  # pytest's, which would print where
        os.kill(os.getpid(), signal.SIGSEGV)

    def nothing() -> None:
        pass

    def refuse() -> None:
        raise ValueError("no")

    def for_ever() -> None:
        deque(count(), maxlen=0)

    def stumble() -> None:
        raise KeyError("left to the caller")

    monkeypatch.setattr(threading, "active_count", lambda: 1)
    with pytest.raises(ValueError, match="signal 11"):
        hdf5.in_a_child(nothing, crash)
    with pytest.raises(ValueError, match=r"^no$"):
        hdf5.in_a_child(refuse, crash)
    hdf5.in_a_child(nothing, stumble)
    monkeypatch.setattr(hdf5, "_SECONDS", 1)
    with pytest.raises(ValueError, match="signal"):
        hdf5.in_a_child(nothing, for_ever)
    monkeypatch.setattr(threading, "active_count", lambda: 2)
    hdf5.in_a_child(nothing, crash)  # locks of other threads: neither forked nor used


def test_one_long_text_that_many_elements_share_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "m.nir"
    feed_forward(path)
    with h5py.File(path, "r+") as file:
        file["node/nodes/fc/note"] = "x" * 50_000
        texts = file.create_dataset("node/nodes/fc/many", (10_000,), h5py.string_dtype())
        texts[:] = "short"
    with pytest.raises(RanvierError, match="its arrays unpack to more than"):
        read(path, dt=DT)


def changed(folder: Path, where: str, value: Any) -> Path:
    path = folder / "m.nir"
    feed_forward(path)
    with h5py.File(path, "r+") as file:
        del file[where]
        file[where] = value
    return path


def test_a_single_number_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(RanvierError) as caught:
        read(changed(tmp_path, "node/nodes/fc/bias", np.nan), dt=DT, dialect="rockpool")
    assert (caught.value.code, caught.value.what) == ("M003", "bias is nan")


@pytest.mark.parametrize("shape", [np.nan, np.inf, "many", 2.5, 0, -1, 2**40, np.zeros(0)])
def test_input_shapes_that_are_none(tmp_path: Path, shape: Any) -> None:
    with pytest.raises(RanvierError, match=r"M00[34]"):
        read(changed(tmp_path, "node/nodes/input/shape", shape), dt=DT, dialect="rockpool")
    with pytest.raises(RanvierError, match=r"M00[34]"):
        path = changed(tmp_path, "node/nodes/input/shape", h5py.Empty("f4"))
        read(path, dt=DT, dialect="rockpool")


def test_the_message_of_nir_does_not_quote_the_whole_graph(tmp_path: Path) -> None:
    path = changed(tmp_path, "node/edges", np.array([["nowhere" * 500, "a"]], "S4000"))
    with pytest.raises(RanvierError) as caught:
        read(path, dt=DT)
    assert caught.value.code == "M001"
    assert len(caught.value.what) < 600


def test_names_that_are_one_when_cut_are_told_apart_soon() -> None:
    graph = nir_graph.Graph({f"{'x' * 30}{k}": None for k in range(20_000)}, (), (), (), {})
    assert len(set(nir_graph.identifiers(graph).values())) == 20_000


def test_large_graphs_are_checked_without_nir(tmp_path: Path) -> None:
    """Its own check would take minutes; the shapes are looked at all the same."""
    path = tmp_path / "m.nir"
    nodes: dict[str, Any] = {f"n{k}": nir.Scale(np.ones(1)) for k in range(1100)}
    nodes["last"] = nir.Linear(weights(1, 2))
    nodes["a"] = lif(1)
    edges = list(pairwise(["input", *nodes, "output"]))
    nodes["input"] = nir.Input({"input": np.array([1])})
    nodes["output"] = nir.Output({"output": np.array([1])})
    nir.write(path, nir.NIRGraph(nodes, edges, type_check=False))
    with pytest.raises(RanvierError) as caught:
        read(path, dt=DT)
    assert (caught.value.code, caught.value.loc) == ("M004", f"{path}:last")
