# SPDX-License-Identifier: Apache-2.0
"""What a front end returns: the float graph, with dynamics that leave nothing to guess."""

from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ranvier.ir import RawType

FloatArray: TypeAlias = NDArray[np.float64]
DecodeRule: TypeAlias = Literal["spike-count", "readout-mean", "readout-last", "per-step"]
DECODE_RULES: tuple[DecodeRule, ...] = ("spike-count", "readout-mean", "readout-last", "per-step")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dynamics:
    """The discrete-time meaning that a NIR file does not carry; a dialect fills it in.

    Parameters
    ----------
    integration
        ``euler``: ``z += dt/tau * (...)``, forward Euler.
    synapse_read
        Whether the membrane sees the synaptic current after or before its update of this step.
    compare
        A neuron spikes where ``v > v_threshold`` (or ``>=``).
    reset, reset_timing, spikes
        As `ranvier.ir.Reset` and `ranvier.ir.Fire`.
    """

    integration: Literal["euler"] = "euler"
    synapse_read: Literal["after", "before"] = "after"
    compare: Literal[">", ">="] = ">"
    reset: Literal["value", "subtract", "none"] = "value"
    reset_timing: Literal["now"] = "now"
    spikes: Literal["once"] = "once"


@dataclass(frozen=True, slots=True, kw_only=True)
class Linear:
    """``y = weight @ x + bias``, weight (outputs, inputs), bias (outputs,) or None."""

    name: str
    weight: FloatArray
    bias: FloatArray | None = None

    @property
    def size(self) -> int:
        """Outputs."""
        return int(self.weight.shape[0])

    @property
    def inputs(self) -> int:
        """Inputs."""
        return int(self.weight.shape[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """``y = scale * x``, element by element."""

    name: str
    scale: FloatArray  # (size,)

    @property
    def size(self) -> int:
        """Outputs."""
        return int(self.scale.size)

    @property
    def inputs(self) -> int:
        """Inputs."""
        return self.size


@dataclass(frozen=True, slots=True, kw_only=True)
class Flatten:
    """``y = x``: every signal is a vector in C order already."""

    name: str
    size: int

    @property
    def inputs(self) -> int:
        """Inputs."""
        return self.size


@dataclass(frozen=True, slots=True, kw_only=True)
class Neurons:
    """One layer of NIR neurons: I, IF, LI, LIF, CubaLI or CubaLIF, parameters of shape (size,).

    ``tau_syn di/dt = -i + w_in x`` where `tau_syn` is given, else ``i = x``;
    ``tau_mem dv/dt = (v_leak - v) + r i`` where `tau_mem` is given, else ``dv/dt = r i``;
    a spike where v exceeds `v_threshold`, if given. Times in seconds, the rest dimensionless.

    References
    ----------
    Pedersen et al., Neuromorphic intermediate representation, Nat. Commun. 15, 8122 (2024).
    """

    name: str
    kind: str  # NIR's node type
    size: int
    r: FloatArray
    tau_mem: FloatArray | None = None
    v_leak: FloatArray | None = None
    tau_syn: FloatArray | None = None
    w_in: FloatArray | None = None
    v_threshold: FloatArray | None = None
    v_reset: FloatArray | None = None
    dynamics: Dynamics = field(default_factory=Dynamics)

    @property
    def inputs(self) -> int:
        """Inputs."""
        return self.size

    @property
    def fires(self) -> bool:
        """Whether the layer emits spikes; if not, it is a readout."""
        return self.v_threshold is not None


Node: TypeAlias = Linear | Scale | Flatten | Neurons
INPUT = "input"


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodeStage:
    """One stage of the input encoding, in real numbers.

    ``affine``: ``(x - offset) * scale``, a value or one a channel; ``rectify``: ``|x|``;
    ``clip``: to ``low..high``; ``count``: the sum over `window` samples, which make one step.
    """

    kind: Literal["affine", "rectify", "clip", "count"]
    offset: FloatArray | None = None
    scale: FloatArray | None = None
    low: float = 0.0
    high: float = 0.0
    window: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelEncoding:
    """How raw integer samples become the network's input; none: data are that input already."""

    raw: RawType
    stages: tuple[EncodeStage, ...]

    @property
    def window(self) -> int:
        """Raw samples that one step consumes."""
        return int(np.prod([s.window for s in self.stages if s.kind == "count"], initial=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ambiguity:
    """Something the file does not say, what was taken for it, and how to say otherwise."""

    what: str
    taken: str
    option: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A feed-forward float network.

    Parameters
    ----------
    nodes
        In an order in which every edge points forward.
    edges
        (source, target) names; ``"input"`` is the model's input. Signals that meet are summed.
    output
        The layer of neurons that the decoder reads.
    dt
        Seconds a step.
    """

    name: str
    dialect: str
    dt: float
    channels: int
    nodes: tuple[Node, ...]
    edges: tuple[tuple[str, str], ...]
    output: str
    decode: DecodeRule
    encoding: ModelEncoding | None = None
    classes: tuple[str, ...] = ()
    ambiguities: tuple[Ambiguity, ...] = ()

    def node(self, name: str) -> Node:
        """Return the node called `name`."""
        return next(n for n in self.nodes if n.name == name)

    def sources(self, name: str) -> tuple[str, ...]:
        """Return the names of the nodes that feed `name`, in the order of the edges."""
        return tuple(a for a, b in self.edges if b == name)

    @property
    def neurons(self) -> tuple[Neurons, ...]:
        """The layers of neurons, in order."""
        return tuple(n for n in self.nodes if isinstance(n, Neurons))

    def with_graph(self, nodes: tuple[Node, ...], edges: tuple[tuple[str, str], ...]) -> "Model":
        """Return the model with another graph."""
        return replace(self, nodes=nodes, edges=edges)
