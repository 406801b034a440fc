# SPDX-License-Identifier: Apache-2.0
"""The kernels that one step calls, each with the sizes that decide how long it takes."""

from dataclasses import dataclass, replace
from typing import Literal

from ranvier import connections
from ranvier.ir import INPUT, CountStage, DecimateStage, FilterbankStage, ThresholdCrossingStage
from ranvier.targets.mcu.decoding import counts_spikes
from ranvier.targets.mcu.encoding import RAW_CTYPE, taken
from ranvier.targets.mcu.layouts import Windows
from ranvier.targets.mcu.layouts_words import Entries, Runs
from ranvier.targets.mcu.plan import Plan, PopulationPlan, ProjectionPlan
from ranvier.targets.mcu.update import updates
from ranvier.targets.mcu.worst.sizes import Sizes

_STAGES = {
    "AffineStage": "affine", "RectifyStage": "rectify", "ClipStage": "clip", "DeltaStage": "delta",
    "ThresholdCrossingStage": "threshold", "LevelCrossingStage": "level",
    "FilterbankStage": "filterbank", "SquareStage": "square", "SmoothStage": "smooth",
}  # fmt: skip
Way = Literal["", "few", "many"]  # events that raw counts are taken for
QUOTIENT_BITS = 8  # rv_core_quotient


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A kernel, for what it is called, and how many times a step.

    A step takes one of several ways, and calls what belongs to it or to no way.
    """

    layer: str  # a population, `input` or `output`
    kernel: str
    sizes: Sizes
    times: int = 1
    way: Way = ""
    loops: str = ""  # whose loops it has, where they are not listed under its own name


def calls(plan: Plan) -> tuple[Call, ...]:
    """Return what a step of `plan` calls, as `emit` writes it."""
    found = _encoding(plan)
    for p in plan.populations:
        if p.few is None:
            found += _population(plan, p)
        else:
            found += [replace(c, way="few") for c in _population(plan, p.few)]
            found += [replace(c, way="many") for c in _population(plan, p)]
    return tuple(found + _histories(plan) + _decoding(plan))


def _encoding(plan: Plan) -> list[Call]:
    e = plan.network.encoding
    tag, n = RAW_CTYPE[e.raw][1], e.channels
    if plan.scan:
        return [_input("scan_u8", n)]
    if plan.few:
        scan = Call(layer=INPUT, kernel="rv_scan_counts_u8", sizes=Sizes(n=n, events=plan.few))
        return [scan, replace(_input("encode_take_u8", n), way="many")]
    if taken(plan):
        return [_input(f"encode_take_{tag}", n)]
    stages = e.stages
    windows = [k for k, s in enumerate(stages) if isinstance(s, (CountStage, DecimateStage))]
    store = _input("encode_store", plan.inputs)
    if not windows or plan.window == 1:
        return [_input(f"encode_load_{tag}", n), *_stages(plan, 0, len(stages), 1), store]
    split = windows[0]
    before = [
        _input(f"encode_load_{tag}", n, plan.window), *_stages(plan, 0, split, plan.window)
    ]  # fmt: skip
    after = [*_stages(plan, split + 1, len(stages), 1), store]
    if not isinstance(stages[split], CountStage):
        return before + after
    counted = max(plan.widths[split:])  # what the window's sums have room for
    count = _input("encode_count", plan.widths[split], plan.window)
    return [*before, count, *after, _input("zero", 4 * counted)]


def _input(kernel: str, n: int, times: int = 1) -> Call:
    return Call(layer=INPUT, kernel=f"rv_{kernel}", sizes=Sizes(n=n), times=times)


def _stages(plan: Plan, first: int, end: int, times: int) -> list[Call]:
    found = []
    for k in range(first, end):
        stage, n = plan.network.encoding.stages[k], plan.widths[k]
        if isinstance(stage, (CountStage, DecimateStage)):
            continue  # a window of one sample
        one = _input(f"encode_{_STAGES[type(stage).__name__]}", n, times)
        if isinstance(stage, FilterbankStage):
            bands, sections = stage.b.shape
            one = replace(one, sizes=Sizes(n=n, bands=bands, sections=sections))
        found.append(one)
        if isinstance(stage, ThresholdCrossingStage) and stage.refractory:
            found.append(_input("encode_refractory", n, times))
    return found


def _population(plan: Plan, p: PopulationPlan) -> list[Call]:
    name, neurons = p.population.name, p.population
    singles = {q.projection.synapse for q in p.projections if q.single}
    around = Call(
        layer=name, kernel=f"rv_add_state_i{p.word}", sizes=Sizes(n=neurons.size),
        times=2 * len(singles),
    )  # fmt: skip
    found = [around] if singles else []
    parts = [q.projection for q in p.projections]
    late = {(q.source, q.delay) for q in parts if q.delay}
    if p.rests and late:  # looked at before
        found.append(Call(layer=name, kernel="rv_history_at", sizes=Sizes(), times=len(late)))
    for q in p.projections:
        if q.projection.delay:
            found.append(Call(layer=name, kernel="rv_history_at", sizes=Sizes()))
        found.append(Call(layer=name, kernel=q.kernel, sizes=_reached(plan, q)))
        if q.scratch:
            found.append(Call(layer=name, kernel="rv_add_shifted", sizes=Sizes(n=p.padded)))
    divided = neurons.fire is not None and neurons.fire.spikes == "floor"
    # Also the membrane of the step before is divided where it is reset only now.
    quotients = QUOTIENT_BITS * (1 if neurons.reset.timing == "now" else 2) if divided else 0
    sizes = Sizes(n=neurons.size, synapses=len(neurons.synapses), quotients=quotients)
    return [*found, Call(layer=name, kernel=_function(plan, p), loops=p.kernel, sizes=sizes)]


def _function(plan: Plan, p: PopulationPlan) -> str:
    """Return what advances a population: a kernel, or the layer's own function."""
    own = {id(way): function for function, way in updates(plan).items()}
    return own.get(id(p), p.kernel)


