# SPDX-License-Identifier: Apache-2.0
"""Networks that a board's memory cannot hold, as the linker finds."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.needs import need_program
from tests.unit.nets import network, population

from ranvier.errors import RanvierError
from ranvier.ir import Dense, Network, Projection
from ranvier.tools.verbs.compile import compile

SIZE = 65_530  # neurons: ten such layers leave no room in 4 MiB for the accumulators and the link


def large() -> Network:
    small = network()
    channels = small.encoding.channels
    layers = tuple(population(f"p{k}", SIZE, bits=32) for k in range(10))
    last = small.output
    weight = np.ones((SIZE, channels), np.int64)
    inputs = tuple(
        Projection(source="input", target=p.name, connection=Dense(weight=weight)) for p in layers
    )
    out = Dense(weight=np.ones((last.size, SIZE), np.int64))
    readout = Projection(source="p0", target=last.name, connection=out)
    return replace(small, populations=(*layers, last), projections=(*inputs, readout))


def test_the_linkers_overflow_is_said_in_bytes(tmp_path: Path) -> None:
    need_program("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    with pytest.raises(RanvierError) as e:
        compile(large(), "qemu-mps2-an386", tmp_path / "b")
    assert e.value.code == "C003"
    assert "exceeds the RAM of qemu-mps2-an386 (4194304 bytes) by " in e.value.what
    assert "p0 takes the most" in e.value.what
    assert "4096 for the stack" in e.value.what
    assert e.value.hint.startswith("use a smaller network, or less stack: ")
    assert "board:" not in e.value.hint, "no board has more RAM"
    assert list(tmp_path.iterdir()) == []
