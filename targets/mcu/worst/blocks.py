# SPDX-License-Identifier: Apache-2.0
"""A function's machine code cut into blocks."""

from collections.abc import Callable
from dataclasses import dataclass

from ranvier.targets.mcu.worst.listing import Code


class Unbounded(Exception):
    """What cannot be bounded; the text names it."""


@dataclass(frozen=True, slots=True)
class Graph:
    """Blocks by their first address: instructions, and which blocks may follow."""

    entry: int
    weight: dict[int, int]
    after: dict[int, tuple[int, ...]]  # blocks that may follow


def blocks(code: Code, name: str, called: Callable[[str], int]) -> Graph:
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
    weight: dict[int, int] = {}
    follows: dict[int, tuple[int, ...]] = {}
    for first in joined:
        total, at = price[first], first
        while len(after[at]) == 1 and after[at][0] not in joined:
            at = after[at][0]
            total += price[at]
        weight[first], follows[first] = total, after[at]
    return Graph(start, weight, follows)


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


def reverse_postorder(graph: Graph) -> list[int]:
    """Return the blocks that are reached, each before those that only it leads to."""
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
