# SPDX-License-Identifier: Apache-2.0
"""A compiled network as a shared library of this machine: its link, and whole runs at once."""

import ctypes
import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ranvier.errors import RanvierError
from ranvier.tools.link.frames import Command, parse_reply, request
from ranvier.tools.link.layout import ASK_ONLY, DeviceInfo, hello_request

TRACES = ("v", "syn", "counts")


@dataclass(frozen=True, slots=True, kw_only=True)
class HostRun:
    """What a network did on whole samples.

    Parameters
    ----------
    decoded
        ``uint16 (samples, steps)``: class after each step.
    outputs
        ``int32 (samples, steps, n_outputs)``.
    v, syn, counts
        Each population's membranes ``int32 (samples, steps, size)``, synaptic states ``int32
        (samples, steps, n_synapses, size)`` and spikes ``int16 (samples, steps, size)`` by
        name; empty where not asked for.
    """

    decoded: npt.NDArray[np.uint16]
    outputs: npt.NDArray[np.int32]
    v: dict[str, npt.NDArray[np.int32]]
    syn: dict[str, npt.NDArray[np.int32]]
    counts: dict[str, npt.NDArray[np.int16]]


class _Trace(ctypes.Structure):
    """``rv_host_trace_t``."""

    _fields_ = [(name, ctypes.c_void_p) for name in TRACES]


class HostLibrary:
    """The shared library of one network.

    Parameters
    ----------
    path
        What firmware/boards/host was linked into.

    Raises
    ------
    RanvierError
        L001 if it cannot be loaded.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._library = ctypes.CDLL(_own_name(path))
        except OSError as error:
            raise RanvierError(
                "L001", f"the host library cannot be loaded: {error}", loc=str(path),
                hint="compile the network for target host on this machine",
            )  from error  # fmt: skip
        self._library.rv_host_run.restype = None
        self.info = _ask(self.open_link())

    def open_link(self) -> "HostLink":
        """Return a link to a network of its own, at step 0."""
        return HostLink(self._library, self.path)

    def run(self, raw: npt.NDArray[np.integer], record: Collection[str] = ()) -> HostRun:
        """Run each sample from a reset state.

        Parameters
        ----------
        raw
            Integers ``(samples, steps, n_inputs)`` of the input type.
        record
            Which of ``v``, ``syn`` and ``counts`` to record after each step.
        """
        info = self.info
        x = np.ascontiguousarray(raw)
        if x.ndim != 3 or x.shape[2] != info.n_inputs or x.dtype != info.input_type:
            raise RanvierError(
                "L008", f"samples are {x.dtype} {x.shape}, not {info.input_type} "
                f"(samples, steps, {info.n_inputs})",
                loc=str(self.path), hint="compare with what hello() says of the network",
            )  # fmt: skip
        at = x.shape[:2]
        decoded = np.zeros(at, np.uint16)
        outputs = np.zeros((*at, info.n_outputs), np.int32)
        v, syn, counts = (
            {p.name: np.zeros((*at, p.size), np.int32) for p in info.populations},
            {p.name: np.zeros((*at, p.n_synapses, p.size), np.int32) for p in info.populations},
            {p.name: np.zeros((*at, p.size), np.int16) for p in info.populations},
        )
        kept = {"v": v, "syn": syn, "counts": counts}
        traces = (_Trace * max(1, len(info.populations)))()
        for entry, population in zip(traces, info.populations, strict=False):
            for name in record:
                setattr(entry, name, kept[name][population.name].ctypes.data)
        state = _memory(self._library.rv_host_state_bytes())
        self._library.rv_host_run(
            state, ctypes.c_uint32(at[0]), ctypes.c_uint32(at[1]),
            ctypes.c_void_p(x.ctypes.data), ctypes.c_void_p(outputs.ctypes.data),
            ctypes.c_void_p(decoded.ctypes.data), traces if record else None,
        )  # fmt: skip
        return HostRun(
            decoded=decoded,
            outputs=outputs,
            v=v if "v" in record else {},
            syn=syn if "syn" in record else {},
            counts=counts if "counts" in record else {},
        )


class HostLink:
    """One network and the link in front of it; made by `HostLibrary.open_link`."""

    def __init__(self, library: ctypes.CDLL, path: Path) -> None:
        self._library = library
        self._state = _memory(library.rv_host_state_bytes())
        self._link = _memory(library.rv_host_link_bytes())
        self._reply = ctypes.create_string_buffer(4 * library.rv_host_reply_bytes())
        if error := library.rv_host_link_init(self._link, self._state):
            raise RanvierError(
                "L007", f"the link refused the network (error {error})", loc=str(path),
                hint="build with a larger RV_LINK_MAX_FRAME or RV_LINK_RAW_BYTES",
            )  # fmt: skip

    @property
    def state(self) -> bytes:
        """A copy of the network's whole state."""
        return bytes(self._state)

    def feed(self, data: bytes) -> bytes:
        """Hand request bytes to the link and return all it answers."""
        replies = b""
        while data:
            taken = ctypes.c_uint32()
            n_reply = self._library.rv_host_link_feed(
                self._link, data, len(data), self._reply, len(self._reply), ctypes.byref(taken)
            )
            replies += self._reply.raw[:n_reply]
            data = data[taken.value :]
        return replies


def _own_name(path: Path) -> str:
    """Return a name of the library that this process has not used yet.

    The loader knows libraries by name: one that was built again at the same place would be the old
    one. The descriptor stays open, so that its number is never given to another library.
    """
    if not Path("/proc/self/fd").is_dir():
        return str(path.resolve())
    return f"/proc/self/fd/{os.open(path, os.O_RDONLY)}"


def _memory(n_bytes: int) -> ctypes.Array[ctypes.c_uint64]:
    """Zeroed, 8-byte aligned."""
    return (ctypes.c_uint64 * ((n_bytes + 7) // 8))()


def _ask(link: HostLink) -> DeviceInfo:
    reply = parse_reply(link.feed(request(Command.HELLO, 0, hello_request(ASK_ONLY)))[:-1])
    if reply is None:
        raise RuntimeError("the host library's link does not answer")
    return DeviceInfo.parse(reply.payload)
