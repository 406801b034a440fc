# SPDX-License-Identifier: Apache-2.0
"""Networks with every field of the format, and .rvn files taken apart and put together."""

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from tests.unit.nets import ints, network, population

from ranvier import rvn
from ranvier.ir import (
    AffineStage,
    ClipStage,
    Connection,
    Conv,
    CountStage,
    Decay,
    Decode,
    DeltaStage,
    Dense,
    Encoding,
    Fire,
    LevelCrossingStage,
    Network,
    Pool,
    Projection,
    RectifyStage,
    Reset,
    Sparse,
    SynapticState,
    ThresholdCrossingStage,
)

SYNAPSE = SynapticState(
    decay=Decay(kind="shift", factor=ints(3, 4, 5), min_step=1, rounding="zero"),
    order="add-then-decay", read="before", bias=ints(1, 2, 3), bits=24, overflow="wrap",
    gain=ints(-7), gain_shift=-2, ring_bits=20, drive_gain=ints(2**32 - 1), drive_shift=32,
)  # fmt: skip
STAGES = (
    AffineStage(factor=ints(300, -40000), offset=ints(5, 2**30), shift=9),
    RectifyStage(),
    ClipStage(low=-3, high=90),
    DeltaStage(),
    ThresholdCrossingStage(threshold=ints(4, -4), falling=True),
    CountStage(window=4),
)


def with_input(connection: Connection, channels: int, hidden: int) -> Network:
    """Return a network whose first projection is `connection`."""
    encoding = Encoding(channels=channels, raw="int8", raw_low=-9, raw_high=9, raw_scale=0.25)
    readout = Dense(weight=np.ones((2, hidden), np.int64))
    return network(
        encoding=encoding,
        populations=(population("hid", hidden), population("out", 2, fires=False)),
        projections=(
            Projection(source="input", target="hid", connection=connection, delay=255, shift=-3),
            Projection(source="hid", target="out", connection=readout, bits=2, shift=31),
        ),
    )


def with_everything() -> Network:
    levels = LevelCrossingStage(delta=ints(4, 9), max_events=7)
    fire = Fire(compare=">=", threshold=ints(5, 6, 7), spikes="floor", max_spikes=255, graded=True)
    hidden = population(
        "hid", 3, synapses=(SYNAPSE, replace(SYNAPSE, read="after")), bits=32, overflow="wrap",
        saturation="increment", lower_bound=ints(-9), fire=fire, refractory=3,
        decay=Decay(kind="multiply", factor=ints(1, 2, 2**15), shift=15), bias=ints(-1, 0, 1),
        reset=Reset(kind="subtract", value=ints(0), timing="next-update"),
        scale=np.array([0.1, 1e-300, 3.0]),
    )  # fmt: skip
    loop = Dense(weight=np.full((3, 3), -32768))
    base = network(populations=(hidden, population("out", 2, fires=False)))
    encoded = Dense(weight=np.arange(12).reshape(3, 4))
    return replace(
        base,
        encoding=replace(base.encoding, stages=(*STAGES[:4], levels, STAGES[5])),
        projections=(
            Projection(source="input", target="hid", synapse=1, connection=encoded),
            Projection(source="hid", target="hid", connection=loop, bits=16, delay=1),
            base.projections[1],
        ),
        decode=Decode(
            rule="per-step", sources=("out",), multiplier=ints(3, 32767), classes=("x", "ÿ*/")
        ),
    )  # fmt: skip


SPARSE = Sparse(shape=(3, 5), source=ints(0, 0, 4), target=ints(0, 2, 1), weight=ints(1, -2, 127))
EMPTY = Sparse(shape=(3, 5), source=ints(), target=ints(), weight=ints())
CONV = Conv(
    weight=np.arange(-8, 8).reshape(2, 2, 2, 2), input_shape=(4, 5, 5), stride=(2, 1),
    padding=(1, 0, 2, 0), dilation=(1, 2), groups=2,
)  # fmt: skip
POOL = Pool(weight=-3, input_shape=(2, 4, 4), kernel=(2, 2), stride=(2, 2), padding=(1, 0))
NETWORKS: dict[str, Callable[[], Network]] = {
    "plain": network,
    "everything": with_everything,
    "stages": lambda: replace(network(), encoding=replace(network().encoding, stages=STAGES)),
    "sparse": lambda: with_input(SPARSE, 5, 3),
    "empty": lambda: with_input(EMPTY, 5, 3),
    "conv": lambda: with_input(CONV, 100, 30),
    "pool": lambda: with_input(POOL, 32, 12),
}


def members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {m.filename: archive.read(m) for m in archive.infolist()}


def archive(
    parts: dict[str, bytes], method: int = zipfile.ZIP_STORED, again: str | None = None
) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as file:
        for name, data in [*parts.items(), *([(again, parts[again])] if again else [])]:
            file.writestr(name, data)
    return buffer.getvalue()


def edited(change: Callable[[dict[str, Any]], Any]) -> bytes:
    """Return the plain network's file with its JSON changed."""
    parts = members(rvn.to_bytes(network()))
    document = json.loads(parts["network.json"])
    change(document)
    return archive({**parts, "network.json": json.dumps(document).encode()})
