# SPDX-License-Identifier: Apache-2.0
"""The RTL of a build in Verilator, as `ranvier verify` compares it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ranvier import reference
from ranvier.encoding import encode
from ranvier.errors import RanvierError
from ranvier.ir import IntArray, Network
from ranvier.targets.fpga import images
from ranvier.targets.fpga.bulk import Core, Run
from ranvier.targets.fpga.emit import IMAGES
from ranvier.targets.fpga.lower import lower, state_bits, weight_bits
from ranvier.targets.fpga.part import Part
from ranvier.targets.fpga.plan import FOLDS, LEAKS, Leak
from ranvier.targets.fpga.verilator import library
from ranvier.targets.user_cache import user_cache
from ranvier.tools.build import Build
from ranvier.tools.families.fpga import over_spi
from ranvier.tools.families.fpga.lanes import CORES, LANES, MOST
from ranvier.tools.families.protocol import Answers, Subject
from ranvier.tools.link.log import LinkLog


def samples(build: Build, port: str | None) -> int | None:
    """Return None: all samples are compared."""
    return None


@contextmanager
def subject(build: Build, port: str | None, log: LinkLog | None) -> Iterator[Subject]:
    """Build the simulation of the RTL in the build directory, and give it.

    Raises
    ------
    RanvierError
        B003 where this version lays the network out in another way, B013 for a port, T0.. where a
        tool is missing.
    """
    if port is not None:
        _ = build.board
    where, network = build.target, build.network
    assert isinstance(where, Part)
    laid, parameters = _core(build)
    plan = lower(
        network, laid.lanes, weight_bits(network), state_bits(network, where.state_bits), laid.fold,
        laid.leak,
    )  # fmt: skip
    p = images.parameters(plan)
    if p.values != parameters:
        raise RanvierError(
            "B003", f"ranvier {build.manifest.get('ranvier')} laid this network out in another way",
            loc=str(build.path), hint="compile again with this version",
        )  # fmt: skip
    rtl = [build.path / f for f in build.manifest["files"] if Path(f).parent == Path("rtl")]
    made_of = library(p.values, cache(), rtl=rtl, images=IMAGES)
    core = Core(made_of, plan, p, build.path)

    def at_the_pins(inputs: IntArray, run: Run) -> int:
        return over_spi.check(build, plan, p, rtl, cache(), inputs, run)

    try:
        yield _Simulated(network, core, at_the_pins)
    finally:
        core.close()


@dataclass(frozen=True, slots=True)
class _Laid:
    lanes: int
    fold: int
    leak: Leak


def _core(build: Build) -> tuple[_Laid, object]:
    """Return how a build was laid out, and its parameters; B002 where it doesn't say."""
    made = build.manifest.get("core")
    said = made if isinstance(made, dict) else {}
    lanes, parameters = said.get("lanes"), said.get("parameters")
    fold, rule = said.get("fold", 1), said.get("leak", LEAKS[0])  # which older builds don't say
    leak = next((x for x in LEAKS if x == rule), None)
    known = (*LANES, *(n * MOST for n in CORES))
    if (
        (type(lanes), type(fold)) != (int, int)
        or lanes not in known
        or fold not in FOLDS
        or lanes % fold
        or leak is None
        or not isinstance(parameters, dict)
    ):
        raise RanvierError(
            "B002", "the manifest is damaged: it says of no core what it was made for",
            loc=str(build.path), hint="compile again",
        )  # fmt: skip
    return _Laid(lanes, fold, leak), parameters


def cache() -> Path:
    """Return where simulations that were built are kept for this user."""
    return user_cache() / "verilated"


class _Simulated:
    """The core between an encoder and a decoder of the host's."""

    def __init__(
        self, network: Network, core: Core, at_the_pins: Callable[[IntArray, Run], int]
    ) -> None:
        self._network, self._core, self._at_the_pins = network, core, at_the_pins
        self.simulated: str | None = None

    def run(self, raw: NDArray[np.integer[Any]], answers: Answers) -> None:
        network, inputs = self._network, encode(self._network.encoding, raw[None])[0]
        run = self._core.run(inputs)
        if self.simulated is None:
            steps = self._at_the_pins(inputs, run)
            over = f"the first {steps} steps also over SPI, at the pins of rv_top"
            self.simulated = f"rv_core in Verilator; {over}"
        for p in network.populations:
            answers[f"{p.name}.v"] = list(run.v[p.name])
            for k in range(len(p.synapses)):
                answers[f"{p.name}.synapse{k}"] = list(run.synapses[p.name][:, k])
            if p.fire is not None:
                answers[f"{p.name}.spikes"] = list(run.spikes[p.name])
        # What leaves the core, as a host decodes it
        out = np.concatenate([(run.sent | run.out)[p.name] for p in network.outputs], 1)
        answers["out"] = list(out)
        answers["class"] = [reference.decode_scores(network, out[None]).argmax(1)]
