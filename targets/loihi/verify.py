# SPDX-License-Identifier: Apache-2.0
"""Runs what was emitted in the vendor's fixed-point models: files in, traces out.

What Lava and netx give is shifted back by each layer's lag, and put together by population; then
it is what the golden model calls spikes, currents and membranes of the same step.
"""

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ranvier.ir import IntArray
from ranvier.targets.loihi.plan import Input, Plan
from ranvier.targets.vendor import run_vendor, vendor_python

NAME, PACKAGES = "loihi", ("lava-nc", "lava-dl")
_START, _PER_STEP = 60.0, 0.2  # s after which a simulation is taken for stuck


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A network to be run: the emitted file that holds it, and the encoded inputs.

    Attributes
    ----------
    inputs
        (samples, steps, channels).
    """

    plan: Plan
    kind: Literal["lava", "netx"]
    file: Path
    inputs: IntArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Traces:
    """What the vendor's models did, by population: (samples, steps, neurons) each.

    Attributes
    ----------
    versions
        Of the packages that computed it.
    """

    u: dict[str, NDArray[np.int32]]
    v: dict[str, NDArray[np.int32]]
    spikes: dict[str, NDArray[np.int32]]
    versions: Mapping[str, str]


def python() -> Path:
    """Return the Python of the environment that has the vendor's software.

    Raises
    ------
    RanvierError
        T007 where there is none.
    """
    return vendor_python(NAME, PACKAGES)


def run(runs: Sequence[Run]) -> list[Traces]:
    """Run networks one after the other, each one simulation over all of its samples.

    Raises
    ------
    RanvierError
        T007 where the vendor's software is missing, T008 where it fails: with its last line.
    """
    program = python()
    script = str(files("ranvier.targets.loihi").joinpath("vendor", "run.py"))
    with tempfile.TemporaryDirectory(prefix="ranvier-loihi-") as folder:
        job = Path(folder, "job.json")
        asked = [_asked(r, Path(folder), k) for k, r in enumerate(runs)]
        job.write_text(json.dumps({"runs": asked}))
        steps = sum(len(r.inputs) * (r.inputs.shape[1] + lag(r.plan)) for r in runs)
        limit = len(runs) * _START + steps * _PER_STEP
        said = run_vendor(
            [str(program), script, str(job)], timeout=limit, loc=runs[0].plan.network.name
        )
        versions = json.loads(said.splitlines()[-1])
        return [_read(r, Path(a["traces"]), versions) for r, a in zip(runs, asked, strict=True)]


def lag(plan: Plan) -> int:
    """Return the steps by which the last layer is behind the input."""
    return max(x.lag for x in plan.layers)


def _asked(r: Run, folder: Path, number: int) -> dict[str, Any]:
    """Write a run's inputs, and return its entry of the job."""
    plan = r.plan
    inputs = folder / f"{number}.inputs.npz"
    np.savez(inputs, allow_pickle=False, **{x.name: carried(x, r.inputs) for x in plan.inputs})
    first = next(s for s in plan.synapses if s.source == plan.inputs[0].name)
    shaped = r.kind == "netx" and first.conv is not None
    return {
        "kind": r.kind,
        "file": str(r.file.resolve()),
        "inputs": str(inputs),
        "traces": str(folder / f"{number}.traces.npz"),
        "lags": {x.name: x.lag for x in plan.layers},
        "sources": {s.name: s.source for s in plan.synapses},
        "shapes": {first.source: first.conv.input_shape} if shaped and first.conv else {},
        "message_bits": plan.inputs[0].message_bits,
    }


def carried(x: Input, encoded: IntArray) -> IntArray:
    """Return what a port carries of the encoded input: it all, or one bit of two's complement."""
    return encoded if x.bit is None else (encoded >> x.bit) & 1


def _read(r: Run, file: Path, versions: Mapping[str, str]) -> Traces:
    """Return a run's traces in the golden model's steps and order of neurons."""
    samples, steps = r.inputs.shape[:2]
    found: list[dict[str, NDArray[np.int32]]] = [{}, {}, {}]
    with np.load(file) as arrays:
        for p in r.plan.network.populations:
            for by_name in found:
                by_name[p.name] = np.zeros((samples, steps, p.size), np.int32)
            for x in r.plan.of(p.name):
                kept = arrays[x.name][:, x.lag : x.lag + steps]
                if kept.ndim == 6:  # (x, y, channel) of netx
                    kept = kept.transpose(0, 1, 2, 5, 4, 3).reshape(samples, steps, 3, x.size)
                for k, by_name in enumerate(found):
                    by_name[p.name][..., x.neurons] = kept[:, :, k]
    u, v, spikes = found
    return Traces(u=u, v=v, spikes=spikes, versions=versions)
