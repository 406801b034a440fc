# SPDX-License-Identifier: Apache-2.0
"""NIR files of several kinds, and ways to damage them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import nir
import numpy as np
from tests.unit.nets import DT, li, lif, weights, write_graph

Pick = Callable[[int], int]  # from a number of choices to one of them


def cuba(size: int) -> Any:
    one = np.ones(size)
    return nir.CubaLIF(5 * DT * one, 10 * DT * one, one, 0 * one, one, 0 * one, one)


def feed_forward(path: Path) -> None:
    nodes = {
        "fc": nir.Affine(weights(4, 3), np.ones(4)),
        "a": lif(4),
        "b": nir.Linear(weights(2, 4)),
        "r": li(2),
    }
    write_graph(path, (3,), 2, nodes, dt=DT, decode="readout-mean", classes='["a", "b"]')


def recurrent(path: Path) -> None:
    nodes = {"fc": nir.Linear(weights(4, 3)), "a": cuba(4), "rec": nir.Linear(weights(4, 4))}
    edges = [("input", "fc"), ("fc", "a"), ("a", "rec"), ("rec", "a"), ("a", "output")]
    write_graph(path, (3,), 4, nodes, edges)


def convolution(path: Path) -> None:
    shape = {"input": np.array([2, 2, 2])}
    nodes = {
        "conv": nir.Conv2d((4, 4), weights(2, 9).reshape(2, 1, 3, 3), 1, 1, 1, 1, np.zeros(2)),
        "a": nir.IF(np.ones((2, 4, 4)) / DT, np.ones((2, 4, 4)), np.zeros((2, 4, 4))),
        "pool": nir.SumPool2d(np.array([2, 2]), np.array([2, 2]), np.array([0, 0])),
        "flat": nir.Flatten(shape, 0),
        "fc": nir.Linear(weights(2, 8)),
        "b": lif(2),
    }
    write_graph(path, (1, 4, 4), 2, nodes)


def delayed(path: Path) -> None:
    nodes = {
        "fc": nir.Linear(weights(4, 3)),
        "a": lif(4),
        "late": nir.Delay(np.array([1, 2, 1, 3]) * DT),
        "scale": nir.Scale(np.ones(4)),
        "t": nir.Threshold(np.full(4, 0.5)),
    }
    write_graph(path, (3,), 4, nodes)


def nested(path: Path) -> None:
    inner = nir.NIRGraph(
        {
            "input": nir.Input({"input": np.array([3])}),
            "fc": nir.Linear(weights(4, 3)),
            "a": lif(4),
            "output": nir.Output({"output": np.array([4])}),
        },
        [("input", "fc"), ("fc", "a"), ("a", "output")],
    )
    write_graph(path, (3,), 2, {"g": inner, "fc": nir.Linear(weights(2, 4)), "r": lif(2)})


def one_dimensional(path: Path) -> None:
    nodes = {
        "conv": nir.Conv1d(6, weights(2, 9).reshape(2, 3, 3), 1, "same", 1, 1, np.zeros(2)),
        "a": nir.IF(np.ones((2, 6)) / DT, np.ones((2, 6)), np.zeros((2, 6))),
        "flat": nir.Flatten({"input": np.array([2, 6])}, 0),
        "r": nir.I(np.ones(12)),
    }
    write_graph(path, (3, 6), 12, nodes)


def any_graph(path: Path, pick: Pick) -> None:
    """Write a graph of up to seven nodes of 4 values, joined at random; it need make no sense."""
    makers: tuple[Callable[[], Any], ...] = (
        lambda: lif(4),
        lambda: lif(4),
        lambda: cuba(4),
        lambda: li(4),
        lambda: nir.Linear(weights(4, 4, pick(5))),
        lambda: nir.Affine(weights(4, 4, pick(5)), np.ones(4)),
        lambda: nir.Scale(np.full(4, 0.5)),
        lambda: nir.Delay(np.array([pick(3) for _ in range(4)]) * DT),
        lambda: nir.Delay(np.full(4, 2 * DT)),
        lambda: nir.Threshold(np.full(4, 0.5)),
        lambda: nir.Flatten({"input": np.array([4])}, 0),
        lambda: nir.NIRGraph(
            {"input": nir.Input(one), "x": lif(4), "output": nir.Output({"output": np.array([4])})},
            [("input", "x"), ("x", "output")],
        ),
    )
    one = {"input": np.array([4])}
    nodes = {f"n{k}": makers[pick(len(makers))]() for k in range(1 + pick(7))}
    names = ["input", *nodes, "output"]
    edges = [(names[pick(k + 1)], names[k + 1]) for k in range(len(nodes) + 1)]
    edges += [(names[pick(len(names))], names[pick(len(names))]) for _ in range(pick(5))]
    everything = {"input": nir.Input(one), **nodes, "output": nir.Output({"output": np.array([4])})}
    nir.write(path, nir.NIRGraph(everything, edges, type_check=False))


SEEDS: tuple[Callable[[Path], None], ...] = (
    feed_forward,
    recurrent,
    convolution,
    delayed,
    nested,
    one_dimensional,
)


def paths(file: Any) -> list[str]:
    """Return every item below ``node``, by its path; links are not followed."""
    found: list[str] = []
    if not isinstance(file.get("node"), h5py.Group):
        return found

    def walk(group: Any) -> None:
        for key in sorted(group):
            found.append(f"{group.name}/{key}")
            if isinstance(group.get(key, getlink=True), h5py.HardLink):
                item = group[key]
                if isinstance(item, h5py.Group) and len(found) < 500:
                    walk(item)

    walk(file["node"])
    return found


VALUES: tuple[Any, ...] = (
    np.nan,
    np.inf,
    -np.inf,
    -1.0,
    0.0,
    1e300,
    1e-300,
    5e-324,
    2.5,
    10**6,
    2**62,
    -(2**62),
    np.uint64(2**64 - 1),
    True,
    1 + 2j,
    "text",
    "",
    "é" * 40,
    b"\xff\xfe",
    "same",
    "valid",
    "Input",
    np.zeros(0),
    np.zeros((0, 3)),
    np.zeros((3, 0)),
    np.zeros((1, 1, 1, 1, 1)),
    np.ones((3, 3)),
    np.full(4, -0.5),
    np.array([1, np.nan, 2, 3]),
    np.arange(4),
    np.array(["a", "b"], "S1"),
    np.array([2**31, 2**31]),
    np.array([1, 2], "f2"),
    np.array([1.0, 2.0], ">f8"),
    np.zeros(2, [("a", "f4"), ("b", "i4")]),
    np.void(b"abc"),
    np.array([[b"a", b"b"]], "S1"),
)
NAMES = (
    "é",
    "x" * 300,
    "input",
    "output",
    "type",
    "nodes",
    "edges",
    "metadata",
    "a b",
    "..",
    "1",
    "%s",
)
KINDS = (
    "Input",
    "Output",
    "Linear",
    "Affine",
    "Scale",
    "Threshold",
    "Delay",
    "Flatten",
    "Conv1d",
    "Conv2d",
    "SumPool2d",
    "AvgPool2d",
    "I",
    "IF",
    "LI",
    "LIF",
    "CubaLI",
    "CubaLIF",
    "NIRGraph",
    "Poem",
)
CLAIMS = ((10**9,), (10**5, 10**5), (2**40,), (2**20, 2**20, 2**20), (30000, 3), (1, 10**8))


def replace(file: Any, path: str, value: Any) -> None:
    del file[path]
    if isinstance(value, str):
        file.create_dataset(path, data=value, dtype=h5py.string_dtype())
    else:
        file[path] = value


def set_value(file: Any, path: str, pick: Pick) -> None:
    replace(file, path, VALUES[pick(len(VALUES))])


def set_element(file: Any, path: str, pick: Pick) -> None:
    item = file[path]
    if isinstance(item, h5py.Dataset) and item.dtype.kind in "fiu" and 0 < item.size < 1000:
        array = np.array(item[()], np.float64)
        array.reshape(-1)[pick(array.size)] = (np.nan, np.inf, -1.0, 0.0, 1e30, 1e-30)[pick(6)]
        replace(file, path, array)


def set_shape(file: Any, path: str, pick: Pick) -> None:
    item = file[path]
    if isinstance(item, h5py.Dataset) and item.dtype.kind in "fiu" and 0 < item.size < 1000:
        array = np.array(item[()], np.float64)
        flat = array.reshape(-1)
        shapes = (array[None], flat, array[..., None], flat[:1], np.tile(flat, 3))
        replace(file, path, shapes[pick(5)])


def claim(file: Any, path: str, pick: Pick) -> None:
    shape = CLAIMS[pick(len(CLAIMS))]
    del file[path]
    file.create_dataset(path, shape, "f4", chunks=True, **(({}, {"compression": "gzip"})[pick(2)]))


def empty(file: Any, path: str, pick: Pick) -> None:
    del file[path]
    file[path] = h5py.Empty("f4")


def variable(file: Any, path: str, pick: Pick) -> None:
    del file[path]
    data = file.create_dataset(path, (3,), h5py.vlen_dtype(np.float32))
    data[0] = np.ones(5)


def remove(file: Any, path: str, pick: Pick) -> None:
    del file[path]


def rename(file: Any, path: str, pick: Pick) -> None:
    name = f"{path.rsplit('/', 1)[0]}/{NAMES[pick(len(NAMES))]}"
    if name not in file:
        file.move(path, name)


def copy(file: Any, path: str, pick: Pick) -> None:
    name = f"{path}_{pick(9)}"
    if name not in file and isinstance(file.get(path, getlink=True), h5py.HardLink):
        file.copy(path, name)


def to_group(file: Any, path: str, pick: Pick) -> None:
    del file[path]
    group = file.create_group(path)
    for _ in range((0, 1, 40, 300, 3000)[pick(5)]):
        group = group.create_group("g")


def to_ancestor(file: Any, path: str, pick: Pick) -> None:
    del file[path]
    parts = path.split("/")
    file[path] = file["/".join(parts[: 1 + pick(len(parts) - 1)]) or "/"]


def to_soft_link(file: Any, path: str, pick: Pick) -> None:
    del file[path]
    other = ("/nowhere", "/node", path, "/node/nodes")[pick(4)]
    file[path] = h5py.SoftLink(other)


def to_external_link(file: Any, path: str, pick: Pick) -> None:
    del file[path]
    file[path] = h5py.ExternalLink(("none.nir", file.filename, "/dev/zero")[pick(3)], "/node")


def to_reference(file: Any, path: str, pick: Pick) -> None:
    del file[path]
    file.create_dataset(path, data=file["/node"].ref, dtype=h5py.ref_dtype)


def set_type(file: Any, path: str, pick: Pick) -> None:
    owner = path if isinstance(file[path], h5py.Group) else path.rsplit("/", 1)[0]
    if f"{owner}/type" in file:
        replace(file, f"{owner}/type", KINDS[pick(len(KINDS))])


def set_edges(file: Any, path: str, pick: Pick) -> None:
    there, nodes = file.get("node/edges"), file.get("node/nodes")
    if not isinstance(there, h5py.Dataset) or not isinstance(nodes, h5py.Group):
        return
    names = [*nodes, "nowhere"]
    old = (
        [tuple(bytes(x) for x in e) for e in there[()]]
        if there.ndim == 2 and there.size < 1000
        else []
    )

    def name() -> bytes:
        return str(names[pick(len(names))]).encode()

    new = [(name(), name()) for _ in range(1 + pick(3))]
    choice = (old + new, new, old + old, old[1:], [(b, a) for a, b, *_ in old])[pick(5)]
    del file["node/edges"]
    longest = max([len(x) for e in choice for x in e] or [1])
    data = np.array(choice, f"S{longest}").reshape(-1, 2)
    file.create_dataset("node/edges", data=data)


def add_metadata(file: Any, path: str, pick: Pick) -> None:
    name = ("dt", "dialect", "decode", "classes", "encode")[pick(5)]
    group = file.require_group("node/metadata")
    if isinstance(group, h5py.Group):
        if name in group:
            del group[name]
        file[f"node/metadata/{name}"] = VALUES[pick(len(VALUES))]


def add_unused(file: Any, path: str, pick: Pick) -> None:
    owner = path if isinstance(file[path], h5py.Group) else path.rsplit("/", 1)[0]
    more = ("input_shape", "v_reset", "bias", "extra", "nodes", "type_check", "metadata")
    name = f"{owner}/{more[pick(7)]}"
    if name not in file:
        file[name] = VALUES[pick(len(VALUES))]


MUTATIONS: tuple[Callable[[Any, str, Pick], None], ...] = (
    *[set_element] * 8, *[set_value] * 4, *[set_edges] * 4, set_shape, claim, empty, variable,
    remove, rename, copy, to_group, to_ancestor, to_soft_link, to_external_link, to_reference,
    set_type, add_metadata, add_unused,
)  # fmt: skip


def mutate(path: Path, pick: Pick) -> list[str]:
    """Damage a file in one to three places; return what was done."""
    done = []
    with h5py.File(path, "r+") as file:
        for _ in range(1 + pick(2) * pick(3)):
            there = paths(file)
            if not there:
                break
            where = there[pick(len(there))]
            change = MUTATIONS[pick(len(MUTATIONS))]
            done.append(f"{change.__name__} {where}")
            try:
                change(file, where, pick)
            except (KeyError, OSError, ValueError, TypeError, RuntimeError) as e:
                done.append(f"  failed: {e}")
    return done
