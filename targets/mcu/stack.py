# SPDX-License-Identifier: Apache-2.0
"""The deepest the stack can be: the worst path through gcc's call graph."""

import re
from dataclasses import dataclass

from ranvier.targets.mcu.board import Board

_NODE = re.compile(r'node: \{ title: "([^"]*)" label: "([^"]*)"')
_EDGE = re.compile(r'edge: \{ sourcename: "([^"]*)" targetname: "([^"]*)"')
_BYTES = re.compile(r"(\d+) bytes \((static|dynamic|dynamic,bounded)\)")
INDIRECT = "__indirect_call"
_HANDLERS = (
    "rv_link_hello",
    "rv_link_reset",
    "rv_link_step",
    "rv_link_read_state",
    "rv_link_stats",
    "rv_link_exit",
    "rv_link_start",
    "rv_link_samples",
    "rv_link_stop",
)
_PUT = "rv_main_put"
# What each call through a pointer in the runtime can reach; gcc's graph does not say. A call that
# is not listed makes the bound unknown, it is never left out.
POINTERS = {
    # The compiler may put any of these into the one that calls it.
    "rv_link_feed": (*_HANDLERS, _PUT),
    "rv_link_dispatch": (*_HANDLERS, _PUT),
    "rv_link_execute": (*_HANDLERS, _PUT),
    "rv_link_send": (_PUT,),
    "rv_link_send_aside": (_PUT,),
    "rv_link_refuse": (_PUT,),
    "rv_link_transmit": (_PUT,),
    "rv_cobs_encode": (_PUT,),
    "rv_link_init": ("reset",),
    "rv_link_run": ("step",),
    "rv_link_timed_step": ("step",),
    "rv_link_one_step": ("step",),
    "rv_link_reset": ("reset",),
}

# What small cores compute by calls into libgcc, which has no graph: none of these pushes more than
# eight words, what it calls where it divides by 0 included (read from the code of GCC 12).
LIBGCC = dict.fromkeys(
    (
        "__aeabi_idiv", "__aeabi_uidiv", "__aeabi_idivmod", "__aeabi_uidivmod",
        "__aeabi_lmul", "__aeabi_llsl", "__aeabi_llsr", "__aeabi_lasr",
    ),
    32,
)  # fmt: skip


# Bytes that a core saves where the exception of a step's deadline, or of a byte, interrupts it:
# eight words, the eighteen of its floating-point unit, and one that keeps the stack on a boundary
# of eight (Armv7-M ARM, B1.5.7).
_SAVED = {"cortex-m0": 36, "cortex-m0plus": 36, "cortex-m3": 36}
_SAVED_WITH_FLOATS = 108


def interrupted(graphs: list[str], board: Board) -> int:
    """Return what an exception that comes back adds to the stack, bytes; 0 where none does.

    One at a time: all that come back are of one priority.
    """
    if not board.deadline.startswith("SysTick"):
        return 0
    handler = bound(graphs, "rv_serial_irq")
    below = 0 if handler is None else handler.bytes
    return _SAVED.get(board.core, _SAVED_WITH_FLOATS) + below


@dataclass(frozen=True, slots=True, kw_only=True)
class StackBound:
    """Worst-case stack in bytes below `entry`, and functions whose frames are not known."""

    entry: str
    bytes: int
    path: tuple[str, ...]
    unknown: tuple[str, ...]


def bound(graphs: list[str], entry: str) -> StackBound | None:
    """Return the bound below `entry`, or None where it is not in the graph or calls itself.

    Parameters
    ----------
    graphs
        The text of every ``.ci`` file (``-fcallgraph-info=su``).
    """
    frames: dict[str, int] = dict(LIBGCC)
    calls: dict[str, set[str]] = {}
    for text in graphs:
        for title, label in _NODE.findall(text):
            frame = _BYTES.search(label)
            if frame:
                frames[title] = int(frame[1])
        for source, target in _EDGE.findall(text):
            calls.setdefault(source, set()).add(target)
    by_name = {_plain(f): f for f in frames}
    unknown: set[str] = set()

    def defined(function: str) -> str:
        """Return the title of a function; gcc puts the file before that of a weak one."""
        weak = (f for f in frames if f.endswith(f":{function}"))
        return function if function in frames or function == INDIRECT else next(weak, function)

    def targets(function: str) -> set[str]:
        found = {defined(t) for t in calls.get(function, set())}
        if INDIRECT in found:
            found.remove(INDIRECT)
            through = POINTERS.get(_plain(function))
            if through is None:
                unknown.add(f"a call through a pointer in {_plain(function)}")
            found |= {by_name[t] for t in through or () if t in by_name}
        return found

    def deepest(function: str, above: tuple[str, ...]) -> tuple[int, tuple[str, ...]]:
        if function in above:
            raise RecursionError(function)
        if function not in frames:
            unknown.add(function)
        below = [deepest(t, (*above, function)) for t in sorted(targets(function))]
        size, path = max(below, default=(0, ()))
        return frames.get(function, 0) + size, (_plain(function), *path)

    if entry not in frames:
        return None
    try:
        size, path = deepest(entry, ())
    except RecursionError:
        return None
    return StackBound(entry=entry, bytes=size, path=path, unknown=tuple(sorted(unknown)))


def _plain(title: str) -> str:
    """Return a function's own name: without its file, or the suffix of a copy gcc made."""
    return title.split(":")[-1].split(".")[0]
