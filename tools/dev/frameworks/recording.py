# SPDX-License-Identifier: Apache-2.0
"""What every recorder shares: exact random numbers, and the files of a case.

Runs in each framework's own environment, so it imports nothing but NumPy and nir.
"""

from __future__ import annotations

import argparse
import json
import platform
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from io import BytesIO
from pathlib import Path
from typing import Any

import nir
import numpy as np
from numpy.typing import NDArray

MIN_SPIKES = 200
MIN_RATE, MAX_RATE = 0.01, 0.60
NEAR = 1e-5  # of the threshold: closer than that, another rounding may fire another spike
ATTEMPTS = 40
EPOCH = (1980, 1, 1, 0, 0, 0)  # of every file in an archive: same arrays, same bytes


class Draw:
    """Seeded random numbers on dyadic grids, which float32 adds without rounding."""

    def __init__(self, seed: int, name: str, attempt: int) -> None:
        self.rng = np.random.default_rng([seed, zlib.crc32(name.encode()), attempt])

    def weights(self, *shape: int, scale: float = 0.5, mean: float = 0.1) -> NDArray[np.float32]:
        """Return multiples of 1/64 around `mean`."""
        w = self.rng.normal(mean, scale, shape)
        return (np.rint(w * 64) / 64).astype(np.float32)

    def thresholds(self, *shape: int, low: float = 0.75, high: float = 1.5) -> NDArray[np.float32]:
        """Return odd multiples of 1/8192, so that sums of weights rarely meet one."""
        k = self.rng.integers(int(low * 4096), int(high * 4096), shape)
        return ((2 * k + 1) / 8192).astype(np.float32)

    def decays(self, *shape: int) -> NDArray[np.float32]:
        """Return decay factors whose complement is a power of two."""
        return self.rng.choice(np.array([0.5, 0.75, 0.875, 0.9375], np.float32), shape)

    def spikes(self, *shape: int, rate: float = 0.3) -> NDArray[np.int8]:
        """Return zeros and ones."""
        return (self.rng.random(shape) < rate).astype(np.int8)

    def counts(self, *shape: int, high: int = 3, rate: float = 0.4) -> NDArray[np.int8]:
        """Return small integers, `rate` of which are not zero."""
        some = self.rng.integers(1, high + 1, shape)
        return np.where(self.rng.random(shape) < rate, some, 0).astype(np.int8)


@dataclass
class Layer:
    """What one layer did: arrays are (samples, steps, neurons) in C order.

    Attributes
    ----------
    key
        The node in the NIR file.
    made_by
        The framework's class, with `options`: what the file does not say of it.
    compared, threshold
        The membrane as it was compared with the threshold, and that threshold, for near ties.
    v
        The membrane that the framework keeps after the step.
    """

    key: str
    made_by: str
    options: dict[str, Any]
    spikes: NDArray[Any] | None = None
    v: NDArray[Any] | None = None
    compared: NDArray[Any] | None = None
    threshold: NDArray[Any] | None = None


@dataclass
class Case:
    """One network, its input and all that it did.

    Attributes
    ----------
    answers
        What Ranvier's command line must be told, since the file does not say it.
    beyond
        What no answer can say, yet changes the spikes.
    """

    graph: nir.NIRGraph
    x: NDArray[Any]  # (samples, steps, channels)
    out: NDArray[Any]  # (samples, steps, outputs)
    layers: list[Layer]
    answers: dict[str, Any]
    beyond: list[str] = field(default_factory=list)
    near_ties_meant: bool = False
    notes: str = ""


Build = Callable[[Draw], Case]


