# SPDX-License-Identifier: Apache-2.0
"""Projections as C text: the tables of a layout, and the call that adds them up."""

import numpy as np
from numpy.typing import NDArray

from ranvier import connections
from ranvier.ir import INPUT
from ranvier.targets.mcu.ctext import call, struct, table
from ranvier.targets.mcu.layouts import (
    Columns,
    PairedColumns,
    SparseColumns,
    SubByteColumns,
    Windows,
    WovenColumns,
)
from ranvier.targets.mcu.layouts_words import Entries, Runs
from ranvier.targets.mcu.plan import Plan, PopulationPlan, ProjectionPlan
from ranvier.targets.mcu.spans import Spans
from ranvier.targets.mcu.tables import symbol


def projection_tables(net: str, plan: PopulationPlan) -> list[str]:
    """Return the tables of the projections into one population."""
    return [t for k, q in enumerate(plan.projections) for t in _tables(net, q, k)]


def _tables(net: str, q: ProjectionPlan, k: int) -> list[str]:
    p, laid = q.projection, q.layout
    whole = f"{p.source} -> {p.target}: "
    match laid:
        case Columns(weight=w):
            what = f"{whole}{w.shape[0]} columns of {w.shape[1]}, {p.bits} bits"
            return [table(_name(net, q, k, "w"), w, what)]
        case PairedColumns(weight=w):
            what = f"{whole}{w.shape[0]} columns of {w.shape[1]}, {p.bits} bits, in pairs"
            return [table(_name(net, q, k, "w"), w, what, aligned=True)]
        case SubByteColumns(weight=w):
            each = f"{w.shape[0]} columns of {laid.targets}, {laid.bits} bits"
            what = f"{whole}{each}, {8 // laid.bits} to a byte"
            return [table(_name(net, q, k, "w"), w, what, aligned=bool(laid.suffix))]
        case WovenColumns(weight=w):
            what = f"{whole}{w.shape[0]} groups of targets, {p.bits} bits, "
            what += f"{laid.together} sources together"
            return [table(_name(net, q, k, "w"), w, what, aligned=True)]
        case SparseColumns(weight=w, offsets=offsets):
            what = f"{whole}{w.size} entries in {offsets.size - 1} columns, {p.bits} bits"
            return [
                table(_name(net, q, k, "w"), w, what),
                table(_name(net, q, k, "offsets"), offsets),
                table(_name(net, q, k, "targets"), laid.targets),
                _sparse(net, q, k, laid),
            ]
        case Windows():
            return _windows(net, q, k, laid)
        case Entries(pairs=pairs):
            what = f"{whole}{laid.operations} entries in {pairs.size - 1} columns, {p.bits} bits"
            return [
                table(_name(net, q, k, "w"), laid.weight, what),
                table(_name(net, q, k, "pairs"), pairs),
            ]
        case Runs():
            return _runs(net, q, k, laid)


def _windows(net: str, q: ProjectionPlan, k: int, laid: Windows) -> list[str]:
    p = q.projection
    channels, height, width = laid.shape
    what = f"{p.source} -> {p.target}: {laid.kind} over {channels} x {height} x {width}"
    tables = [
        _spans(_name(net, q, k, "rows"), laid.rows, f"{what}, rows"),
        _spans(_name(net, q, k, "cols"), laid.cols, f"{what}, columns"),
    ]
    window = (
        f"{{.rows = {_name(net, q, k, 'rows')},\n               "
        f".cols = {_name(net, q, k, 'cols')},\n               "
        f".channels = {channels}U, .height = {height}U, .width = {width}U,\n               "
        f".plane = {laid.plane}U, .row_out = {laid.rows.out_step}U, "
        f".col_out = {laid.cols.out_step}U}}"
    )
    fields = [("window", window)]
    if laid.kind == "pool":
        fields.append(("weight", str(int(laid.weight[0]))))
    else:
        shape = " x ".join(map(str, laid.weight.shape))
        tables.insert(0, table(_name(net, q, k, "w"), laid.weight, f"{what}: {shape} weights"))
        fields += [
            ("group_in", f"{laid.group_in}U"),
            ("group_out", f"{laid.group_out}U"),
            ("taps", f"{laid.taps}U"),
            ("row_tap", f"{laid.rows.tap_step}U"),
            ("col_tap", f"{laid.cols.tap_step}U"),
        ]
    return [*tables, struct(f"rv_{laid.kind}_t", _name(net, q, k, laid.kind), fields)]


def _runs(net: str, q: ProjectionPlan, k: int, laid: Runs) -> list[str]:
    p = q.projection
    channels, height, width = laid.shape
    what = f"{p.source} -> {p.target}: runs over {channels} x {height} x {width}"
    shape = " x ".join(map(str, laid.weight.shape))
    fields = [
        ("rows", _name(net, q, k, "rows")),
        ("cols", _name(net, q, k, "cols")),
        ("inverse", f"{laid.inverse}U"),
        ("width", f"{width}U"),
        ("size", f"{height * width}U"),
        ("taps", f"{laid.weight[0].size}U"),
        ("row_tap", f"{laid.rows.tap_step}U"),
        ("row_out", f"{laid.rows.out_step}U"),
        ("plane", f"{laid.outputs[1]}U"),
        ("words", f"{laid.words}U"),
        ("channels", f"{laid.outputs[0]}U"),
    ]
    return [
        table(_name(net, q, k, "w"), laid.weight, f"{what}: {shape} words of two weights"),
        _spans(_name(net, q, k, "rows"), laid.rows, f"{what}, rows"),
        _spans(_name(net, q, k, "cols"), laid.cols, f"{what}, columns"),
        struct("rv_runs_t", _name(net, q, k, "runs"), fields),
    ]


