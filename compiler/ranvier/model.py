# SPDX-License-Identifier: Apache-2.0
"""What a front end returns: the float graph, with dynamics that leave nothing to guess."""

import math
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, TypeAlias

from ranvier.ir import RawType
from ranvier.nodes import Conv, Delay, Flatten, FloatArray, Linear, Neurons, Node, Pool, Scale

DecodeRule: TypeAlias = Literal["spike-count", "readout-mean", "readout-last", "per-step"]
DECODE_RULES: tuple[DecodeRule, ...] = ("spike-count", "readout-mean", "readout-last", "per-step")
INPUT = "input"

__all__ = [
    "DECODE_RULES",
    "INPUT",
    "Ambiguity",
    "Conv",
    "DecodeRule",
    "Delay",
    "Edge",
    "EncodeStage",
    "Flatten",
    "FloatArray",
    "Linear",
    "Model",
    "ModelEncoding",
    "Neurons",
    "Node",
    "Pool",
    "Scale",
]


StageKind: TypeAlias = Literal[
    "affine", "rectify", "clip", "count", "decimate", "delta", "level", "threshold", "filterbank",
    "square", "smooth",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodeStage:
    """One stage of the input encoding, in real numbers.

    ``affine``: ``(x - offset) * scale``, a value or one a channel; ``rectify``: ``|x|``;
    ``clip``: to ``low..high``; ``count``: the sum over `window` samples, which make one step;
    ``decimate``: the last of them. ``delta``: ``x[t] - x[t-1]``; ``level`` and ``threshold``: as
    `ir.LevelCrossingStage` and `ir.ThresholdCrossingStage`. ``filterbank``: Butterworth band-passes
    of `order` between the edges of each of `bands`, in Hz of samples at `rate`; ``square``;
    ``smooth``: ``y += (x - y) * 2**-shift``.
    """

    kind: StageKind
    offset: FloatArray | None = None
    scale: FloatArray | None = None
    low: float = 0.0
    high: float = 0.0
    window: int = 1
    delta: FloatArray | None = None
    max_events: int = 1
    threshold: FloatArray | None = None
    falling: bool = False
    refractory: int = 0
    rate: float = 1.0
    bands: tuple[tuple[float, float], ...] = ()
    order: int = 1
    shift: int = 0

    @property
    def spread(self) -> int:
        """How many values it makes of one."""
        return {"level": 2, "filterbank": len(self.bands)}.get(self.kind, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelEncoding:
    """How raw integer samples become the network's input; none: data are that input already."""

    raw: RawType
    stages: tuple[EncodeStage, ...]

    @property
    def spread(self) -> int:
        """How many inputs of the network come of one raw channel."""
        return math.prod(s.spread for s in self.stages)

    @property
    def window(self) -> int:
        """Raw samples that one step consumes."""
        return math.prod(s.window for s in self.stages)


Topic: TypeAlias = Literal[
    "dialect", "dt", "init-hidden", "loop", "lower-bound", "norm-input", "reset", "reset-timing",
    "spikes-per-step", "update-order",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Ambiguity:
    """Something the file does not say, what was taken for it, and how to say otherwise.

    `topic` is what it is about, for programs; the other texts are for people and may change.
    `must`: the numbers in the file contradict what was taken, or nothing could be: a network is
    inspected all the same, but not run before somebody answers.
    """

    topic: Topic
    what: str
    taken: str
    option: str
    must: bool = False


class Edge(NamedTuple):
    """What `source` gives, `target` takes, `delay` steps later.

    A delay other than 0 closes a loop, or stands for a Delay node. What arrives in the first steps
    is what the source gives while all neurons before it are silent.
    """

    source: str
    target: str
    delay: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A float network.

    Parameters
    ----------
    channels
        Values of one step of the input; those of several inputs follow one another by name.
    nodes
        In an order in which every edge without a delay points forward.
    edges
        ``"input"`` is the model's input. Signals that meet are summed.
    outputs
        The layers of neurons that the decoder reads, one after the other.
    dt
        Seconds a step.
    """

    name: str
    dialect: str
    dt: float
    channels: int
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    outputs: tuple[str, ...]
    decode: DecodeRule
    encoding: ModelEncoding | None = None
    classes: tuple[str, ...] = ()
    ambiguities: tuple[Ambiguity, ...] = ()

    @property
    def raw_channels(self) -> int:
        """Channels of the recordings that it takes."""
        return self.channels // (1 if self.encoding is None else self.encoding.spread)

    def node(self, name: str) -> Node:
        """Return the node called `name`."""
        return next(n for n in self.nodes if n.name == name)

    def into(self, name: str) -> tuple[Edge, ...]:
        """Return the edges into `name`, in their order."""
        return tuple(e for e in self.edges if e.target == name)

    @property
    def neurons(self) -> tuple[Neurons, ...]:
        """The layers of neurons, in order."""
        return tuple(n for n in self.nodes if isinstance(n, Neurons))

    def with_graph(self, nodes: tuple[Node, ...], edges: tuple[Edge, ...]) -> "Model":
        """Return the model with another graph."""
        return replace(self, nodes=nodes, edges=edges)
