# SPDX-License-Identifier: Apache-2.0
"""What a file's metadata and its user say of a model: step, answer, encoding, names of classes."""

import json
from typing import Any

import numpy as np

from ranvier.errors import RanvierError
from ranvier.frontends import dialects, evidence
from ranvier.frontends.encoding import check_rate, parse_json, read_encoding
from ranvier.frontends.nir_graph import Graph
from ranvier.frontends.options import ModelOptions
from ranvier.model import DECODE_RULES, DecodeRule, ModelEncoding, Neurons


def text(value: Any) -> str:
    """Return what the metadata hold as text."""
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def step(
    options: ModelOptions,
    metadata: dict[str, Any],
    dialect: str,
    recovered: float | None,
    where: str,
) -> float:
    """Return seconds a step: as the user says, else the file, else the dialect; M005 for none."""
    value = options.dt if options.dt is not None else metadata.get("dt")
    if value is None:
        value = dialects.EXPORTED_DT.get(dialect, recovered)
    if value is None:
        raise RanvierError(
            "M005",
            "the file does not say how long a step is",
            loc=where,
            hint="give it in seconds: --dt 1e-3",
        )
    try:
        dt = float(value)
    except (TypeError, ValueError):
        dt = float("nan")
    if not 0 < dt < float("inf"):
        raise RanvierError("M005", f"dt {value!r} is not a positive number", loc=where, hint="--dt")
    return dt


def rockpool_dt(graph: Graph) -> float | None:
    """Return the one dt that the file's r and tau say, or None."""
    found = []
    for node in graph.nodes.values():
        tau = getattr(node, "tau_mem", getattr(node, "tau", None))
        try:
            t, r = (np.asarray(x, np.float64).reshape(-1) for x in (tau, node.r))
            if t.size == r.size and t.size and (t > 0).all() and (r > 0).all():
                found += evidence.rockpool_dt(t, r).tolist()
        except (AttributeError, TypeError, ValueError):
            continue
    if not found or max(found) - min(found) > 1e-3 * max(found):
        return None
    return float(f"{np.median(found):.4g}")


def decode(
    options: ModelOptions, metadata: dict[str, Any], outputs: list[Neurons], where: str
) -> DecodeRule:
    """Return how `outputs` become an answer; M006 for a rule that does not fit them."""
    said = options.decode or (text(metadata["decode"]) if "decode" in metadata else None)
    mixed = len({n.fires for n in outputs}) > 1
    if said is None and mixed:
        return "per-step"
    if said is None:
        return "spike-count" if outputs[0].fires else "readout-mean"
    rule = next((r for r in DECODE_RULES if r == said), None)
    if rule is None:
        raise RanvierError(
            "M006",
            f"unknown decode rule {said!r}",
            loc=where,
            hint=f"known: {', '.join(DECODE_RULES)}",
        )
    for n in outputs if rule != "per-step" else ():
        readable = not n.fires or n.dynamics.reset == "none"  # its membrane may be read
        if not (readable if rule.startswith("readout") else n.fires):
            raise RanvierError(
                "M006",
                f"decode {rule}: {n.name} {'fires' if n.fires else 'never fires'}",
                loc=where,
                hint="spike-count for spiking outputs, readout-mean or readout-last for membranes, "
                "per-step for outputs of both kinds",
            )
    return rule


def encoding(
    options: ModelOptions, metadata: dict[str, Any], channels: int, dt: float, where: str
) -> ModelEncoding | None:
    """Return the input encoding that the user or the file gives, if any."""
    if options.encoding_file is not None:
        where = str(options.encoding_file)
        return check_rate(read_encoding(options.encoding_file, channels), dt, where)
    if "encode" in metadata:
        return check_rate(parse_json(text(metadata["encode"]), channels, where), dt, where)
    return None


def classes(metadata: dict[str, Any], size: int, where: str) -> tuple[str, ...]:
    """Return the names of the classes, () where there are none; M007 for a wrong number."""
    if "classes" not in metadata:
        return ()
    try:
        names = json.loads(text(metadata["classes"]))
    except (ValueError, RecursionError):
        names = None
    if (
        not isinstance(names, list)
        or len(names) != size
        or not all(isinstance(n, str) for n in names)
    ):
        raise RanvierError(
            "M007",
            f"the metadata `classes` is not a JSON list of {size} names",
            loc=where,
            hint="one name an output",
        )
    return tuple(names)
