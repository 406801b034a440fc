# SPDX-License-Identifier: Apache-2.0
"""Whatever bytes stand in a .rvn file, reading them ends in a network or in an error of ours."""

import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.nets import network, population
from tests.unit.rvn_files import archive, edited, members, with_everything

from ranvier import rvn
from ranvier.errors import RanvierError


def refused(data: bytes, *codes: str) -> RanvierError:
    with pytest.raises(RanvierError) as caught:
        rvn.from_bytes(data, "file.rvn")
    assert caught.value.code in (codes or ("N001", "N002", "N003"))
    assert caught.value.hint
    return caught.value


def test_every_truncation_is_refused() -> None:
    data = rvn.to_bytes(with_everything())
    for length in range(0, len(data), 17):
        refused(data[:length])


@given(st.data())
def test_flipped_bytes_are_refused_or_change_nothing(data: Any) -> None:
    good = rvn.to_bytes(with_everything())
    bad = bytearray(good)
    for _ in range(data.draw(st.integers(1, 3))):
        bad[data.draw(st.integers(0, len(bad) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        found = rvn.from_bytes(bytes(bad), "file.rvn")
    except RanvierError as e:
        assert e.code in ("N001", "N002", "N003")
    else:  # a byte of ZIP's own, such as a date
        assert rvn.to_bytes(found) == good


@given(st.data())
def test_changed_arrays_with_a_right_checksum(data: Any) -> None:
    parts = members(rvn.to_bytes(with_everything()))
    name = data.draw(st.sampled_from(sorted(n for n in parts if n.endswith(".npy"))))
    array = bytearray(parts[name])
    array[data.draw(st.integers(0, len(array) - 1))] = data.draw(st.integers(0, 255))
    try:
        rvn.from_bytes(archive({**parts, name: bytes(array)}), "file.rvn")
    except RanvierError as e:
        assert e.code in ("N001", "N002")


NUMBERS = st.sampled_from([10**30, -(10**30), 2**31, 2**63, 0, -1])
TEXTS = st.sampled_from(["input", "hid", "Pool", "array", "\ud800"]) | st.text(max_size=5)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=4,
)


@given(st.data())
def test_any_field_with_any_value(data: Any) -> None:
    def change(document: dict[str, Any]) -> None:
        node: Any = document["network"]
        while True:
            keys = sorted(node) if isinstance(node, dict) else range(len(node))
            key = data.draw(st.sampled_from(keys))
            inner = node[key]
            if not isinstance(inner, (dict, list)) or not inner or data.draw(st.booleans()):
                node[key] = data.draw(JSON_VALUES)
                return
            node = inner

    try:
        rvn.from_bytes(edited(change), "file.rvn")
    except RanvierError as e:
        assert e.code in ("N001", "N002")


@pytest.mark.parametrize("data", [b"", b"PK", b"hello", b"PK\x05\x06" + bytes(18)])
def test_other_bytes_are_refused(data: bytes) -> None:
    refused(data, "N002")


def test_compressed_and_repeated_members_are_refused() -> None:
    parts = members(rvn.to_bytes(network()))
    assert "compressed" in refused(archive(parts, zipfile.ZIP_DEFLATED), "N002").what
    with pytest.warns(UserWarning, match="Duplicate"):
        twice = archive(parts, again="network.json")
    assert "twice" in refused(twice, "N002").what
    del parts["network.json"]
    refused(archive(parts), "N002")


def test_another_schema_version_is_refused() -> None:
    for version in (0, 3, 5, "4", None):
        what = refused(edited(lambda d, v=version: d.update(schema=v)), "N003").what  # type: ignore[misc]
        assert "this Ranvier reads version 4" in what


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.update(ranvier="other"),
        lambda d: d["network"].update(extra=1),
        lambda d: d["network"].pop("dt"),
        lambda d: d["network"].update(dt="1"),
        lambda d: d["network"].update(type="Encoding"),
        lambda d: d["network"]["decode"].update(rule="guess"),
        lambda d: d["network"]["encoding"].update(raw="int64"),
        lambda d: d["network"]["encoding"].update(channels=2.0),
        lambda d: d["network"]["encoding"].update(channels=True),
        lambda d: d["network"]["encoding"].update(stages=[{"type": "Guess"}]),
        lambda d: d["network"]["populations"][0].update(bias={"array": "no.such"}),
        lambda d: d["network"]["populations"][0].update(bias=[0]),
        lambda d: d["network"]["populations"][0].update(scale={"array": "populations.0.bias"}),
        lambda d: d["network"]["populations"][0].update(bias={"array": "populations.0.scale"}),
        lambda d: d["network"]["projections"][0]["connection"].update(type="Pool"),
    ],
)
def test_fields_missing_unknown_or_of_another_type(change: Callable[[Any], Any]) -> None:
    refused(edited(change), "N002")


HEADERS = [
    "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }",
    "{'descr': '<u8', 'fortran_order': False, 'shape': (1,), }",
    "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }",
    "{'descr': '<m8', 'fortran_order': False, 'shape': (1,), }",
    "{'descr': [('a', '<i8')], 'fortran_order': False, 'shape': (1,), }",
    "{'descr': '<i8', 'fortran_order': False, 'shape': (99999999999,), }",
    "{'descr': '<i8', 'fortran_order': False, 'shape': (99999999999999999999,), }",
    "{'descr': '<i8', 'fortran_order': False, 'shape': (4611686018427387904, 4), }",
    "{'descr': '<i8', 'fortran_order': False, 'shape': (-1,), }",
    "{'descr': '<i8', 'fortran_order': False, 'shape': (((",
    "'''",
    "  x\n y",
]


@pytest.mark.parametrize("header", HEADERS)
def test_hostile_array_headers_are_refused(header: str) -> None:
    parts = members(rvn.to_bytes(network()))
    text = header.encode() + b"\n"
    start = b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text
    # As the bias of a population: integers are wanted there.
    refused(archive({**parts, "populations.0.bias.npy": start + bytes(8)}))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_numbers_that_are_none_are_refused(value: float) -> None:
    refused(rvn.to_bytes(network(populations=(
        population("hid", 3, scale=np.array([value])), network().populations[1]
    ))), "N002")  # fmt: skip
    refused(rvn.to_bytes(network(dt=value)), "N001", "N002")


ARRAY = {"array": "populations.0.bias"}  # one 0
ONE = [1, 1]


@pytest.mark.parametrize(
    ("place", "bad"),
    [
        ("stage", {"type": "ClipStage", "low": 10**30, "high": 10**31}),
        ("stage", {"type": "ClipStage", "low": -(10**12), "high": 10**12}),
        ("stage", {"type": "CountStage", "window": 10**30}),
        ("connection", {
            "type": "Pool", "weight": 10**30, "input_shape": [1, 1, 2], "kernel": ONE,
            "stride": ONE, "padding": [0, 0],
        }),
        ("connection", {
            "type": "Sparse", "shape": [10**30, 2], "target": ARRAY, "source": ARRAY,
            "weight": ARRAY,
        }),
    ],
)  # fmt: skip
def test_integers_that_no_target_could_hold_are_refused(place: str, bad: dict[str, Any]) -> None:
    def change(document: dict[str, Any]) -> None:
        if place == "stage":
            document["network"]["encoding"]["stages"] = [bad]
        else:
            document["network"]["projections"][0]["connection"] = bad

    refused(edited(change), "N001", "N002")
