# SPDX-License-Identifier: Apache-2.0
"""Describes matrices of weights by their entries where that takes fewer bits."""

from dataclasses import replace

from ranvier import connections
from ranvier.ir import Connection, Dense, Network, Sparse


def shortest(network: Network) -> Network:
    """Return `network`, each matrix by its entries where `described` counts fewer bits; exact."""
    return replace(
        network,
        projections=tuple(
            replace(q, connection=_shorter(q.connection, q.bits)) for q in network.projections
        ),
    )


def described(connection: Connection, bits: int) -> int:
    """Return the bits of a connection whose weights have `bits`, packed without gaps.

    A matrix: its weights. By entries: of each the weight and its target, and for each source,
    and at the end, where its entries begin. Convolutions and pools: their distinct weights.
    """
    if not isinstance(connection, Sparse):
        return connections.weights(connection).size * bits
    entries, (targets, sources) = connection.weight.size, connection.shape
    target, begin = (targets - 1).bit_length(), entries.bit_length()
    return entries * (bits + target) + (sources + 1) * begin


def _shorter(connection: Connection, bits: int) -> Connection:
    if not isinstance(connection, Dense):
        return connection
    entries = connections.entries(connection.weight)
    return entries if described(entries, bits) < described(connection, bits) else connection
