# SPDX-License-Identifier: Apache-2.0
"""Results as text for a person: plain columns, no colour, the same on every terminal."""

import shlex
from typing import Any

from ranvier.metrics import Metric
from ranvier.tools.families import FAMILIES
from ranvier.tools.flash.flashed import Flashed
from ranvier.tools.report.columns import columns
from ranvier.tools.verbs.compile import Compiled
from ranvier.tools.verbs.compile_each import CompiledEach
from ranvier.tools.verbs.doctor import Checkup
from ranvier.tools.verbs.inspect import Inspection
from ranvier.tools.verbs.live import Live
from ranvier.tools.verbs.quantize import Quantized
from ranvier.tools.verbs.run import Run
from ranvier.tools.verbs.search import Found
from ranvier.tools.verbs.simulate import Simulation
from ranvier.tools.verbs.targets import Targets
from ranvier.tools.verbs.verify import Verification

APT = "apt-get install "
UNSEEN = "not verified on silicon: nobody has seen what Ranvier makes run on this board yet"


def metric(found: Metric | None) -> str:
    """Return a metric, or that there was nothing to score."""
    return "not scored (no labels)" if found is None else f"{found.name} {found.value:.4f}"


def inspection(r: Inspection) -> str:
    """Describe a model or network."""
    step = "dt not known" if r.dt is None else f"dt {r.dt:g} s"
    head = f"{r.kind} {r.name}: {r.channels} channels, {step}, decode {r.decode}"
    stages = f"\nencoding: {' -> '.join(r.encoding)}" if r.encoding else ""
    rows: list[list[object]] = [["layer", "kind", "shape", "from", "parameters"]]
    for layer in r.layers:
        shape = "x".join(str(n) for n in reversed(layer["shape"]))
        values = ", ".join(f"{k} {_value(v)}" for k, v in layer["parameters"].items())
        rows.append([layer["name"], layer["kind"], shape, ", ".join(layer["inputs"]), values])
    notes = "".join(
        f"\nambiguous: {a['what']}\n  taken: {a['taken']} ({a['option']} says otherwise)"
        for a in r.ambiguities
    )
    found = f"{head}{stages}\n{columns(rows)}{notes}"
    return found if r.build is None else f"{found}\n{_build(r.build)}"


def _build(m: dict[str, Any]) -> str:
    """Say what a build needs, what made it, and what it is known by."""
    source = m["source"] or {"file": "none: made in Python", "sha256": "-"}
    rows: list[list[object]] = [
        ["sha256", "", "of"],
        ["network", m["network"]["signature"], m["network"]["name"]],
        ["build", m["build_hash"], "sources, flags and compiler"],
        ["image", m["files"][m["image"]], m["image"]],
        ["source", source["sha256"], source["file"]],
    ]
    if "board" in m:
        rows.append(["board", m["board"]["sha256"], m["board"]["file"]])
    made = f"{m['emit']}, made by ranvier {m['ranvier']} with {m['compiler']}"
    return f"{FAMILIES[m['family']].describe(m, False)}{made}\n{columns(rows)}"


def _value(v: Any) -> str:
    if isinstance(v, list) and len(v) == 2 and all(isinstance(x, float) for x in v):
        return f"{v[0]:g}" if v[0] == v[1] else f"{v[0]:g}..{v[1]:g}"
    return f"{v:g}" if isinstance(v, float) else str(v)


def quantized(r: Quantized, written: str) -> str:
    """Say what quantisation cost."""
    rows: list[list[object]] = [
        [
            "layer",
            "neurons",
            "weights",
            "state",
            "threshold",
            "accumulator",
            "tau error",
            "saturations",
        ]
    ]
    for layer in r.layers():
        bits = ", ".join(str(p["weight_bits"]) for p in layer["projections"])
        word = max((p["accumulator_bits"] for p in layer["projections"]), default=0)
        theta = layer["threshold"]
        rows.append([
            layer["name"], layer["neurons"], f"int{bits}", f"int{layer['state_bits']}",
            "readout" if theta is None else f"{theta['min']}..{theta['max']}",
            f"{word} bits", f"{layer['tau_error']:.3%}", r.saturations[layer["name"]],
        ])  # fmt: skip
    moved = "".join(
        f"\nsparse {p['source']} -> {layer['name']}:"
        f" {p['stored_weights']} of {p['synapses']} weights are stored"
        for layer in r.layers()
        for p in layer["projections"]
        if p["format"] == "sparse"
    )
    moved += "".join(
        f"\nspikes {name}: float {a}, fixed {b}, {c} slots differ"
        for name, (a, b, c) in r.spikes.items()
    )
    clipped = r.saturations["input"]
    if clipped:
        moved += f"\ninput: {clipped} samples beyond full scale were clipped"
    if r.searched is not None:
        moved = f"\n{_search(r.searched)}{moved}"
    scores = f"float {metric(r.float_metric)}, fixed {metric(r.fixed_metric)}"
    return f"{scores} on {r.evaluated_on}\n{columns(rows)}{moved}\nwritten: {written}"


def _search(found: Found) -> str:
    """Return the Pareto front; an arrow marks what was chosen."""
    rows: list[list[object]] = [["", f"{found.counted} bytes", found.scored, "bits"]]
    for m in found.mixes:
        bits = ", ".join(f"{name} {b}" for name, b in m.bits)
        rows.append(["->" if m == found.chosen else "", m.size, f"{m.score:.4f}", bits])
    head = f"mixes of bits, scored on the calibration data (float {found.float_score:.4f}):"
    return f"{head}\n{columns(rows)}"


