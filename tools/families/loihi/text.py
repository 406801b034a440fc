# SPDX-License-Identifier: Apache-2.0
"""What a network takes of a chip, as text for a person."""

from typing import Any

from ranvier.tools.report.columns import columns


def row(m: dict[str, Any]) -> list[object]:
    """Return the bytes of synapses and of states; cores, not instructions."""
    cores = m["place"]["cores"]
    return [
        m["memory"]["rom"], m["memory"]["ram"], "none",
        f"{cores['used']} of {cores['available']} cores",
    ]  # fmt: skip


def describe(m: dict[str, Any], whole_memory: bool) -> str:
    """Say where the layers lie, what that takes, and what is not proved."""
    place = m["place"]
    rows: list[list[object]] = [
        ["core", "layer", "neurons", "input axons", "output axons", "synapses", "bits of them"]
    ]
    rows += [
        [c["core"], c["layer"], c["neurons"], c["in_axons"], c["out_axons"], c["synapses"],
         c["synapse_bits"]]
        for c in place["placed"]
    ]  # fmt: skip
    used = ", ".join(
        f"{place[k]['used']}{_of(place[k]['available'])} {k}"
        for k in ("cores", "neurons", "synapses")
    )
    netx = m["netx"] if m["netx"].endswith(".hdf5") else f"no netx file: {m['netx']}"
    return (
        f"{m['network']['name']} for {m['target']}: {used}\n{columns(rows)}\n"
        f"nearest limit: {place['nearest_limit']}\n"
        f"an answer is {m['cost']['hops']} steps behind its input, one for each hop\n"
        f"files: {m['image']}, {netx}\n" + "".join(f"not proved: {x}\n" for x in m["unproved"])
    )


def _of(there: int | None) -> str:
    return "" if there is None else f" of {there}"
