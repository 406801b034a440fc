# SPDX-License-Identifier: Apache-2.0
"""The nodes of a float model: linear maps, delays, and layers of neurons."""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
ResetTiming: TypeAlias = Literal["now", "next-membrane", "next-update", "next-surplus"]


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
class Conv:
    """Two-dimensional convolution (cross-correlation, as in NIR); 1-D has height 1.

    Parameters
    ----------
    weight
        (out_channels, in_channels // groups, kernel_h, kernel_w).
    bias
        (out_channels,) or None.
    padding
        Zeros at top, bottom, left and right.
    """

    name: str
    weight: FloatArray
    bias: FloatArray | None = None
    input_shape: tuple[int, int, int]  # (in_channels, h, w)
    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int, int, int] = (0, 0, 0, 0)
    dilation: tuple[int, int] = (1, 1)
    groups: int = 1

    @property
    def output_shape(self) -> tuple[int, int, int]:
        """(out_channels, h, w)."""
        _, h, w = self.input_shape
        top, bottom, left, right = self.padding
        reach = [d * (k - 1) + 1 for d, k in zip(self.dilation, self.weight.shape[2:], strict=True)]
        return (
            int(self.weight.shape[0]),
            (h + top + bottom - reach[0]) // self.stride[0] + 1,
            (w + left + right - reach[1]) // self.stride[1] + 1,
        )

    @property
    def size(self) -> int:
        """Outputs."""
        return int(np.prod(self.output_shape))

    @property
    def inputs(self) -> int:
        """Inputs."""
        return int(np.prod(self.input_shape))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Sum over windows of each channel, times one `weight`: 1 sums, 1 / taps averages."""

    name: str
    input_shape: tuple[int, int, int]  # (channels, h, w)
    kernel: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int] = (0, 0)
    weight: float = 1.0

    @property
    def output_shape(self) -> tuple[int, int, int]:
        """(channels, h, w)."""
        c, h, w = self.input_shape
        return (
            c,
            (h + 2 * self.padding[0] - self.kernel[0]) // self.stride[0] + 1,
            (w + 2 * self.padding[1] - self.kernel[1]) // self.stride[1] + 1,
        )

    @property
    def size(self) -> int:
        """Outputs."""
        return int(np.prod(self.output_shape))

    @property
    def inputs(self) -> int:
        """Inputs."""
        return int(np.prod(self.input_shape))


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
class Delay:
    """``y[t] = x[t - steps]``, 0 before; one number of steps an element."""

    name: str
    steps: NDArray[np.int64]  # (size,)

    @property
    def size(self) -> int:
        """Outputs."""
        return int(self.steps.size)

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
class Dynamics:
    """The discrete-time meaning that a NIR file does not carry; a dialect fills it in.

    Parameters
    ----------
    decay
        What a state keeps in a step: ``euler``: 1 - dt/tau; ``euler-inverse``: 1 - dt**2/tau, for
        files whose tau is dt over the inverse time constant; ``exponential``: exp(-dt/tau);
        ``exponential-steps``: exp(-1/tau), tau in steps.
    form
        How floats are added up: ``increment``: ``z += k * (... - z)``; ``sum``: ``a * z + ...``.
    drive
        What the membrane's input is multiplied with: ``scaled``: r times what leaks (times dt
        where nothing does); ``unit``: 1 (r where nothing leaks); ``normalised``: what leaks;
        ``kept``: what does not.
    synapse_drive
        The same for the current's input: ``scaled``: w_in times what leaks; ``unit``: 1.
    synapse_order, synapse_read
        As `ranvier.ir.SynapticState`.
    compare, reset, reset_timing, spikes, max_spikes
        As `ranvier.ir.Fire` and `ranvier.ir.Reset`.
    lower_bound
        What no membrane falls below, in the membrane's unit; None: nothing.
    start
        Where a membrane starts: at 0, at v_leak or at v_reset.
    emit
        Whether others see a spike in its own step or one later.
    """

    decay: Literal["euler", "euler-inverse", "exponential", "exponential-steps"] = "euler"
    form: Literal["sum", "increment"] = "increment"
    drive: Literal["scaled", "unit", "normalised", "kept"] = "scaled"
    synapse_drive: Literal["scaled", "unit"] = "scaled"
    synapse_order: Literal["decay-then-add", "add-then-decay"] = "decay-then-add"
    synapse_read: Literal["after", "before"] = "after"
    compare: Literal[">", ">="] = ">"
    reset: Literal["value", "subtract", "none"] = "value"
    reset_timing: ResetTiming = "now"
    spikes: Literal["once", "floor"] = "once"
    max_spikes: int = 1
    lower_bound: float | None = None
    start: Literal["zero", "leak", "reset"] = "zero"
    emit: Literal["now", "next-step"] = "now"


@dataclass(frozen=True, slots=True, kw_only=True)
class Neurons:
    """One layer of NIR neurons, parameters of shape (size,).

    ``tau_syn di/dt = -i + w_in x`` where `tau_syn` is given, else ``i = x``;
    ``tau_mem dv/dt = (v_leak - v) + r i`` where `tau_mem` is given, else ``dv/dt = r i``, or, for
    kinds without memory (Threshold, and Identity, which stands for a bare output), ``v = r i``;
    a spike where v exceeds `v_threshold`, if given. Times in seconds, the rest dimensionless.

    Parameters
    ----------
    kind
        NIR's node type: I, IF, LI, LIF, CubaLI, CubaLIF or Threshold; or Identity.
    bias
        A constant input, added to what arrives.

    References
    ----------
    Pedersen et al., Neuromorphic intermediate representation, Nat. Commun. 15, 8122 (2024).
    """

    name: str
    kind: str
    size: int
    r: FloatArray
    tau_mem: FloatArray | None = None
    v_leak: FloatArray | None = None
    tau_syn: FloatArray | None = None
    w_in: FloatArray | None = None
    v_threshold: FloatArray | None = None
    v_reset: FloatArray | None = None
    bias: FloatArray | None = None
    dynamics: Dynamics = field(default_factory=Dynamics)

    @property
    def inputs(self) -> int:
        """Inputs."""
        return self.size

    @property
    def fires(self) -> bool:
        """Whether the layer emits spikes; if not, it is a readout."""
        return self.v_threshold is not None

    @property
    def remembers(self) -> bool:
        """Whether the membrane outlives a step."""
        return self.kind not in ("Threshold", "Identity")


Map: TypeAlias = Linear | Conv | Pool | Scale | Flatten
Node: TypeAlias = Map | Delay | Neurons