def simulation(r: Simulation) -> str:
    """Say what a simulation gave."""
    spikes = "".join(
        f"\nspikes {k}: {n} ({n / max(1, r.steps):.2f} a step)" for k, n in r.spikes.items()
    )
    full = "".join(f"\nsaturations {k}: {n}" for k, n in r.saturations.items() if n)
    return (
        f"{r.kind} model: {metric(r.metric)} on {count(r.samples, 'sample')},"
        f" {count(r.steps, 'step')}{spikes}{full}"
    )


def compiled(r: Compiled, whole_memory: bool = False) -> str:
    """Say what was built and what it needs; `whole_memory`: where every byte went."""
    m = r.build.manifest
    said = FAMILIES[m["family"]].describe(m, whole_memory)
    return f"{said}built: {r.build.path} ({m['image']})"


def compiled_each(r: CompiledEach, whole_memory: bool = False) -> str:
    """Say of each target what was built, as for one, and put them side by side."""
    rows: list[list[object]] = [["target", "ROM bytes", "RAM bytes", "stack", "instructions"]]
    rows += [
        [m["target"], *FAMILIES[m["family"]].row(m)] for m in (c.build.manifest for c in r.builds)
    ]
    said = "\n".join(compiled(c, whole_memory) for c in r.builds)
    return f"{said}\n{columns(rows)}\nbuilt: {r.path} ({len(r.builds)} targets)"


def count(n: int, what: str) -> str:
    """Return a number of things, such as ``1 sample``."""
    return f"{n} {what}{'' if n == 1 else 's'}"


def flashed(r: Flashed) -> str:
    """Say what runs on the board."""
    lines = [f"{r.board} runs network {r.signature[:16]}, as compiled"]
    if not r.verified:
        lines = [f"{r.board} was written to; nothing asked it whether it runs {r.signature[:16]}"]
    if r.dry_run:
        lines = [f"dry run: {r.image} would go to {r.board}; nothing was started"]
    if r.bytes:
        lines.append(f"{r.bytes} bytes at 0x{r.address:08x}, sha256 {r.image_sha256}")
    if r.bytes and not r.dry_run:
        lines.append(
            "read back and equal" if r.read_back else "its flash can't be read back this way"
        )
    if r.dry_run:
        for k, step in enumerate(r.steps, start=1):
            lines.append(f"{k}. {step.what}")
            lines += [f"   {shlex.join(step.command)}"] if step.command else []
    if r.verified_on_silicon is False:
        lines.append(UNSEEN)
    return "\n".join(lines)


def ran(r: Run) -> str:
    """Say what the target decoded."""
    text = (
        f"{r.target}: {metric(r.metric)} on {count(r.samples, 'sample')},"
        f" {count(r.steps, 'step')}\n"
        f"round trip of a step: median {r.round_trip_ms['median']:.2f} ms,"
        f" p95 {r.round_trip_ms['p95']:.2f} ms on this computer"
    )
    if r.instructions is not None:
        i = r.instructions
        text += (
            f"\ninstructions a step: {i['min']} to {i['max']}, mean {i['mean']:.0f} (not cycles)"
        )
    return text


def ran_free(r: Live) -> str:
    """Say what the target decoded by itself, and how it kept time."""
    c = r.counts
    return (
        f"{r.target}: {metric(r.metric)} on {count(r.samples, 'sample')},"
        f" {count(r.steps, 'step')}\n"
        f"{c.ticks} ticks of {r.period_ms:g} ms: {c.steps} steps, {c.missed} without a sample,"
        f" {c.lost} lost; {c.late} answers late; {c.sleeps} sleeps"
    )


def verified(r: Verification) -> str:
    """Say whether the target equals the golden model."""
    c = r.compared
    text = (
        f"{r.target}: {r.mismatches} mismatches in {c['spikes']} spike slots ({r.spikes} spikes), "
        f"{c['states']} states and {c['outputs']} outputs over {count(r.samples, 'sample')}"
    )
    f = r.first_mismatch
    if f is not None:
        text += (
            f"\nfirst: {f['kind']} of {f['layer']}, neuron {f['neuron']}, sample {f['sample']}, "
            f"step {f['step']}: expected {f['expected']}, got {f['got']}"
        )
    return text if r.simulated is None else f"{text}\nsimulated: {r.simulated}"


def targets(r: Targets) -> str:
    """List the targets."""
    head = ["target", "core", "ROM", "RAM", "flash", "deadline", "watchdog", "what it is"]
    rows: list[list[object]] = [list(head)]
    for t in r.targets:
        unseen = "; not verified on silicon" if t.verified_on_silicon is False else ""
        guards = [t.deadline or "-", t.watchdog or "-"]
        size = [_size(t.rom), _size(t.ram)]
        rows.append([t.name, t.core, *size, t.flash or "-", *guards, t.describes + unseen])
    return columns(rows, indent="")


def _size(n: int) -> str:
    return f"{n // 1024} KiB" if n else "-"


def checkup(r: Checkup) -> str:
    """List the tools."""
    rows: list[list[object]] = [["tool", "found", "needed for"]]
    for t in r.tools:
        rows.append(
            [t.name, (t.version or "yes") if t.found else f"missing: {t.install}", t.needed_for]
        )
    ways = [t.install for t in r.tools if not t.found and not t.optional]
    packages = " ".join(way.removeprefix(APT) for way in ways if way.startswith(APT))
    return columns(rows, indent="") + (
        f"\nto get what must be here: {APT}{packages}" if ways else ""
    )
