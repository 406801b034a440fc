# SPDX-License-Identifier: Apache-2.0
"""A network's state: the members of its struct, and where they lie in it."""

from ranvier.ir import CountStage
from ranvier.targets.mcu.decoding import counts_spikes
from ranvier.targets.mcu.encoding import remembered, taken
from ranvier.targets.mcu.plan import Plan

_PAIRS = "_Alignas(4) int16_t"  # read two at a time
_BYTES = {"int64_t": 8, "int32_t": 4, "uint32_t": 4, "int16_t": 2, "uint16_t": 2, _PAIRS: 2}
_ALIGNED = {_PAIRS: 4}


def members(plan: Plan) -> list[tuple[str, str, int, str]]:
    """Return the state's members (C type, name, length, meaning), widest type first."""
    size = plan.network.output_size
    stages = plan.network.encoding.stages
    counted = [plan.widths[k:] for k, s in enumerate(stages) if isinstance(s, CountStage)]
    found = [
        ("int64_t", "scores", size, "what the decoder has summed"),
        ("int32_t", "out", size, "the last step's output"),
    ]
    if counts_spikes(plan):
        found.append(("uint16_t", "best", 1, "the neuron that fired most often"))
    if plan.drive:
        found.append(("int32_t", "drive", plan.drive, "sums of one population's inputs"))
    if plan.sums:
        found.append((_PAIRS, "sums", plan.sums, "the same in 16 bits"))
    if plan.tile:
        found.append(("uint32_t", "tile", plan.tile, "a convolution's sums, channels last"))
    if plan.scan:
        found.append(("uint16_t", "input", 1 + plan.inputs, "the input's spikes"))
    elif plan.few:
        words = max(1 + plan.few, plan.inputs)
        found.append(("uint16_t", "input", words, "the input's events, or its values"))
    elif plan.input_group > 1:
        whole = plan.inputs + -plan.inputs % plan.input_group
        found.append((_PAIRS, "input", whole, "the encoded input"))
    else:
        found.append(("int16_t", "input", plan.inputs, "the encoded input"))
    if not plan.scan and not taken(plan):
        found.append(("int32_t", "work", max(plan.widths), "the encoder's working values"))
    if plan.scratch:
        found.append(("int32_t", "scratch", plan.scratch, "one projection summed apart"))
    if plan.window > 1 and counted:
        size = max(counted[0])
        found.append(("int32_t", "count", size, "the encoder's sum over a window"))
    found += remembered(plan)
    if plan.resting:
        meaning = f"quiet steps so far of {', '.join(plan.resting)}"
        found.append(("uint16_t", "quiet", len(plan.resting), meaning))
    for p in plan.populations:
        n, name = p.population.size, p.population.name
        ctype = _PAIRS if p.in_pairs else f"int{p.word}_t"
        found.append((ctype, f"v_{name}", p.padded, f"membranes of {name}"))
        if p.population.synapses:
            length = n * len(p.population.synapses)
            found.append((f"int{p.word}_t", f"i_{name}", length, f"synaptic states of {name}"))
        if p.out != "none":
            found.append(("uint16_t", f"out_{name}", p.out_words, f"spikes of {name}"))
        if p.history:
            ring = 1 + p.history * p.out_words
            found.append(("uint16_t", f"past_{name}", ring, f"earlier spikes of {name}"))
    if plan.input_history:
        ring = 1 + plan.input_history * plan.inputs
        found.append(("uint16_t", "past_input", ring, "earlier inputs"))
    width = {"int64_t": 0, "int32_t": 1, "uint32_t": 1, _PAIRS: 1, "int16_t": 2, "uint16_t": 2}
    return sorted(found, key=lambda m: width[m[0]])


def places(plan: Plan) -> list[tuple[str, int, int]]:
    """Return the state's members as (name, first byte, bytes), by the ABI of a 32-bit core."""
    found, at = [], 0
    for ctype, name, length, _ in members(plan):
        size = _BYTES[ctype]
        at += -at % _ALIGNED.get(ctype, size)
        found.append((name, at, size * length))
        at += size * length
    return found


def state_bytes(plan: Plan) -> int:
    """Return sizeof the network's state where 64-bit numbers are aligned to 8 bytes."""
    _, at, size = places(plan)[-1]
    return -(-(at + size) // 8) * 8
