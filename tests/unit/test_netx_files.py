# SPDX-License-Identifier: Apache-2.0
"""Files of netx: what Ranvier writes it reads back, d08 is exact, and damage is an error."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from tests.cases import case_path
from tests.commands import answer, fails
from tests.neuro.random_nets import Case, case

from ranvier import reference
from ranvier.errors import RanvierError
from ranvier.frontends.netx import read_netx
from ranvier.frontends.options import ModelOptions
from ranvier.ir import Dense, Network
from ranvier.targets.loihi import netx
from ranvier.targets.loihi.chip import chip
from ranvier.targets.loihi.lags import lags
from ranvier.targets.loihi.lower import lower
from ranvier.tools.verbs.load import load

D08 = "d08_lava_dense_bitexact"


@functools.cache
def written() -> list[tuple[Case, bytes]]:
    """Return the random networks that netx's format holds, and their files."""
    found = []
    for c in map(case, range(150)):
        try:
            found.append((c, netx.hdf5(lower(c.network, chip(c.chip)))))
        except netx.Unfit:
            continue
    return found


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    """Where each hop's step is beside the delays, not among them, step for step."""
    files = [
        (c, data)
        for c, data in written()
        if c.network.encoding.raw_high == 1
        and list(lags(c.network).values()) == list(range(len(c.network.populations) + 1))
    ]
    assert len(files) > 10
    kinds, biased = set(), 0
    for c, data in files:
        (tmp_path / "n.net").write_bytes(data)
        found = read_netx(tmp_path / "n.net", 1e-3)
        wanted = reference.simulate(c.network, c.raw)
        got = reference.simulate(found, c.raw)
        for p, q in zip(c.network.populations, found.populations, strict=True):
            biased += bool(p.bias.any())
            kinds |= {type(e.connection).__name__ for e in found.projections}
            if p.fire is not None:
                assert np.array_equal(got.spikes[q.name], wanted.spikes[p.name]), c.name
                assert np.array_equal(got.v[q.name], wanted.v[p.name]), c.name
    assert kinds == {"Dense", "Conv"}
    assert biased > 5


def d08() -> Network:
    found = load(case_path(f"{D08}/network.net"), ModelOptions(dt=1e-3))
    assert isinstance(found, Network)
    return found


def test_lava_s_own_layer_is_exact() -> None:
    """Its stored output is a step late: a hop's."""
    with np.load(case_path(f"{D08}/vectors.npz")) as f:
        x, out = f["x"], f["out"]
    spikes = reference.simulate(d08(), x.T[None].astype(np.uint8)).spikes["layer0"][0].T
    assert spikes.sum() == 1826
    assert np.array_equal(spikes[:, :-1], out[:, 1:])


def change(path: str, value: Any) -> Callable[[h5py.File], None]:
    def apply(f: h5py.File) -> None:
        if path in f:
            del f[path]
        f[path] = value

    return apply


@pytest.mark.parametrize("which", ["source", "target", "synapse"])
def test_delays_are_those_of_sources_targets_or_synapses(tmp_path: Path, which: str) -> None:
    w = np.arange(1, 13).reshape(4, 3)
    delay = {"source": np.array([0, 5, 2]), "target": np.array([[1], [0], [1], [7]]),
             "synapse": w % 5}[which]  # fmt: skip
    with h5py.File(tmp_path / "n.net", "w") as f:
        f["layer/0/type"], f["layer/0/shape"] = np.array([b"input"]), [3]
        f["layer/1/type"], f["layer/1/shape"] = np.array([b"dense"]), [4]
        f["layer/1/weight"], f["layer/1/delay"] = w, delay.ravel() if which == "target" else delay
        f["layer/1/neuron/type"] = np.array([b"CUBA"])
        for key, value in (("iDecay", 4096), ("vDecay", 128), ("vThMant", 10)):
            f[f"layer/1/neuron/{key}"] = value
    found = read_netx(tmp_path / "n.net", 1e-3)
    everywhere = np.broadcast_to(delay, w.shape)
    assert {q.delay for q in found.projections} == set(everywhere.flat)
    for q in found.projections:
        assert isinstance(q.connection, Dense)
        assert np.array_equal(q.connection.weight, np.where(everywhere == q.delay, w, 0))


@pytest.mark.parametrize(
    ("broken", "code", "said"),
    [
        (change("layer/1/type", np.array([b"pool"])), "M017", "a layer of type 'pool'"),
        (change("layer/1/neuron/type", np.array([b"SDNN"])), "M017", "neurons of type SDNN"),
        (change("layer/1/neuron/refDelay", 2), "M017", "refractory"),
        (change("layer/1/neuron/gradedSpike", True), "M017", "graded"),
        (change("layer/1/delay", 63), "M017", "delays outside of 0..62"),
        (change("layer/1/weight", np.full((4, 4), 300)), "M017", "beyond 256"),
        (lambda f: f.__delitem__("layer/1/neuron"), "M017", "no neurons"),
        (lambda f: f.__delitem__("layer/1/weight"), "M016", "weight"),
        (lambda f: f.__delitem__("layer"), "M016", "layer"),
        (change("layer/1/weight", np.array([b"x"])), "M016", "no network of netx"),
    ],
)
def test_what_cannot_be_read_is_refused(
    tmp_path: Path, broken: Callable[[h5py.File], None], code: str, said: str
) -> None:
    file = tmp_path / "n.net"
    _, data = next(x for x in written() if b"conv" not in x[1])
    file.write_bytes(data)
    read_netx(file, 1e-3)
    with h5py.File(file, "r+") as f:
        broken(f)
    with pytest.raises(RanvierError) as e:
        read_netx(file, 1e-3)
    assert e.value.code == code
    assert said in e.value.what


def test_a_damaged_file_is_an_error(tmp_path: Path) -> None:
    _, data = written()[0]
    for keep in (0, 10, 100, len(data) // 2):
        (tmp_path / "n.net").write_bytes(data[:keep])
        with pytest.raises(RanvierError) as e:
            read_netx(tmp_path / "n.net", 1e-3)
        assert e.value.code == "M016"


def test_the_verbs_take_them(tmp_path: Path) -> None:
    (tmp_path / "n.net").write_bytes(written()[0][1])
    to = ("compile", tmp_path / "n.net", "--target", "loihi2", "-o", tmp_path / "b")
    assert "--dt" in fails(tmp_path, "M005", *to)["hint"]
    fails(tmp_path, "M013", *to, "--dt", "1e-3", "--reset", "value")
    assert answer(*to, "--dt", "1e-3")["place"]["chip"] == "loihi2"
