# SPDX-License-Identifier: Apache-2.0
"""What is emitted for a chip: a Lava program with its arrays, and a description of it all.

The program's processes are lava-nc's own: ``LIF``, ``Dense``, ``DelayDense`` and ``Conv``. A layer
is flat, in the order of its population's neurons; what a convolution takes and gives is turned to
the ``(x, y, channel)`` that Lava's Conv has, whose kernels are flipped.
"""

import json
from importlib.resources import files
from typing import Any

import jinja2
import numpy as np
from numpy.typing import NDArray

from ranvier import rvn
from ranvier.ir import Conv
from ranvier.targets.loihi.place import Placement
from ranvier.targets.loihi.plan import Plan, Synapse

SCHEMA = 1
_LAVA = {
    "LIF": "from lava.proc.lif.process import LIF",
    "Conv": "from lava.proc.conv.process import Conv",
    "Dense": "from lava.proc.dense.process import Dense",
    "DelayDense": "from lava.proc.dense.process import DelayDense",
}


def program(plan: Plan, ranvier: str) -> str:
    """Return the Python program; `ranvier` is our version."""
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_template),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
    )
    synapses = [_described(plan, s) for s in plan.synapses]
    kinds = {"LIF", *(s["kind"] for s in synapses)}
    return environment.get_template("net.py.j2").render(
        net=plan.network.name, chip=plan.chip.name, ranvier=ranvier,
        signature=rvn.signature(plan.network).hex()[:16],
        imports=sorted(_LAVA[kind] for kind in kinds),
        inputs=plan.inputs, layers=plan.layers, synapses=synapses,
    )  # fmt: skip


def arrays(plan: Plan) -> dict[str, NDArray[Any]]:
    """Return what the program loads: weights by the name of their synapses, biases of layers."""
    found: dict[str, NDArray[Any]] = {}
    for s in plan.synapses:
        found[s.name] = lava_kernel(s.weights) if s.conv is not None else s.weights
    for x in plan.layers:
        found[f"{x.name}.bias"] = x.bias
    return {name: a.astype(np.int32) for name, a in found.items()}


def lava_kernel(w: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return weights (out, in, h, w) as Lava's Conv has them: (out, x, y, in), flipped."""
    return w[:, :, ::-1, ::-1].transpose(0, 3, 2, 1)


def description(plan: Plan, placement: Placement, netx: str) -> str:
    """Return ``chip.json``: every parameter but weights, the placement, limits and their sources.

    Parameters
    ----------
    netx
        Why there is no ``net.hdf5``; empty where there is.
    """
    cores = {x.name: [c for c in placement.cores if c.layer == x.name] for x in plan.layers}
    said = {
        "schema": SCHEMA,
        "chip": plan.chip.name,
        "network": rvn.signature(plan.network).hex(),
        "lag": max(x.lag for x in plan.layers),
        "inputs": [
            {"name": x.name, "size": x.size, "bit": x.bit, "negative": x.negative,
             "message_bits": x.message_bits}
            for x in plan.inputs
        ],
        "layers": [
            {"name": x.name, "population": x.population, "neurons": x.size, "lag": x.lag,
             "du": x.du, "dv": x.dv, "vth": x.vth, "bias_exponent": x.bias_exponent,
             "fires": x.fires,
             "cores": [{"core": c.core, "first": c.first, "neurons": c.neurons}
                       for c in cores[x.name]]}
            for x in plan.layers
        ],
        "synapses": [
            {"name": s.name, "source": s.source, "target": s.target,
             "kind": _kind(s), "exponent": s.exponent, "weight_bits": s.bits, "delay": s.delay}
            for s in plan.synapses
        ],
        "limits": {name: {"value": x.value, "source": x.source}
                   for name, x in plan.chip.limits.items()},
        "nearest_limit": placement.limit,
        "unproved": list(plan.unproved),
        "netx": netx or "net.hdf5",
    }  # fmt: skip
    return json.dumps(said, indent=2) + "\n"


def _template(name: str) -> str:
    return files("ranvier.targets.loihi").joinpath(name).read_text("utf-8")


def _kind(s: Synapse) -> str:
    if s.conv is not None:
        return "Conv"
    return "DelayDense" if s.delay else "Dense"


def _described(plan: Plan, s: Synapse) -> dict[str, Any]:
    """Return a synapse as the template prints it."""
    ports = f'layers["{s.source}"].s_out' if _is_layer(plan, s.source) else f'inputs["{s.source}"]'
    common = [("num_message_bits", s.message_bits), ("name", f'"{s.name}"')]
    if s.conv is None:
        fields = [
            ("weights", f'WEIGHTS["{s.name}"]'),
            ("weight_exp", s.exponent),
            ("num_weight_bits", s.bits),
        ]
        if s.delay:
            fields += [
                ("delays", f"np.full({s.weights.shape}, {s.delay})"),
                ("max_delay", s.delay),
            ]
        return {
            "name": s.name, "source": s.source, "target": s.target, "kind": _kind(s),
            "fields": fields + common, "from_port": ports, "to_port": "a_out",
        }  # fmt: skip
    channels, height, width = s.conv.input_shape
    fields = [("weight", f'WEIGHTS["{s.name}"]'), *_conv_fields(s.conv)]
    return {
        "name": s.name, "source": s.source, "target": s.target, "kind": "Conv",
        "fields": fields + common,
        "from_port": f"{ports}.reshape(({channels}, {height}, {width})).transpose((2, 1, 0))",
        "to_port": "a_out.transpose((2, 1, 0)).flatten()",
    }  # fmt: skip


def _conv_fields(c: Conv) -> list[tuple[str, object]]:
    channels, height, width = c.input_shape
    return [
        ("input_shape", (width, height, channels)),
        ("stride", c.stride[::-1]),
        ("padding", (c.padding[2], c.padding[0])),
        ("dilation", c.dilation[::-1]),
        ("groups", c.groups),
    ]


def _is_layer(plan: Plan, name: str) -> bool:
    return any(x.name == name for x in plan.layers)
