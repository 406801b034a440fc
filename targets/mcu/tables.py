# SPDX-License-Identifier: Apache-2.0
"""The constant tables of a network's C: neuron parameters, encoder parameters."""

import numpy as np
from numpy.typing import NDArray

from ranvier.ir import (
    AffineStage,
    Decay,
    FilterbankStage,
    IntArray,
    LevelCrossingStage,
    Network,
    SynapticState,
    ThresholdCrossingStage,
)
from ranvier.qformat import int_max
from ranvier.targets.mcu.ctext import struct, table
from ranvier.targets.mcu.plan import PopulationPlan

_DECAY = {"none": "RV_DECAY_NONE", "multiply": "RV_DECAY_MULTIPLY", "leak": "RV_DECAY_LEAK",
          "shift": "RV_DECAY_SHIFT"}  # fmt: skip
_ROUNDING = {"floor": "RV_FLOOR", "zero": "RV_TOWARD_ZERO"}
_OVERFLOW = {"saturate": "RV_SATURATE", "wrap": "RV_WRAP", "wrap-upper": "RV_WRAP_UPPER"}
_FIT = {"sum": "RV_FIT_SUM", "each": "RV_FIT_EACH", "increment": "RV_FIT_INCREMENT"}
_ORDER = {"decay-then-add": "RV_DECAY_THEN_ADD", "add-then-decay": "RV_ADD_THEN_DECAY"}
_READ = {"after": "RV_READ_AFTER", "before": "RV_READ_BEFORE"}
_FIRE = {">": "RV_FIRE_GT", ">=": "RV_FIRE_GE"}
_RESET = {"none": "RV_RESET_NONE", "value": "RV_RESET_VALUE", "subtract": "RV_RESET_SUBTRACT"}
_TIMING = {
    "now": "RV_RESET_NOW",
    "next-membrane": "RV_RESET_NEXT_MEMBRANE",
    "next-update": "RV_RESET_NEXT_UPDATE",
    "next-surplus": "RV_RESET_NEXT_SURPLUS",
}


def encoder_tables(network: Network) -> list[str]:
    """Return the tables of the encoding's stages."""
    name, tables = network.name, []
    for k, stage in enumerate(network.encoding.stages):
        match stage:
            case AffineStage():
                tables.append(table(f"{name}_enc{k}_factor", stage.factor.astype(np.int32)))
                tables.append(table(f"{name}_enc{k}_offset", stage.offset.astype(np.int32)))
            case LevelCrossingStage():
                tables.append(table(f"{name}_enc{k}_delta", stage.delta.astype(np.int32)))
            case ThresholdCrossingStage():
                tables.append(table(f"{name}_enc{k}_level", stage.threshold.astype(np.int32)))
            case FilterbankStage():
                rows = np.stack([stage.b, stage.a1, stage.a2], axis=2).reshape(-1)
                tables.append(table(f"{name}_enc{k}_sections", rows.astype(np.int32)))
            case _:
                pass
    return tables


def symbol(net: str, kind: str, layer: str) -> str:
    """Return the C name of one table of a layer.

    Kinds have no underscore, so no two tables share a name, nor does one equal a function of the
    network, whatever the layer is called.
    """
    return f"{net}_{kind}_{layer}"


def population_tables(net: str, plan: PopulationPlan) -> list[str]:
    """Return the parameter tables of a population and, last, the struct that names them."""
    p = plan.population
    state = np.int16 if plan.word == 16 else np.int32

    def named(kind: str) -> str:
        return symbol(net, kind, p.name)

    tables = [
        table(named("decay"), p.decay.factor.astype(np.uint16)),
        table(named("bias"), plan.bias.astype(np.int32)),
    ]
    if p.synapses:
        for k, s in enumerate(p.synapses):
            tables.append(table(named(f"decay{k}"), s.decay.factor.astype(np.uint16)))
            tables.append(table(named(f"bias{k}"), s.bias.astype(np.int32)))
            tables.append(table(named(f"gain{k}"), s.gain.astype(np.int16)))
            if s.drive_gain is not None:
                tables.append(table(named(f"drive{k}"), s.drive_gain.astype(np.uint32)))
        tables.append(_synapses(net, plan))
    fields = [
        ("rule", _rule(plan)),
        ("size", f"{p.size}U"),
        ("bits", f"{p.bits}U"),
        ("max_spikes", f"{p.fire.max_spikes if p.fire else 1}U"),
        ("shift", str(plan.shifts[0] if not p.synapses else 0)),
        ("decay", _decay(named("decay"), p.decay)),
        ("synapses", named("synapses") if p.synapses else "NULL"),
        ("bias", named("bias")),
        ("bias_mask", _mask(plan.bias)),
    ]
    if p.fire is not None:
        tables.append(_thresholds(named("threshold"), plan, p.fire.threshold))
        tables.append(table(named("reset"), p.reset.value.astype(state)))
        fields += [
            ("threshold", named("threshold")),
            ("reset_value", named("reset")),
            ("reset_mask", _mask(p.reset.value)),
        ]
    if p.lower_bound is not None:
        tables.append(table(named("bound"), p.lower_bound.astype(state)))
        fields += [("lower_bound", named("bound")), ("bound_mask", _mask(p.lower_bound))]
    return [*tables, struct(f"rv_population_i{plan.word}_t", named("params"), fields)]


