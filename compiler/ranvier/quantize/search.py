# SPDX-License-Identifier: Apache-2.0
"""Chooses the bits of each layer: what each costs, what each loses, and the best mixes."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ranvier.frontends.data import Data
from ranvier.ir import Network
from ranvier.model import Model
from ranvier.nodes import FloatArray
from ranvier.quantize.apart import apart, lost, rounded_apart
from ranvier.quantize.calibrate import coarse
from ranvier.quantize.draft import Draft
from ranvier.quantize.formats import Formats
from ranvier.quantize.goal import Goal, goal
from ranvier.quantize.ptq import quantized
from ranvier.quantize.refine import carries, rounded
from ranvier.quantize.replay import Given
from ranvier.quantize.sparse import shortest
from ranvier.quantize.study import Study, drafted, rounded_to_nearest, study

POINTS = 16  # sizes between the smallest and the largest that are solved for

Sizes = Callable[[Network], dict[str, int]]  # bytes of each layer
Score = Callable[[Network], float]


@dataclass(frozen=True, slots=True)
class Mix:
    """Bits for each layer.

    Attributes
    ----------
    bits
        (layer, bits of its weights) each.
    size
        Bytes of all layers.
    loss
        The sum of what the layers lose by themselves.
    score
        Of the network that was made of it, on the calibration data.
    """

    bits: tuple[tuple[str, int], ...]
    size: int
    loss: float
    score: float


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """What each layer loses and costs at each number of bits.

    Attributes
    ----------
    loss
        (layers, choices): mean squared error that rounded weights make of the membrane, relative
        to its range, summed over the neurons.
    size
        (layers, choices): bytes.
    """

    layers: tuple[str, ...]
    loss: np.ndarray
    size: np.ndarray


def sensitivity(of: Study, wanted: Goal, formats: Formats, sizes: Sizes) -> Sensitivity:
    """Round each layer with each number of bits, by itself, and measure what its membrane loses."""
    words = formats.numerics.weights
    ways = [drafted(of, replace(formats, weights=bits, layers=())) for bits in words]
    bytes_ = [sizes(shortest(rounded_to_nearest(of, drafts))) for drafts in ways]
    names = tuple(p.name for p in of.model.neurons)
    given = wanted.given()
    loss = np.zeros((len(names), len(ways)))
    for k in range(len(names)):
        losses = _losses(tuple(drafts[k] for drafts in ways), given)
        loss[k] = [(x / drafts[k].reach ** 2).sum() for x, drafts in zip(losses, ways, strict=True)]
    size = np.array([[each[name] for each in bytes_] for name in names], np.int64)
    return Sensitivity(layers=names, loss=coarse(loss), size=size)


def _losses(ways: tuple[Draft, ...], given: Given) -> list[FloatArray]:
    """Return what each of a layer's drafts loses by itself, (size,) each."""
    carried = carries(ways[0], given)
    if carried is not None:
        return [rounded(made, carried).loss for made in ways]
    each = apart(ways[0], given)
    return [lost(made, each, rounded_apart(made, each)) for made in ways]


def best(found: Sensitivity, limit: int) -> tuple[int, ...] | None:
    """Return the choice for each layer that loses least within `limit` bytes, or None.

    A multiple-choice knapsack, solved exactly by SciPy's HiGHS.
    """
    from scipy.optimize import LinearConstraint, milp  # takes 0.5 s, and only a search needs it

    n, m = found.loss.shape
    each = np.kron(np.eye(n), np.ones(m))
    scale = max(float(found.loss.max()), 1e-300)
    # Among equal losses the smaller network.
    cost = found.loss.ravel() / scale + 1e-9 * found.size.ravel() / max(1, int(found.size.max()))
    solved = milp(
        cost,
        integrality=np.ones(n * m),
        bounds=(0, 1),
        constraints=[
            LinearConstraint(each, 1, 1),
            LinearConstraint(found.size.ravel()[None].astype(np.float64), -np.inf, limit),
        ],
    )
    if not solved.success:
        return None
    return tuple(int(k) for k in np.asarray(solved.x).reshape(n, m).argmax(axis=1))


def pareto(
    model: Model, calib: Data, formats: Formats, sizes: Sizes, score: Score
) -> tuple[Mix, ...]:
    """Return the mixes that lose least for their size, smallest first, each made and scored.

    Beside those that the layers' own losses suggest stand the uniform ones, and left out is what
    another mix beats in both size and score.

    Parameters
    ----------
    sizes
        Bytes of each layer of a network, as some target stores it.
    score
        How well a network does on the calibration data; higher is better.
    """
    of = study(model, calib)
    wanted = goal(of, calib, formats)
    found = sensitivity(of, wanted, formats, sizes)
    low, high = int(found.size.min(axis=1).sum()), int(found.size.max(axis=1).sum())
    words = formats.numerics.weights  # to choose from, of each layer
    chosen = {(c,) * len(found.layers): None for c in range(len(words))}
    for limit in np.unique(np.linspace(low, high, POINTS).astype(np.int64)):
        choice = best(found, int(limit))
        if choice is not None:
            chosen[choice] = None
    matching = wanted if formats.rounding == "compensated" else None
    mixes = []
    for choice in chosen:
        bits = tuple((name, words[c]) for name, c in zip(found.layers, choice, strict=True))
        network = quantized(of, replace(formats, layers=bits), matching)
        at = (np.arange(len(choice)), np.array(choice))
        mixes.append(
            Mix(
                bits=bits,
                size=sum(sizes(network).values()),  # of what was made: refining adds tables
                loss=float(found.loss[at].sum()),
                score=score(network),
            )
        )
    front: list[Mix] = []
    for m in sorted(mixes, key=lambda m: (m.size, -m.score)):
        if not front or m.score > front[-1].score:
            front.append(m)
    return tuple(front)
