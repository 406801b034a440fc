# SPDX-License-Identifier: Apache-2.0
"""Matrices that are mostly zeros: they stay so, described by their entries, and mean the same."""

from dataclasses import replace
from pathlib import Path

import nir
import numpy as np
import pytest
from tests.commands import answer, succeeds
from tests.needs import need_program
from tests.unit.nets import DT, counts, ints, li, lif, network, read, weights, write_graph

from ranvier import connections, reference, rvn
from ranvier.frontends.data import make_data
from ranvier.ir import Dense, Network, Projection, Sparse
from ranvier.quantize.ptq import Formats, quantize_model
from ranvier.quantize.rounding import compensated, factored
from ranvier.quantize.sparse import described, shortest
from ranvier.targets.mcu.layouts import Columns, SparseColumns, layout
from ranvier.targets.mcu.lower import lower
from ranvier.tools.verbs.compile import compile as compile_network
from ranvier.tools.verbs.explain import explain
from ranvier.tools.verbs.search import Limits, search
from ranvier.tools.verbs.verify import verify

X = counts(samples=8, steps=40, channels=12)


def pruned(path: Path, kept: float = 0.15) -> Path:
    """Write a 12-40-3 model of which the hidden weights below a quantile are 0."""
    hidden = weights(40, 12) * 2
    hidden[np.abs(hidden) < np.quantile(np.abs(hidden), 1 - kept)] = 0
    nodes = {
        "fc1": nir.Linear(hidden), "hidden": lif(40), "fc2": nir.Linear(weights(3, 40, 1)),
        "readout": li(3),
    }  # fmt: skip
    return write_graph(path, (12,), 3, nodes, dt=DT)


def as_matrices(n: Network) -> Network:
    dense = [
        replace(q, connection=Dense(weight=connections.matrix(q.connection))) for q in n.projections
    ]
    return replace(n, projections=tuple(dense))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Network:
    model = read(pruned(tmp_path_factory.mktemp("sparse") / "m.nir"))
    return quantize_model(model, make_data(X), Formats())


def test_a_pruned_matrix_stays_pruned_and_is_described_by_its_entries(made: Network) -> None:
    hidden, readout = (q.connection for q in made.projections)
    assert isinstance(hidden, Sparse)
    assert 0 < hidden.weight.size <= 0.15 * 480 + 1
    assert hidden.weight.all()
    assert isinstance(readout, Dense)
    assert rvn.from_bytes(rvn.to_bytes(made), "n") is not None


def test_entries_mean_what_their_matrix_does(made: Network) -> None:
    trace, wanted = reference.simulate(made, X), reference.simulate(as_matrices(made), X)
    assert trace.spikes["hidden"].sum() > 100
    np.testing.assert_array_equal(trace.out, wanted.out)
    np.testing.assert_array_equal(trace.classes, wanted.classes)
    for name in ("hidden", "readout"):
        np.testing.assert_array_equal(trace.v[name], wanted.v[name])


def test_an_explanation_is_that_of_the_matrix(made: Network, tmp_path: Path) -> None:
    model = read(pruned(tmp_path / "m.nir"))

    def costs(n: Network) -> list[tuple[str, float]]:
        found = explain(model, n, make_data(X)).found
        return [(c.name, c.alone.distance) for c in found.causes]

    assert costs(made) == costs(as_matrices(made))
    assert sum(cost for _, cost in costs(made)) > 0


def test_weights_that_are_0_take_up_no_errors() -> None:
    rng = np.random.default_rng(4)
    weight = rng.normal(size=(6, 20)) * (rng.random((6, 20)) < 0.3)
    z = rng.normal(size=(300, 4)) @ rng.normal(size=(4, 20))
    moments = factored(z.T @ z / 300)
    step = np.full_like(weight, 0.2)
    raw = compensated(weight, step, 127, moments)
    assert not raw[weight == 0].any()
    assert (raw != np.rint(weight / step)).any()
    # Where others are 0, the errors of the columns before them are taken up by those after.
    few = weight != 0
    for row, kept in enumerate(few):
        error = weight[row, kept] - raw[row, kept] * 0.2
        assert np.abs(error).max(initial=0) < 2


def with_weights(n: Network, weight: np.ndarray, bits: int) -> Network:
    first, last = n.projections
    return replace(
        n, projections=(replace(first, connection=Dense(weight=weight), bits=bits), last)
    )


