# SPDX-License-Identifier: Apache-2.0
"""Choosing bits: the solver is exact, the limits are kept, nothing is scored on test data."""

import builtins
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.commands import answer, fails, succeeds
from tests.unit.nets import counts, read, small_model

from ranvier import floating
from ranvier.errors import RanvierError
from ranvier.frontends.data import Data, make_data
from ranvier.quantize.formats import Formats
from ranvier.quantize.search import Sensitivity, best
from ranvier.tools.report.pareto import pareto_picture
from ranvier.tools.verbs.quantize import quantize
from ranvier.tools.verbs.search import Found, Limits, parse_limits, search

X = counts(samples=12, steps=40)


@settings(max_examples=40)
@given(st.integers(1, 3), st.integers(0, 2**32 - 1), st.floats(0, 1))
def test_the_solver_finds_what_trying_everything_finds(n: int, seed: int, part: float) -> None:
    rng = np.random.default_rng(seed)
    m = 8
    loss = rng.integers(0, 50, (n, m)).astype(np.float64)
    size = rng.integers(1, 100, (n, m))
    found = Sensitivity(layers=tuple("abc"[:n]), loss=loss, size=size)
    low, high = int(size.min(axis=1).sum()), int(size.max(axis=1).sum())
    limit = int(low + part * (high - low))
    choice = best(found, limit)
    assert choice is not None
    rows = np.arange(n)

    def at(c: tuple[int, ...]) -> tuple[float, int]:
        return float(loss[rows, list(c)].sum()), int(size[rows, list(c)].sum())

    every = [at(c) for c in product(range(m), repeat=n)]
    assert at(choice)[1] <= limit
    assert at(choice)[0] == min(lost for lost, bytes_ in every if bytes_ <= limit)
    assert best(found, low - 1) is None


def labelled(path: Path) -> Data:
    """Return recordings whose labels are what the float model answers."""
    return make_data(X, floating.simulate(read(path), X).classes)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    path = small_model(tmp_path_factory.mktemp("search") / "m.nir")
    return search(path, make_data(X), Limits(footprint=10_000))


def test_the_front_trades_bytes_for_score(found: Found) -> None:
    sizes, scores = [m.size for m in found.mixes], [m.score for m in found.mixes]
    assert len(found.mixes) >= 2
    assert sizes == sorted(set(sizes))
    assert scores == sorted(set(scores))
    assert found.counted == "footprint"
    assert found.chosen == found.mixes[-1]
    assert {name for name, _ in found.chosen.bits} == {"hidden", "readout"}


