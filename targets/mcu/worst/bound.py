# SPDX-License-Identifier: Apache-2.0
"""The most instructions of a step: how heavy the image's code is, how often its loops are passed.

Nothing is measured or guessed: what cannot be bounded is named, and the bound is then none. It
holds for the code as it is, under one assumption: the compiler may copy, unroll or drop a loop, but
not swap or merge two. Where loops are nested otherwise than in the source, there is no bound.
Instructions are not cycles.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ranvier.targets.mcu.worst.blocks import Unbounded
from ranvier.targets.mcu.worst.calls import Call, Way
from ranvier.targets.mcu.worst.flow import Flow, MachineLoop, flow
from ranvier.targets.mcu.worst.listing import Code
from ranvier.targets.mcu.worst.loops import COPIES, DIVISIONS, KERNELS, STRAIGHT
from ranvier.targets.mcu.worst.sizes import Loop, Sizes


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBound:
    """The most instructions that one call takes, and how many times a step it is made."""

    layer: str
    kernel: str
    instructions: int
    times: int
    way: Way


@dataclass(frozen=True, slots=True, kw_only=True)
class StepBound:
    """The most instructions of one step; None where something has no bound, which `unknown` names.

    Attributes
    ----------
    own
        Instructions of the step itself, between its calls.
    """

    instructions: int | None
    own: int
    calls: tuple[CallBound, ...]
    unknown: tuple[str, ...]


def step(code: Code, entry: str, planned: tuple[Call, ...], window: int) -> StepBound:
    """Return the bound of the step `entry` of a network.

    Parameters
    ----------
    planned
        What the step calls, with sizes.
    window
        Raw samples of a step: how often its own loop is passed.
    """
    unknown: set[str] = set()
    met: set[str] = set()
    kernels = {c.kernel for c in planned}

    def called(name: str) -> int:
        if name not in kernels:
            return library(code, name)
        met.add(name)
        return 0

    bounds = []
    own = 0
    try:
        found = flow(code, _start(code, entry), called)
        own = _total(found, (Loop(window),) if window > 1 else (), entry)
    except Unbounded as e:
        unknown.add(str(e))
    for c in planned:
        try:
            most = instructions(code, c.kernel, c.sizes, c.loops)
        except Unbounded as e:
            unknown.add(str(e))
            continue
        bounds.append(
            CallBound(layer=c.layer, kernel=c.kernel, instructions=most, times=c.times, way=c.way)
        )
    if not unknown and met != kernels:
        unknown.add(f"{entry}, which calls other kernels than planned")
    total = own + max(_along(bounds, way) for way in ("few", "many"))
    return StepBound(
        instructions=None if unknown else total, own=own, calls=tuple(bounds),
        unknown=tuple(sorted(unknown)),
    )  # fmt: skip


def _along(bounds: list[CallBound], way: Way) -> int:
    return sum(b.instructions * b.times for b in bounds if b.way in ("", way))


def instructions(code: Code, kernel: str, sizes: Sizes, loops: str = "") -> int:
    """Return the most instructions that one call of `kernel` takes, its call and return included.

    Parameters
    ----------
    loops
        Whose loops it has; empty: those listed under its own name.

    Raises
    ------
    Unbounded
        Where the code has none, or `loops.py` no entry for it.
    """
    loops = loops or kernel
    if loops not in KERNELS:
        raise Unbounded(f"{kernel}, whose loops nobody has listed")

    def called(name: str) -> int:
        if name == "memcpy" and loops in COPIES:
            return _total(flow(code, name, called), (Loop(COPIES[loops]),), name)
        return library(code, name)

    found = flow(code, _start(code, kernel), called)
    return _total(found, KERNELS[loops](sizes), kernel)


def library(code: Code, name: str) -> int:
    """Return the most instructions of a function that the compiler calls of its own accord."""
    if name in DIVISIONS:
        return DIVISIONS[name]
    if name not in STRAIGHT:
        raise Unbounded(name)
    found = flow(code, _start(code, name), lambda other: library(code, other))
    return _total(found, (), name)


def _start(code: Code, name: str) -> str:
    if name not in code.starts:
        raise Unbounded(f"{name}, which is not in the image")
    return name


def _total(found: Flow, loops: tuple[Loop, ...], name: str) -> int:
    return found.weight + sum(_passes(found.loops, loops, name, found.ordered))


def _passes(
    made: tuple[MachineLoop, ...], written: tuple[Loop, ...], name: str, ordered: bool = False
) -> Iterator[int]:
    """Yield what passing the loops `made` of one body takes, of which `written` are the source.

    Where as many were made as written, and they follow each other, each is its own; otherwise it
    may be any of those that are nested as deeply, or a copy without what is inside of one that is
    there whole, or what is left of deeper ones; and all of these together are passed as often.
    """
    first = tuple(x for x in made if x.copied)  # of the first pass of the loop around them
    if 0 < len(first) < len(made):
        yield from _passes(first, _all(written), name)
        made = tuple(x for x in made if not x.copied)
    heights = [x.height for x in made]
    if ordered and heights == [x.height for x in written]:
        for m, w in zip(made, written, strict=True):
            yield m.weight * w.times
            yield from _passes(m.inner, w.inner, name)
        return
    for height in sorted(set(heights)):
        likely = (
            tuple(w for w in written if w.height == height)
            or tuple(w for w in written if w.height > height and w.height in heights)
            or tuple(_left(w, height) for w in written if w.height > height)
        )
        if not likely:
            raise Unbounded(f"a loop of {name} that is nested otherwise than in its source")
        same = [x for x in made if x.height == height]
        yield max(m.weight for m in same) * sum(w.times for w in likely)
        inner = tuple(x for w in likely for x in w.inner)
        yield from _passes(tuple(x for m in same for x in m.inner), inner, name)


def _left(w: Loop, height: int) -> Loop:
    """Return what may be left of a loop where what is in it, or around it, was unrolled."""
    parts = tuple(x for x in _all(w.inner) if x.height == height)
    inner = (*w.inner, *(y for x in parts for y in x.inner))
    return Loop(max(w.times, sum(x.times for x in parts)), inner)


def _all(written: tuple[Loop, ...]) -> tuple[Loop, ...]:
    return tuple(y for x in written for y in (x, *_all(x.inner)))
