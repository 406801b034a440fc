# SPDX-License-Identifier: Apache-2.0
"""A network whose step is longer than the link's usual frame."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.needs import need_program
from tests.unit.nets import network

from ranvier.errors import RanvierError
from ranvier.frontends.data import make_data
from ranvier.ir import Dense, Network
from ranvier.tools.verbs.compile import compile
from ranvier.tools.verbs.run import run


def wide(channels: int) -> Network:
    small = network()
    first, last = small.projections
    weight = np.random.default_rng(0).integers(-9, 9, (small.populations[0].size, channels))
    return replace(
        small,
        encoding=replace(small.encoding, channels=channels),
        projections=(replace(first, connection=Dense(weight=weight)), last),
    )


def test_frames_grow_with_the_network(tmp_path: Path) -> None:
    need_program("gcc", "gcc libc6-dev")
    net = wide(3000)
    build = compile(net, "host", tmp_path / "b").build
    x = np.random.default_rng(1).integers(0, 255, (2, 5, 3000)).astype(np.uint8)
    assert run(build, make_data(x)).steps == 10


def test_a_step_no_frame_can_carry_is_refused_before_compiling(tmp_path: Path) -> None:
    need_program("gcc", "gcc libc6-dev")
    with pytest.raises(RanvierError) as e:
        compile(wide(65500), "host", tmp_path / "b")
    assert e.value.code == "C007"
    assert not (tmp_path / "b").exists()
    assert compile(wide(65500), "host", tmp_path / "l", emit="library").build.image.is_file()