def _spans(name: str, found: Spans, what: str) -> str:
    return _structs(name, "rv_span_t", found.table, f"{what}: tap, out, n")


def _structs(name: str, ctype: str, rows: NDArray[np.uint16], what: str) -> str:
    """Return a table of structs, a row each."""
    each = ["{" + ", ".join(map(str, row)) + "}" for row in rows.tolist()]
    body = ",\n    ".join(", ".join(each[i : i + 4]) for i in range(0, len(each), 4))
    return f"/* {what} */\nstatic const {ctype} {name}[{len(each)}] = {{\n    {body},\n}};\n"


def _sparse(net: str, q: ProjectionPlan, k: int, laid: SparseColumns) -> str:
    fields = [
        ("offsets", _name(net, q, k, "offsets")),
        ("targets", _name(net, q, k, "targets")),
        ("sources", f"{laid.offsets.size - 1}U"),
    ]
    return struct("rv_sparse_t", _name(net, q, k, "sparse"), fields)


def _name(net: str, q: ProjectionPlan, k: int, kind: str) -> str:
    """Return the C name of a table of the k-th projection into its target."""
    return symbol(net, f"{kind}{k}", q.projection.target)


def projection_calls(plan: Plan, p: PopulationPlan) -> list[str]:
    """Return the calls that sum the projections into one population."""
    size = p.padded
    sums = "sums" if p.narrow else "drive"
    lines = _states(p, 1)
    for k, q in enumerate(p.projections):
        offset = q.projection.synapse * size
        drive = f"&s->{sums}[{offset}]" if offset else f"s->{sums}"
        to = "s->scratch" if q.scratch else drive
        each = [f"{q.projection.shift}U", f"{q.single}U"] if q.single else []
        each = [str(q.projection.shift)] if q.values_kernel else each
        each = [f"{p.population.size}U"] if q.kernel == "rv_events_set_entries" else each
        each = ["s->tile"] if isinstance(q.layout, Runs) else each
        lines.append(call(q.kernel, *_parameters(plan, p, q, k), _source(plan, q), *each, to))
        if q.scratch:
            lines.append(call("rv_add_shifted", drive, "s->scratch", f"{size}U", str(_apart(p, q))))
    return lines + _states(p, -1)


def arrivals(plan: Plan, p: PopulationPlan) -> list[str]:
    """Return a C expression for each list of events that reaches a population: its length."""
    return list(dict.fromkeys(f"{_source(plan, q)}[0]" for q in p.projections))


def _apart(p: PopulationPlan, q: ProjectionPlan) -> int:
    """Return by how much a projection's sums are shifted before the population shifts all."""
    return q.projection.shift - p.shifts[q.projection.synapse]


def _states(p: PopulationPlan, sign: int) -> list[str]:
    """Return the calls that start, or end, adding events to the states themselves."""
    size, name = p.population.size, p.population.name
    singles = sorted({q.projection.synapse for q in p.projections if q.single})
    return [
        call(
            f"rv_add_state_i{p.word}",
            f"&s->drive[{k * size}]",
            f"&s->i_{name}[{k * size}]",
            f"{size}U",
            str(sign),
        )
        for k in singles
    ]


def _parameters(plan: Plan, p: PopulationPlan, q: ProjectionPlan, k: int) -> list[str]:
    net, laid = plan.network.name, q.layout
    weights = _name(net, q, k, "w")
    if isinstance(laid, PairedColumns):
        sources, stride = laid.weight.shape
        return [weights, f"{stride}U", *([f"{sources}U"] if q.values else [])]
    if isinstance(laid, SubByteColumns):
        sources = len(laid.weight)
        return [weights, f"{laid.targets}U", *([f"{sources}U"] if q.values else [])]
    if isinstance(laid, WovenColumns):
        return [weights, f"{p.padded}U", f"{laid.weight.shape[1]}U"]
    if isinstance(laid, Columns):
        targets, sources = connections.shape(q.projection.connection)
        return [weights, f"{targets}U", *([f"{sources}U"] if q.values else [])]
    if isinstance(laid, Entries):
        return [_name(net, q, k, "pairs"), weights]
    parameters = f"&{_name(net, q, k, laid.kind)}"
    return [parameters] if laid.kind == "pool" else [parameters, weights]


def _source(plan: Plan, q: ProjectionPlan) -> str:
    """Return the C expression for what a projection reads."""
    source, delay = q.projection.source, q.projection.delay
    if source == INPUT:
        slots, words, now = plan.input_history, plan.inputs, "s->input"
    else:
        origin = next(p for p in plan.populations if p.population.name == source)
        slots, words, now = origin.history, origin.out_words, f"s->out_{source}"
    if not delay:
        unsigned = source != INPUT or plan.few
        return f"(const int16_t *){now}" if q.values and unsigned else now
    past = f"rv_history_at(s->past_{source}, {slots}U, {words}U, {delay}U)"
    return f"(const int16_t *){past}" if q.values else past