def record(
    framework: str, packages: Sequence[str], builds: Mapping[str, Build], description: str
) -> None:
    """Parse ``OUT [--seed N] [--only NAME]``, then write every case and cases.json to OUT."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("out", type=Path, help="folder to write")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", help="names that contain this")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    rows = [
        _one(name, build, options.seed, options.out)
        for name, build in builds.items()
        if options.only is None or options.only in name
    ]
    page = {
        "framework": framework,
        "version": metadata.version(packages[0]),
        "packages": {name: metadata.version(name) for name in packages},
        "python": platform.python_version(),
        "seed": options.seed,
        "cases": rows,
    }
    (options.out / "cases.json").write_text(_json(page))
    spikes = sum(row["spikes"] for row in rows)
    print(
        f"{framework} {page['version']}, seed {options.seed}: {len(rows)} cases, {spikes} spikes",
        flush=True,
    )


def _json(page: dict[str, Any]) -> str:
    """Return readable JSON with one case's layer a line."""
    cases = page.pop("cases")
    head = json.dumps(page, indent=1)[:-2]
    rows = []
    for case in cases:
        layers = case.pop("layers")
        body = ",\n  ".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in case.items())
        lines = ",\n   ".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in layers.items())
        rows.append(f' {{{body},\n  "layers": {{\n   {lines}}}}}')
    return f'{head},\n "cases": [\n' + ",\n".join(rows) + "\n]}\n"


def _one(name: str, build: Build, seed: int, out: Path) -> dict[str, Any]:
    """Draw networks until one is worth comparing; write it."""
    why = ""
    for attempt in range(ATTEMPTS):
        case = build(Draw(seed, name, attempt))
        row = _row(name, attempt, case)
        why = _worthless(case, row)
        if not why:
            break
    else:
        raise SystemExit(f"{name}: {ATTEMPTS} attempts, the last: {why}")
    case.graph.edges = sorted(case.graph.edges)  # nirtorch keeps them in a set
    nir.write(out / f"{name}.nir", case.graph)
    arrays = {"x": case.x, "out": case.out.astype(np.float32)}
    for layer in case.layers:
        if layer.spikes is not None:
            arrays[f"{layer.key}.spikes"] = layer.spikes.astype(np.uint8)
        if layer.v is not None:
            arrays[f"{layer.key}.v"] = layer.v.astype(np.float32)
    _savez(out / f"{name}.npz", arrays)
    print(f"  {name}: {row['spikes']} spikes, attempt {attempt}", flush=True)
    return row


def _row(name: str, attempt: int, case: Case) -> dict[str, Any]:
    layers: dict[str, Any] = {}
    for layer in case.layers:
        row: dict[str, Any] = {"class": layer.made_by, "options": layer.options}
        if layer.spikes is not None:
            if layer.spikes.max() > 255 or (layer.spikes != np.rint(layer.spikes)).any():
                raise SystemExit(f"{name}:{layer.key}: spikes are not small integers")
            row |= {
                "spikes": int(layer.spikes.sum()),
                "rate": round(float((layer.spikes > 0).mean()), 4),
                "most_in_a_step": int(layer.spikes.max()),
            }
        if layer.compared is not None and layer.threshold is not None:
            distance = np.abs(layer.compared - layer.threshold)
            near = np.argwhere(distance < NEAR * np.abs(layer.threshold))
            row["near_ties"] = near.tolist()
        layers[layer.key] = row
    return {
        "name": name,
        "answers": case.answers,
        "beyond": case.beyond,
        "notes": case.notes,
        "spikes": sum(row.get("spikes", 0) for row in layers.values()),
        "near_ties": sum(len(row.get("near_ties", ())) for row in layers.values()),
        "attempt": attempt,
        "layers": layers,
    }


def _worthless(case: Case, row: dict[str, Any]) -> str:
    """Return why a case proves too little, or nothing."""
    if row["spikes"] < MIN_SPIKES:
        return f"{row['spikes']} spikes"
    for key, layer in row["layers"].items():
        if "rate" in layer and not MIN_RATE <= layer["rate"] <= MAX_RATE:
            return f"{key} fires in {layer['rate']:.3f} of the slots"
    if not case.near_ties_meant and row["near_ties"]:
        return f"{row['near_ties']} near ties"
    if case.near_ties_meant and not row["near_ties"]:
        return "no ties"
    return ""


def _savez(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write what np.savez_compressed would, less the date."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            data = BytesIO()
            np.save(data, array, allow_pickle=False)
            info = zipfile.ZipInfo(f"{name}.npy", EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data.getvalue())