@pytest.mark.parametrize("bits", [2, 3, 8, 16])
def test_the_border_is_where_the_bits_are_equal(bits: int) -> None:
    """64 targets: 6 bits an index; 33 sources: 34 beginnings of `entries.bit_length()` bits."""
    matrix = 64 * 33 * bits

    def entries(count: int) -> Projection:
        flat = np.zeros(64 * 33, np.int64)
        flat[np.random.default_rng(5).permutation(flat.size)[:count]] = 1
        weight = Dense(weight=flat.reshape(64, 33))
        return Projection(source="input", target="p", connection=weight, bits=bits)

    def size(count: int) -> int:
        return count * (bits + 6) + 34 * count.bit_length()

    most = max(k for k in range(64 * 33) if size(k) < matrix)
    for count, kind in ((most, Sparse), (most + 1, Dense)):
        q = entries(count)
        (chosen,) = shortest(replace(network(), projections=(q,))).projections
        assert type(chosen.connection) is kind
        assert described(connections.entries(connections.matrix(q.connection)), bits) == size(count)
        assert described(q.connection, bits) == matrix
        np.testing.assert_array_equal(
            connections.matrix(chosen.connection), connections.matrix(q.connection)
        )


@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (5, 1), (3, 4)])
def test_a_matrix_of_zeros_and_tiny_ones(shape: tuple[int, int]) -> None:
    for weight in (np.zeros(shape, np.int64), np.ones(shape, np.int64)):
        q = Projection(source="input", target="p", connection=Dense(weight=weight))
        (chosen,) = shortest(replace(network(), projections=(q,))).projections
        np.testing.assert_array_equal(connections.matrix(chosen.connection), weight)
        x = np.arange(2 * shape[1]).reshape(2, shape[1])
        np.testing.assert_array_equal(connections.apply(chosen.connection, x), x @ weight.T)


def test_columns_of_zeros_are_stored_by_entries_whatever_describes_them(made: Network) -> None:
    """A third is the border in ROM: a weight there takes one byte, an entry three."""
    for n in (made, as_matrices(made)):
        kinds = [layout(q.connection, q.bits) for q in n.projections]
        assert [type(k) for k in kinds] == [SparseColumns, Columns]
    two_bits = np.tile(ints(1, 0, 0, 0), (40, 50))
    assert isinstance(layout(Dense(weight=two_bits), 2), SparseColumns)
    assert isinstance(
        layout(Dense(weight=two_bits + (two_bits == 0) * np.arange(200) % 2), 2), Columns
    )
    assert sum(q.layout.rom for p in lower(made).populations for q in p.projections) == sum(
        q.layout.rom for p in lower(as_matrices(made)).populations for q in p.projections
    )


def test_the_device_does_what_the_golden_model_does(made: Network, tmp_path: Path) -> None:
    need_program("gcc", "gcc")
    built = compile_network(made, "host", tmp_path / "build")
    layouts = built.build.manifest["cost"]["kernels"]["hidden"]["inputs"]
    assert [x["layout"] for x in layouts] == ["sparse"]
    found = verify(built.build, make_data(X))
    assert found.mismatches == 0
    assert found.spikes > 100


def test_the_report_says_what_is_stored(tmp_path: Path) -> None:
    pruned(tmp_path / "m.nir")
    np.savez(tmp_path / "d.npz", x=X)
    base = ("quantize", tmp_path / "m.nir", "--calib", tmp_path / "d.npz", "-o", tmp_path / "n.rvn")
    hidden, readout = (layer["projections"][0] for layer in answer(*base)["layers"])
    assert readout["format"] == "dense"
    assert readout["stored_weights"] == readout["synapses"]
    assert hidden["format"] == "sparse"
    kept, of = hidden["stored_weights"], hidden["synapses"]
    assert kept <= 72 < 0.2 * of
    assert f"sparse input -> hidden: {kept} of {of} weights are stored" in succeeds(*base)


def test_a_footprint_counts_indices(tmp_path: Path) -> None:
    """A pruned model's mixes are smaller than a dense one's, and none is free."""
    data = make_data(X)
    small = search(pruned(tmp_path / "a.nir"), data, Limits(footprint=100_000))
    large = search(pruned(tmp_path / "b.nir", kept=1.0), data, Limits(footprint=100_000))
    most = {k: max(m.size for m in found.mixes) for k, found in enumerate((small, large))}
    assert most[0] < most[1]
