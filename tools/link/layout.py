# SPDX-License-Identifier: Apache-2.0
"""What the payloads of the link hold, as values: each class reads or writes its own bytes."""

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from ranvier.tools.link.frames import (
    CLASS_BYTES,
    PROTOCOL,
    REPLY_OVERHEAD,
    REQUEST_OVERHEAD,
)

SIGNATURE_BYTES = 32
ASK_ONLY = bytes(SIGNATURE_BYTES)
HELLO_REQUEST = struct.Struct("<H32s")
HELLO_FIXED = struct.Struct("<H32s32sHBHHHI")
POPULATION_FIXED = struct.Struct("<HBBB")
READ_REQUEST = struct.Struct("<HBHH")
STATS_REPLY = struct.Struct("<IIIIQIIII")
EVENT = np.dtype([("address", "<u2"), ("value", "<i2")])
# In the order of rv_type_t.
SAMPLE_TYPES = (np.dtype("u1"), np.dtype("i1"), np.dtype("<u2"), np.dtype("<i2"), np.dtype("<i4"))


class Output(IntEnum):
    """How a population hands on its output: ``rv_out_t``."""

    NONE = 0
    EVENTS = 1
    COUNTS = 2


class State(IntEnum):
    """What ``READ_STATE`` reads; synaptic state k is ``SYNAPSE + k``."""

    MEMBRANE = 0x00
    SYNAPSE = 0x01
    OUTPUT = 0x80


@dataclass(frozen=True, slots=True, kw_only=True)
class PopulationInfo:
    """One population as the device describes it.

    Parameters
    ----------
    name
        Its name in the network.
    size
        Neurons.
    n_synapses
        Synaptic states a neuron.
    state_bytes
        Bytes of one membrane or synaptic value, 2 or 4.
    out
        How it hands on its output.
    """

    name: str
    size: int
    n_synapses: int
    state_bytes: int
    out: Output

    def value_type(self, what: int) -> np.dtype[Any]:
        """Type of one value of `what`, a ``State``, on the wire."""
        return np.dtype("<i2" if what == State.OUTPUT or self.state_bytes == 2 else "<i4")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceInfo:
    """What a device says of itself and its network.

    Parameters
    ----------
    protocol
        Version of the link.
    signature
        SHA-256 of the network's ``.rvn`` file.
    build_hash
        SHA-256 of the sources that the image was built from.
    n_inputs
        Raw samples a step.
    input_type
        Type of a raw sample.
    n_outputs
        Values that a step returns.
    max_frame
        Longest frame, bytes before COBS.
    tick_hz
        Ticks a second of the counter behind `Stats`; 0 if there is none.
    name
        The network's name.
    populations
        In the order of the network.
    """

    protocol: int
    signature: bytes
    build_hash: bytes
    n_inputs: int
    input_type: np.dtype[Any]
    n_outputs: int
    max_frame: int
    tick_hz: int
    name: str
    populations: tuple[PopulationInfo, ...]

    def steps_per_frame(self, outputs: bool) -> int:
        """Return how many steps fit a frame, with or without their outputs in the answer."""
        step_bytes = self.n_inputs * self.input_type.itemsize
        steps = (self.max_frame - REQUEST_OVERHEAD - 1) // step_bytes
        if outputs and self.n_outputs:
            room = self.max_frame - REPLY_OVERHEAD - CLASS_BYTES
            steps = min(steps, room // (4 * self.n_outputs))
        return steps

    @classmethod
    def parse(cls, payload: bytes) -> "DeviceInfo":
        """Read the answer to HELLO; raises ``ValueError`` if it is not one."""
        try:
            return cls._parse(payload)
        except (struct.error, IndexError) as error:
            raise ValueError("shorter than it says") from error

    @classmethod
    def _parse(cls, payload: bytes) -> "DeviceInfo":
        (protocol, signature, build_hash, n_inputs, input_type, n_outputs, n_populations,
         max_frame, tick_hz) = HELLO_FIXED.unpack_from(payload)  # fmt: skip
        name, at = _name(payload, HELLO_FIXED.size)
        populations = []
        for _ in range(n_populations):
            size, n_synapses, state_bytes, out = POPULATION_FIXED.unpack_from(payload, at)
            label, at = _name(payload, at + POPULATION_FIXED.size)
            populations.append(
                PopulationInfo(
                    name=label,
                    size=size,
                    n_synapses=n_synapses,
                    state_bytes=state_bytes,
                    out=Output(out),
                )
            )
        return cls(
            protocol=protocol,
            signature=signature,
            build_hash=build_hash,
            n_inputs=n_inputs,
            input_type=SAMPLE_TYPES[input_type],
            n_outputs=n_outputs,
            max_frame=max_frame,
            tick_hz=tick_hz,
            name=name,
            populations=tuple(populations),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StepReply:
    """What one or more steps returned.

    Parameters
    ----------
    decoded
        Class after the last step.
    outputs
        ``int32 (k, n_outputs)``: readout membranes or spike counts of each step; ``(0,
        n_outputs)`` where only the class was asked for.
    """

    decoded: int
    outputs: npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """What the device counted. Ticks are those of `DeviceInfo.tick_hz`, for ``step()`` alone.

    Parameters
    ----------
    steps
        Steps since the last RESET.
    last, minimum, maximum, total
        Ticks of the last, cheapest and dearest of these steps, and of all.
    frames_accepted, frames_refused
        Frames answered OK and otherwise since the device started, this one not counted.
    stack_used, stack_size
        Bytes of the stack ever used, and reserved; 0 where the device cannot tell.
    """

    steps: int
    last: int
    minimum: int
    maximum: int
    total: int
    frames_accepted: int
    frames_refused: int
    stack_used: int
    stack_size: int

    @classmethod
    def parse(cls, payload: bytes) -> "Stats":
        """Read the answer to STATS; raises ``ValueError`` if it is not one."""
        if len(payload) != STATS_REPLY.size:
            raise ValueError(f"{len(payload)} bytes, not {STATS_REPLY.size}")
        steps, last, low, high, total, ok, refused, used, size = STATS_REPLY.unpack(payload)
        return cls(
            steps=steps,
            last=last,
            minimum=low,
            maximum=high,
            total=total,
            frames_accepted=ok,
            frames_refused=refused,
            stack_used=used,
            stack_size=size,
        )


def hello_request(signature: bytes) -> bytes:
    """Payload of HELLO; `signature` of 32 bytes, or `ASK_ONLY`."""
    return HELLO_REQUEST.pack(PROTOCOL, signature)


def _name(payload: bytes, at: int) -> tuple[str, int]:
    end = at + 1 + payload[at]
    if end > len(payload):
        raise ValueError("shorter than it says")
    return payload[at + 1 : end].decode("ascii", "replace"), end
