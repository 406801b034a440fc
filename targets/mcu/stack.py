# SPDX-License-Identifier: Apache-2.0
"""The deepest the stack can be: the worst path through gcc's call graph (``-fcallgraph-info=su``)."""

import re
from dataclasses import dataclass

_NODE = re.compile(r'node: \{ title: "([^"]*)" label: "([^"]*)"')
_EDGE = re.compile(r'edge: \{ sourcename: "([^"]*)" targetname: "([^"]*)"')
_BYTES = re.compile(r"(\d+) bytes \((static|dynamic|dynamic,bounded)\)")
INDIRECT = "__indirect_call"


@dataclass(frozen=True, slots=True, kw_only=True)
class StackBound:
    """Worst-case stack in bytes below `entry`, and functions whose frames are not known."""

    entry: str
    bytes: int
    path: tuple[str, ...]
    unknown: tuple[str, ...]


def bound(graphs: list[str], entry: str, indirect: tuple[str, ...]) -> StackBound | None:
    """Return the bound below `entry`, or None where it is not in the graph or calls itself.

    Parameters
    ----------
    graphs
        The text of every ``.ci`` file.
    indirect
        Functions that a call through a pointer may reach, as their names end.
    """
    frames: dict[str, int] = {}
    calls: dict[str, set[str]] = {}
    for text in graphs:
        for title, label in _NODE.findall(text):
            size = _BYTES.search(label)
            if size:
                frames[title] = int(size[1])
        for source, target in _EDGE.findall(text):
            calls.setdefault(source, set()).add(target)
    reachable = {f for f in frames if f.split(":")[-1] in indirect}
    unknown: set[str] = set()

    def deepest(function: str, above: tuple[str, ...]) -> tuple[int, tuple[str, ...]]:
        if function in above:
            raise RecursionError(function)
        if function == INDIRECT:
            targets = reachable
            own = 0
        else:
            targets = calls.get(function, set())
            own = frames.get(function, 0)
            if function not in frames:
                unknown.add(function)
        below = [deepest(t, (*above, function)) for t in sorted(targets)]
        size, path = max(below, default=(0, ()))
        return own + size, (function.split(":")[-1], *path)

    if entry not in frames:
        return None
    try:
        size, path = deepest(entry, ())
    except RecursionError:
        return None
    return StackBound(entry=entry, bytes=size, path=path, unknown=tuple(sorted(unknown)))
