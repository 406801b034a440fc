# SPDX-License-Identifier: Apache-2.0
"""A function's machine code as blocks and loops, and the heaviest way through it.

Loops are natural ones (Aho, Lam, Sethi and Ullman, Compilers, 9.6). The bound is that of implicit
path enumeration (Li and Malik, DAC 1995), whose only facts about a loop are how often it is passed:
heaviest way without loops + for each loop, passes x heaviest pass.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from ranvier.targets.mcu.worst.listing import Code


class Unbounded(Exception):
    """What cannot be bounded; the text names it."""


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


@dataclass(frozen=True, slots=True)
class _Graph:
    entry: int
    weight: dict[int, int]
    after: dict[int, tuple[int, ...]]  # blocks that may follow


def flow(code: Code, name: str, called: Callable[[str], int]) -> Flow:
    """Return the flow of the function `name`.

    Parameters
    ----------
    called
        Returns the most instructions that a function called from here takes.

    Raises
    ------
    Unbounded
        Where the code goes where nobody can tell, or has a loop with two entries.
    """
    graph = _blocks(code, name, called)
    order = _reverse_postorder(graph)
    dominators = _dominators(graph, order)
    bodies = _bodies(graph, order, dominators, name)
    loops = _nest(graph, order, bodies, frozenset(order))
    weight = max(_ways(graph, order, frozenset(order), loops, graph.entry).values())
    return Flow(weight, loops, _ordered(graph, loops))


def _blocks(code: Code, name: str, called: Callable[[str], int]) -> _Graph:
    """Cut what is reached from the function's start into blocks of one instruction or more."""
    start = code.starts[name]
    price: dict[int, int] = {}
    after: dict[int, tuple[int, ...]] = {}
    waiting = [start]
    while waiting:
        at = waiting.pop()
        if at in price:
            continue
        price[at], after[at] = _instruction(code, name, at, called)
        waiting += after[at]
    joined = {start, *(t for ts in after.values() if len(ts) > 1 for t in ts)}
    entered: dict[int, int] = {}
    for ts in after.values():
        for t in ts:
            entered[t] = entered.get(t, 0) + 1
    joined |= {t for t, times in entered.items() if times > 1}
    weight, follows = {}, {}
    for first in joined:
        total, at = price[first], first
        while len(after[at]) == 1 and after[at][0] not in joined:
            at = after[at][0]
            total += price[at]
        weight[first], follows[first] = total, after[at]
    return _Graph(start, weight, follows)


def _instruction(
    code: Code, name: str, at: int, called: Callable[[str], int]
) -> tuple[int, tuple[int, ...]]:
    """Return what one instruction takes, calls included, and which may follow."""
    found = code.instructions.get(at)
    following = code.after(at)
    if found is None or (following is None and found.kind in ("plain", "branch")):
        raise Unbounded(f"{name} runs into what is no code")
    further = () if following is None else (following,)
    match found.kind:
        case "plain":
            return 1, further
        case "return":
            return 1, further if found.conditional else ()
        case "unknown":
            raise Unbounded(f"a jump or call through a register in {name}")
    if found.target is None:
        raise Unbounded(f"a branch of {name} whose target is not known")
    other = code.functions.get(found.target)
    if found.kind == "call":
        if other is None and code.within(found.target) == code.starts[name]:
            return 1, (found.target,)  # Armv6-M: a jump too far for a branch is written as a call
        if other is None:
            raise Unbounded(f"a call of {name} into the middle of something")
        return 1 + called(other), further
    if found.kind == "branch":
        return 1, tuple(sorted({*further, found.target}))
    if other is not None and found.target != code.starts[name]:
        return 1 + called(other), ()  # a call in the last place
    return 1, (found.target,)


def _reverse_postorder(graph: _Graph) -> list[int]:
    done: list[int] = []
    seen = {graph.entry}
    stack = [(graph.entry, iter(graph.after[graph.entry]))]
    while stack:
        block, rest = stack[-1]
        for t in rest:
            if t not in seen:
                seen.add(t)
                stack.append((t, iter(graph.after[t])))
                break
        else:
            done.append(block)
            stack.pop()
    return done[::-1]


def _dominators(graph: _Graph, order: list[int]) -> dict[int, set[int]]:
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
    graph: _Graph, order: list[int], dominators: dict[int, set[int]], name: str
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
            if header not in dominators[b]:
                raise Unbounded(f"a loop with two entries in {name}")
            body, waiting = {header}, [b]
            while waiting:
                at = waiting.pop()
                if at not in body:
                    body.add(at)
                    waiting += before[at]
            found[header] = found.get(header, frozenset()) | body
    return found


def _nest(
    graph: _Graph, order: list[int], bodies: dict[int, frozenset[int]], within: frozenset[int]
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
    graph: _Graph, order: list[int], within: frozenset[int], inner: tuple[MachineLoop, ...],
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
    graph: _Graph, order: list[int], loop: MachineLoop, start: int, latches: set[int]
) -> tuple[int, list[tuple[int, int]]]:
    """Return the heaviest way through the pass in which a loop is left, and where it goes on."""
    ways = _ways(graph, order, loop.body, loop.inner, loop.header)
    onward = []
    for b in sorted(loop.body):
        total = 0 if b in latches else ways[_outer_block(b, loop.inner)]
        onward += [(t, start + total) for t in graph.after[b] if t not in loop.body]
    return max((total for _, total in onward), default=start), onward


def _ordered(graph: _Graph, loops: tuple[MachineLoop, ...]) -> bool:
    """Tell whether each of `loops` can be followed by the next."""
    return all(
        b.header in _reached(graph, a) and a.header not in _reached(graph, b)
        for a, b in pairwise(loops)
    )


def _reached(graph: _Graph, loop: MachineLoop) -> set[int]:
    seen: set[int] = set()
    waiting = [t for b in loop.body for t in graph.after[b] if t not in loop.body]
    while waiting:
        b = waiting.pop()
        if b not in seen:
            seen.add(b)
            waiting += graph.after[b]
    return seen
