# SPDX-License-Identifier: Apache-2.0
"""Rounds weights so that the errors of one are taken up by those that are still to be rounded."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ranvier.nodes import FloatArray

DAMPING = 0.01  # of the mean of the diagonal, so that silent sources do no harm


def nearest(weight: FloatArray, step: FloatArray, limit: int) -> NDArray[np.int64]:
    """Return each weight in units of `step`, rounded half to even, within ``-limit..limit``."""
    return np.clip(np.rint(weight / step), -limit, limit).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Moments:
    """Second moments of columns' signals, factored once for every rounding by them.

    Attributes
    ----------
    h
        (columns, columns): mean products of the columns' signals, symmetric.
    order
        Columns, those with the largest moments first, (columns,).
    upper
        Upper Cholesky factor of the inverse of h, damped and in that order; None where all columns
        are silent.
    """

    h: FloatArray
    order: NDArray[np.intp]
    upper: FloatArray | None


def factored(h: FloatArray) -> Moments:
    """Return moments (columns, columns) with what `compensated` needs of them."""
    order = np.argsort(-np.diag(h), kind="stable")
    mean = float(np.diag(h).mean())
    if mean <= 0:
        return Moments(h=h, order=order, upper=None)
    damped = h[np.ix_(order, order)] + np.eye(len(h)) * DAMPING * mean
    return Moments(h=h, order=order, upper=np.linalg.cholesky(np.linalg.inv(damped)).T)


def compensated(
    weight: FloatArray, step: FloatArray, limit: int, moments: Moments
) -> NDArray[np.int64]:
    """Round a matrix column by column, each column's error spread over the columns after it.

    With second moments H of what the columns carry, the change of a row's output is ``e H e``; the
    update ``w[k] -= e[j] / U[j, j] * U[j, k]``, U the upper Cholesky factor of the inverse of H,
    keeps it least for every column that is rounded. Columns with the largest moments come first.
    A weight of 0 is a connection that is not there, as in a pruned model: it stays 0, and what it
    would have taken up goes on to the columns after it.

    Parameters
    ----------
    weight, step
        (rows, columns): real weights, and what one unit of each is worth.

    Returns
    -------
    NDArray
        int64 (rows, columns), within ``-limit..limit``.

    References
    ----------
    Frantar et al., GPTQ: accurate post-training quantization for generative pre-trained
    transformers, ICLR 2023, algorithm 1; after Frantar and Alistarh, Optimal brain compression,
    NeurIPS 2022. Weights that stay 0: Frantar and Alistarh, SparseGPT, ICML 2023.
    """
    order, upper = moments.order, moments.upper
    if upper is None:
        return nearest(weight, step, limit)
    left = weight[:, order].astype(np.float64)
    steps, there = step[:, order], left != 0
    found = np.zeros(left.shape, np.int64)
    for j in range(left.shape[1]):
        found[:, j] = np.where(there[:, j], nearest(left[:, j], steps[:, j], limit), 0)
        error = (left[:, j] - found[:, j] * steps[:, j]) / upper[j, j]
        left[:, j + 1 :] -= error[:, None] * upper[j, j + 1 :]
    result = np.zeros_like(found)
    result[:, order] = found
    return result


def loss(
    weight: FloatArray, raw: NDArray[np.int64], step: FloatArray, moments: FloatArray
) -> FloatArray:
    """Return the mean squared change of each row's output, (rows,)."""
    error = weight - raw * step
    return np.asarray(((error @ moments) * error).sum(axis=1), np.float64)