def _reached(plan: Plan, q: ProjectionPlan) -> Sizes:
    """Return the sizes of a projection all of whose sources emit."""
    targets, sources = connections.shape(q.projection.connection)
    laid = q.layout
    if isinstance(laid, Windows):
        channels, height, width = laid.shape
        rows, cols = laid.rows.table[:, 2].astype(int), laid.cols.table[:, 2].astype(int)
        reached = channels * int(rows.sum()) * int(cols.sum())
        return Sizes(
            events=sources, sources=sources, channels=channels, height=height,
            rows=channels * width * int(rows.sum()), cols=reached, adds=reached * laid.group_out,
        )  # fmt: skip
    if isinstance(laid, Runs):
        channels, _, width = laid.shape
        outs, plane = laid.outputs
        reached_rows = channels * width * int(laid.rows.table[:, 2].sum())
        return Sizes(
            n=plane, targets=outs, events=sources, channels=channels, rows=reached_rows,
            adds=laid.reached // 4,
        )  # fmt: skip
    entries = laid.weight.size if laid.kind == "sparse" else 0
    entries = laid.passes if isinstance(laid, Entries) else entries
    counted = q.projection.source == INPUT and plan.few and not q.values
    return Sizes(
        events=plan.few if counted else sources, targets=targets, sources=sources, entries=entries
    )


def _histories(plan: Plan) -> list[Call]:
    lengths = [(INPUT, plan.inputs)] if plan.input_history else []
    lengths += [(p.population.name, p.out_words) for p in plan.populations if p.history]
    return [Call(layer=x, kernel="rv_history_push", sizes=Sizes(n=n)) for x, n in lengths]


def _decoding(plan: Plan) -> list[Call]:
    n = plan.network.output_size
    if counts_spikes(plan):
        return [_output("output_events", n), _output("decode_spikes", n)]
    found = []
    for source in plan.network.decode.sources:
        p = next(x for x in plan.populations if x.population.name == source)
        kind = f"i{p.word}" if p.out == "none" else p.out
        found.append(_output(f"output_{kind}", p.population.size))
    summed = plan.network.decode.rule in ("spike-count", "readout-mean")
    return [
        *found, _output(f"decode_{'sum' if summed else 'last'}", n), _output("decode_argmax", n),
    ]  # fmt: skip


def _output(kernel: str, n: int) -> Call:
    return Call(layer="output", kernel=f"rv_{kernel}", sizes=Sizes(n=n))
