# SPDX-License-Identifier: Apache-2.0
"""Which populations are laid out as images, so that their convolutions share weights."""

from dataclasses import dataclass

import numpy as np

from ranvier import connections
from ranvier.ir import INPUT, Conv, IntArray, Network, Pool, Population, Projection
from ranvier.qformat import int_max
from ranvier.targets.fpga import kernels
from ranvier.targets.fpga.kernels import Kernel, Shape, Windows
from ranvier.targets.fpga.plan import FACTOR_BITS, Taken

WINDOW = 40  # bits that a window is counted as
MOST = int_max(FACTOR_BITS)  # windows: a row of the table says in so many bits where its own begin


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How the core numbers the neurons of a network's populations.

    Attributes
    ----------
    images
        Populations whose neurons come position by position; the others come as they are.
    """

    network: Network
    lanes: int
    images: dict[str, Shape]

    def groups(self, p: Population) -> int:
        """Return the groups of a population."""
        if p.name not in self.images:
            return -(-p.size // self.lanes)
        _, height, width = self.images[p.name]
        return kernels.groups(self.images[p.name], self.lanes) * height * width

    def places(self, p: Population) -> IntArray:
        """Return the core's numbers of a population's neurons."""
        if p.name not in self.images:
            return np.arange(p.size)
        return kernels.places(self.images[p.name], self.lanes)

    def sources(self, q: Projection) -> IntArray:
        """Return the core's numbers of what a projection reads."""
        if q.source == INPUT:
            return np.arange(connections.shape(q.connection)[1])
        return self.places(self.network.population(q.source))

    def span(self, q: Projection) -> int:
        """Return how many numbers that source has, with those of no neuron."""
        if q.source in self.images:
            return self.groups(self.network.population(q.source)) * self.lanes
        return connections.shape(q.connection)[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """A projection whose weights are shared.

    Attributes
    ----------
    single
        Whether each source has a window; else those of a group share one.
    windows
        By the core's number of the source, or of its group.
    nowhere
        Rows of 0, where events go that reach nothing.
    """

    kernel: Kernel
    single: bool
    windows: Windows
    nowhere: int


def shared(layout: Layout, q: Projection) -> Shared | None:
    """Return how a projection's weights are shared, None where they are not."""
    if not isinstance(q.connection, Conv | Pool):
        return None
    if layout.images.get(q.target) != kernels.target_of(q.connection):
        return None
    k, lanes = kernels.kernel(q.connection), layout.lanes
    single = layout.images.get(q.source) != k.source
    found = kernels.windows(k, lanes, single)
    nowhere = kernels.abreast(k, lanes, single)
    if int(found.weight.max()) < kernels.rows(k, lanes, single):
        nowhere = 0
    if q.source in layout.images and single:  # which is laid out as another image
        found = found.at(layout.sources(q), layout.span(q))
    return Shared(kernel=k, single=single, windows=found, nowhere=nowhere)


def choose(network: Network, lanes: int, weight_bits: int) -> Layout:
    """Return the layout in which weights are shared where that takes less memory."""
    images: dict[str, Shape] = {}
    for q in network.projections:
        target = kernels.target_of(q.connection)
        if target is not None:
            images.setdefault(q.target, target)
    found = Layout(network=network, lanes=lanes, images=images)
    for name in images:
        without = Layout(
            network=network, lanes=lanes,
            images={k: v for k, v in found.images.items() if k != name},
        )  # fmt: skip
        if _bits(without, weight_bits) <= _bits(found, weight_bits) or _windows(found) > MOST:
            found = without
    return found


def _bits(layout: Layout, weight_bits: int) -> int:
    of_row = layout.lanes * weight_bits
    return WINDOW * _windows(layout) + sum(of_row * _rows(layout, q) for q in _all(layout))


def _all(layout: Layout) -> tuple[Projection, ...]:
    return layout.network.projections


def _windows(layout: Layout) -> int:
    """Return the windows of all projections, and one of each image for its bias."""
    found = [shared(layout, q) for q in _all(layout)]
    return sum(s.windows.group.size for s in found if s is not None) + len(layout.images)


def _rows(layout: Layout, q: Projection) -> int:
    s = shared(layout, q)
    if s is None:
        return layout.groups(layout.network.population(q.target)) * layout.span(q)
    return kernels.rows(s.kernel, layout.lanes, s.single) + s.nowhere


def taken(layout: Layout) -> tuple[Taken, ...]:
    """Return what convolutions and poolings take, and why they are laid out as they are."""
    plain = Layout(network=layout.network, lanes=layout.lanes, images={})
    found = []
    for q in _all(layout):
        target = kernels.target_of(q.connection)
        if target is None:
            continue
        s = shared(layout, q)
        alone = Layout(network=layout.network, lanes=layout.lanes, images={q.target: target})
        if s is not None:
            why = "shared weights take less memory"
        elif q.target in layout.images:
            why = f"{q.target} is laid out for another convolution"
        elif _windows(alone) > MOST:
            why = f"it would take more than {MOST} windows"
        else:
            why = "shared weights and their windows would take no less memory"
        found.append(Taken(
            source=q.source, target=q.target, kind=type(q.connection).__name__.lower(),
            shared=s is not None, rows=_rows(layout, q), unrolled=_rows(plain, q),
            windows=0 if s is None else s.windows.group.size, why=why,
        ))  # fmt: skip
    return tuple(found)