def _thresholds(name: str, plan: PopulationPlan, theta: IntArray) -> str:
    """Return the table of thresholds; neurons that only fill up a group never reach theirs."""
    whole = np.full(plan.padded, int_max(plan.word))
    whole[: theta.size] = theta
    state = np.int16 if plan.word == 16 else np.int32
    return table(name, whole.astype(state), aligned=plan.in_pairs)


def _rule(plan: PopulationPlan) -> str:
    p = plan.population
    fire = _FIRE[p.fire.compare] if p.fire else "RV_FIRE_NONE"
    parts = [
        f".n_synapses = {len(p.synapses)}U",
        f".overflow = {_OVERFLOW[p.overflow]}",
        f".fit = {'RV_FIT_RELAX' if p.form == 'relax' else _FIT[p.saturation]}",
        f".bounded = {0 if p.lower_bound is None else 1}U",
        f".fire = {fire}",
        f".many = {1 if plan.out == 'counts' else 0}U",
        f".reset = {_RESET[p.reset.kind if p.fire else 'none']}",  # no spike, no reset
        f".reset_timing = {_TIMING[p.reset.timing]}",
    ]
    return "{" + ",\n             ".join(parts) + "}"


def _decay(name: str, d: Decay) -> str:
    return (
        f"{{.factor = {name}, .factor_mask = {_mask(d.factor)}, .kind = {_DECAY[d.kind]},\n"
        f"              .shift = {d.shift}U, .rounding = {_ROUNDING[d.rounding]}, "
        f".min_step = {d.min_step}U}}"
    )


def _synapses(net: str, plan: PopulationPlan) -> str:
    name = plan.population.name
    parts = ",\n".join(
        _synapse(net, name, k, s, plan.shifts[k]) for k, s in enumerate(plan.population.synapses)
    )
    count = len(plan.population.synapses)
    whole = symbol(net, "synapses", name)
    return f"static const rv_synapse_t {whole}[{count}] = {{\n{parts},\n}};\n"


def _synapse(net: str, layer: str, k: int, s: SynapticState, shift: int) -> str:
    fields = [
        ("decay", _decay(symbol(net, f"decay{k}", layer), s.decay)),
        ("bias", symbol(net, f"bias{k}", layer)),
        ("gain", symbol(net, f"gain{k}", layer)),
        ("bias_mask", _mask(s.bias)),
        ("gain_mask", _mask(s.gain)),
        *_drive(symbol(net, f"drive{k}", layer), s),
        ("gain_shift", str(s.gain_shift)),
        ("shift", str(shift)),
        ("bits", f"{s.bits}U"),
        ("overflow", _OVERFLOW[s.overflow]),
        ("order", _ORDER[s.order]),
        ("read", _READ[s.read]),
    ]
    return "    {" + ",\n     ".join(f".{f} = {v}" for f, v in fields) + "}"


def _drive(name: str, s: SynapticState) -> list[tuple[str, str]]:
    """Return the fields of a drive that is limited or scaled; left out, they are 0 in C."""
    fields = [("ring_bits", f"{s.ring_bits}U")] if s.accumulate == "ring-buffer" else []
    if s.drive_gain is not None:
        fields += [("drive_gain", name), ("drive_mask", _mask(s.drive_gain))]
        fields += [("drive_shift", f"{s.drive_shift}U")]
    return fields


def _mask(x: IntArray | NDArray[np.integer]) -> str:
    return "0U" if x.size == 1 else "0xFFFFU"