def test_limits_are_kept_or_refused(tmp_path: Path) -> None:
    path = small_model(tmp_path / "m.nir")
    data = labelled(path)
    whole = search(path, data, Limits(footprint=10_000))
    middle = whole.mixes[len(whole.mixes) // 2]
    fitting = search(path, data, Limits(footprint=middle.size))
    assert fitting.chosen == middle
    good = search(path, data, Limits(points=-20.0))
    assert good.counted == "rom"
    assert good.chosen.score >= good.float_score - 0.2
    with pytest.raises(RanvierError, match=r"Q011.*nearest"):
        search(path, data, Limits(footprint=10))
    with pytest.raises(RanvierError, match=r"Q011.*labelled"):
        search(path, make_data(X), Limits(points=-1.0))


def test_without_labels_answers_are_compared_with_the_float_model(tmp_path: Path) -> None:
    result = search(small_model(tmp_path / "m.nir"), make_data(X), Limits(footprint=10_000))
    assert "float model" in result.scored
    assert all(m.score < 0 for m in result.mixes)
    assert result.mixes[-1].score > result.mixes[0].score


@pytest.mark.parametrize(
    "text",
    [
        "rom",
        "rom=",
        "rom=-3",
        "ram=3k",
        "accuracy=0.5",
        "accuracy=-1k2",
        "rom=1.2.3",
        "x=1",
        "rom=.",
        "accuracy=-.",
    ],
)
def test_what_is_no_limit(text: str) -> None:
    with pytest.raises(RanvierError, match="Q010"):
        parse_limits((text,))


def test_two_sizes_are_no_limit() -> None:
    with pytest.raises(RanvierError, match="Q010"):
        parse_limits(("rom=32k", "footprint=10"))


def test_limits_as_they_are_written() -> None:
    assert parse_limits(("rom=32k", "accuracy=-0.5")) == Limits(
        rom=32768, points=-0.5, metric="accuracy"
    )
    assert parse_limits(("footprint=1.5k", "r2=-1")) == Limits(
        footprint=1536, points=-1.0, metric="r2"
    )


def test_two_losses_are_no_limit() -> None:
    with pytest.raises(RanvierError, match="Q010"):
        parse_limits(("accuracy=-1", "r2=-1"))


@pytest.mark.parametrize("said", ["4", "hidden=4"])
def test_bits_are_either_said_or_searched(tmp_path: Path, said: str) -> None:
    small_model(tmp_path / "m.nir")
    np.savez(tmp_path / "d.npz", x=X)
    base = ("quantize", tmp_path / "m.nir", "--calib", tmp_path / "d.npz", "-o", tmp_path / "n.rvn")
    error = fails(tmp_path, "Q013", *base, "--limit", "rom=10k", "--weights", said)
    assert error["what"] == "--limit chooses the bits of each layer"
    assert error["loc"] == "--weights"


def test_bits_are_either_said_or_searched_in_python(tmp_path: Path, found: Found) -> None:
    path = small_model(tmp_path / "m.nir")
    layers = (("hidden", 4),)
    for formats in (Formats(weights=4), Formats(layers=layers)):
        with pytest.raises(RanvierError, match="Q013"):
            search(path, make_data(X), Limits(footprint=10_000), formats=formats)
    with pytest.raises(RanvierError, match="Q013"):
        quantize(path, make_data(X), searched=found, weights=4)
    with pytest.raises(RanvierError, match="Q013"):
        quantize(path, make_data(X), searched=found, layers=layers)
    network = quantize(path, make_data(X), searched=found).network
    assert {q.target: q.bits for q in network.projections} == dict(found.chosen.bits)


def test_a_limit_is_of_the_metric_that_the_data_have(tmp_path: Path) -> None:
    path = small_model(tmp_path / "m.nir")
    classes = labelled(path)
    values = make_data(X, floating.simulate(read(path), X).out)
    for data, wrong, right in ((classes, "r2", "accuracy"), (values, "accuracy", "r2")):
        with pytest.raises(RanvierError, match="Q011") as e:
            search(path, data, parse_limits((f"{wrong}=-20",)))
        assert f"the metric of these data is {right}" in e.value.what
        assert e.value.hint == f"say --limit {right}=-20"
        assert search(path, data, parse_limits((f"{right}=-20",))).scored == right


def test_the_command_reports_and_draws(tmp_path: Path) -> None:
    small_model(tmp_path / "m.nir")
    np.savez(tmp_path / "d.npz", x=X, y=np.arange(12) % 2)
    base = ("quantize", tmp_path / "m.nir", "--calib", tmp_path / "d.npz", "-o", tmp_path / "n.rvn")
    plot = tmp_path / "p.svg"
    text = succeeds(*base, "--limit", "footprint=10k", "--plot", plot)
    assert "->" in text
    first = plot.read_bytes()
    assert first.startswith(b"<?xml")
    report = answer(*base, "--limit", "footprint=10k", "--plot", plot)
    assert plot.read_bytes() == first
    bits = report["search"]["chosen"]
    shown = {
        layer["name"]: {p["weight_bits"] for p in layer["projections"]}
        for layer in report["layers"]
    }
    assert shown == {name: {b} for name, b in bits.items()}
    fails(tmp_path, "W005", *base, "--limit", "footprint=10k", "--plot", tmp_path / "p.txt")
    fails(tmp_path, "Q010", *base, "--limit", "cost=3")
    fails(tmp_path, "Q010", *base, "--limit", "footprint=10k", "--decay", 99)


def test_a_picture_without_matplotlib_is_refused(
    found: Found, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = builtins.__import__

    def none(name: str, *rest: Any, **more: Any) -> Any:
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return original(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", none)
    with pytest.raises(RanvierError, match="T005"):
        pareto_picture(found, ".svg")
