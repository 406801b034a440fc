# SPDX-License-Identifier: Apache-2.0
"""A function's machine code as blocks and loops, and the heaviest way through it.

Loops are natural ones (Aho, Lam, Sethi and Ullman, Compilers, 9.6). The bound is that of implicit
path enumeration (Li and Malik, DAC 1995), whose only facts about a loop are how often it is passed:
heaviest way without loops + for each loop, passes x heaviest pass.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from ranvier.targets.mcu.worst.blocks import Graph, blocks, reverse_postorder
from ranvier.targets.mcu.worst.listing import Code
from ranvier.targets.mcu.worst.split import COPIES_BELOW, reducible


@dataclass(frozen=True, slots=True)
class MachineLoop:
    """A loop as the compiler made it.

    Attributes
    ----------
    body
        Blocks of one pass, those of inner loops too.
    weight
        Instructions of the heaviest pass, those that inner loops repeat apart.
    """

    header: int
    body: frozenset[int]
    inner: tuple["MachineLoop", ...]
    weight: int

    @property
    def copied(self) -> bool:
        """Whether it stands in the copy that enters a loop, see `split.py`."""
        return self.header < COPIES_BELOW

    @property
    def height(self) -> int:
        """How many loops are within each other, this one included."""
        return 1 + max((x.height for x in self.inner), default=0)


@dataclass(frozen=True, slots=True)
class Flow:
    """A function: instructions of the heaviest way through it, and its outermost loops.

    Loops that always come one after the other stand in that order if `ordered`.
    """

    weight: int
    loops: tuple[MachineLoop, ...]
    ordered: bool


def flow(code: Code, name: str, called: Callable[[str], int]) -> Flow:
    """Return the flow of the function `name`.

    Parameters
    ----------
    called
        Returns the most instructions that a function called from here takes.

    Raises
    ------
    Unbounded
        Where the code goes where nobody can tell.
    """
    graph = reducible(blocks(code, name, called), name)
    order = reverse_postorder(graph)
    dominators = _dominators(graph, order)
    bodies = _bodies(graph, order, dominators)
    loops = _nest(graph, order, bodies, frozenset(order))
    weight = max(_ways(graph, order, frozenset(order), loops, graph.entry).values())
    return Flow(weight, loops, _ordered(graph, loops))


def _dominators(graph: Graph, order: list[int]) -> dict[int, set[int]]:
    before: dict[int, list[int]] = {b: [] for b in order}
    for b in order:
        for t in graph.after[b]:
            before[t].append(b)
    found = {b: set(order) for b in order}
    found[graph.entry] = {graph.entry}
    changed = True
    while changed:
        changed = False
        for b in order[1:]:
            new = set.intersection(*(found[p] for p in before[b])) | {b}
            if new != found[b]:
                found[b], changed = new, True
    return found


def _bodies(
    graph: Graph, order: list[int], dominators: dict[int, set[int]]
) -> dict[int, frozenset[int]]:
    """Return each loop's blocks by its header."""
    place = {b: k for k, b in enumerate(order)}
    before: dict[int, list[int]] = {b: [] for b in order}
    for b in order:
        for t in graph.after[b]:
            before[t].append(b)
    found: dict[int, frozenset[int]] = {}
    for b in order:
        for header in graph.after[b]:
            if place[header] > place[b]:
                continue
            assert header in dominators[b], "the graph is reducible"
            body, waiting = {header}, [b]
            while waiting:
                at = waiting.pop()
                if at not in body:
                    body.add(at)
                    waiting += before[at]
            found[header] = found.get(header, frozenset()) | body
    return found


def _nest(
    graph: Graph, order: list[int], bodies: dict[int, frozenset[int]], within: frozenset[int]
) -> tuple[MachineLoop, ...]:
    """Return the outermost loops of `bodies`, each with those inside, in the blocks' order."""
    outermost = [h for h, b in bodies.items() if not any(b < other for other in bodies.values())]
    loops = []
    for header in sorted(outermost, key=order.index):
        body = bodies[header]
        inside = {h: b for h, b in bodies.items() if b < body}
        inner = _nest(graph, order, inside, body)
        ways = _ways(graph, order, body, inner, header)
        latches = [b for b in body if header in graph.after[b]]
        weight = max(ways[_outer_block(b, inner)] for b in latches)
        loops.append(MachineLoop(header, body, inner, weight))
    return tuple(loops)


def _outer_block(block: int, inner: tuple[MachineLoop, ...]) -> int:
    return next((x.header for x in inner if block in x.body), block)


def _ways(
    graph: Graph, order: list[int], within: frozenset[int], inner: tuple[MachineLoop, ...],
    entry: int,
) -> dict[int, int]:  # fmt: skip
    """Return the heaviest way from `entry` to the end of each block, `inner` loops as one block.

    Such a block weighs as much as the pass in which the loop is left. One that is left only at the
    end of a whole pass weighs nothing: that pass is counted with the others.
    """
    latch = {x.header: {b for b in x.body if x.header in graph.after[b]} for x in inner}
    heaviest: dict[int, int] = {}
    arriving: dict[int, int] = {entry: 0}
    for b in order:
        whole = next((x for x in inner if b in x.body), None)
        if b not in within or (whole is not None and b != whole.header):
            continue
        if b not in arriving:
            continue
        if whole is None:
            heaviest[b] = arriving[b] + graph.weight[b]
            onward = [(t, heaviest[b]) for t in graph.after[b]]
        else:
            heaviest[b], onward = _through(graph, order, whole, arriving[b], latch[b])
        for t, total in onward:
            if t in within and t != entry:
                arriving[t] = max(arriving.get(t, 0), total)
    return heaviest


def _through(
    graph: Graph, order: list[int], loop: MachineLoop, start: int, latches: set[int]
) -> tuple[int, list[tuple[int, int]]]:
    """Return the heaviest way through the pass in which a loop is left, and where it goes on."""
    ways = _ways(graph, order, loop.body, loop.inner, loop.header)
    onward = []
    for b in sorted(loop.body):
        total = 0 if b in latches else ways[_outer_block(b, loop.inner)]
        onward += [(t, start + total) for t in graph.after[b] if t not in loop.body]
    return max((total for _, total in onward), default=start), onward


def _ordered(graph: Graph, loops: tuple[MachineLoop, ...]) -> bool:
    """Tell whether each of `loops` can be followed by the next."""
    return all(
        b.header in _reached(graph, a) and a.header not in _reached(graph, b)
        for a, b in pairwise(loops)
    )


def _reached(graph: Graph, loop: MachineLoop) -> set[int]:
    seen: set[int] = set()
    waiting = [t for b in loop.body for t in graph.after[b] if t not in loop.body]
    while waiting:
        b = waiting.pop()
        if b not in seen:
            seen.add(b)
            waiting += graph.after[b]
    return seen
