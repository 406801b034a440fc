# SPDX-License-Identifier: Apache-2.0
"""Run a build's networks in the vendor's fixed-point models: ``run.py JOB.json``.

Runs in an environment of its own, which has lava-nc and lava-dl and not Ranvier. The job names,
for each run, what was emitted, the inputs (``.npz``, (samples, steps, channels) by name) and where
the traces go (``.npy``, (layers' steps, 3, neurons) by layer, in ``.npz``). All samples of a run
are one simulation: from the start of each to a layer's first step, which is later the more hops
lead to it, its states and what it sends are held at 0 through Lava's variables. The versions that
computed the traces are printed.
"""

import ctypes
import importlib.util
import json
import logging
import os
import signal
import sys
import tempfile
import traceback
from importlib.metadata import version
from pathlib import Path

import lava_shim  # noqa: F401 -- it makes what follows importable
import numpy as np
import ports
from lava.lib.dl.netx import hdf5
from lava.magma.core.run_conditions import RunSteps
from lava.magma.core.run_configs import Loihi2SimCfg

PACKAGES = ("lava-nc", "lava-dl", "numpy")
_PR_SET_PDEATHSIG = 1


def end_with_parent():
    """Let a process that Lava forks end when this one does, however that comes about."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def main(job):
    """Run all runs of a job, one simulation after the other."""
    for run in json.loads(Path(job).read_text())["runs"]:
        with tempfile.TemporaryDirectory() as folder, np.load(run["inputs"]) as inputs:
            simulate(run, {name: inputs[name] for name in inputs.files}, Path(folder))
    print(json.dumps({name: version(name) for name in PACKAGES}))


def simulate(run, inputs, folder):
    """Run one network over all samples and write its traces."""
    samples, steps, _ = next(iter(inputs.values())).shape
    lags = run["lags"]
    last = max(lags.values())
    each = steps + last
    feeds = {
        name: feed(folder / f"{name}.in", x, each, run["shapes"].get(name))
        for name, x in inputs.items()
    }
    build = netx if run["kind"] == "netx" else program
    layers, leave = build(run, {name: f.out for name, f in feeds.items()})
    files = {}
    for name, (neurons, spikes) in layers.items():
        files[name] = folder / f"{name}.trace"
        ports.Recorder(str(files[name]), neurons, spikes, samples * each)
    first = next(iter(layers.values()))[0]
    config = Loihi2SimCfg(select_tag="fixed_pt", loglevel=logging.ERROR)
    for sample in range(samples):
        for step in range(each):
            if step > last:
                first.run(condition=RunSteps(each - step), run_cfg=config)
                break
            if sample or step:  # before Lava's first step everything is 0 by itself
                hold([name for name in layers if lags[name] >= step], layers, leave)
                if not step:
                    clear(leave["input"])
            first.run(condition=RunSteps(1), run_cfg=config)
    first.stop()
    traces = {}
    for name, (neurons, _) in layers.items():
        shape = (samples, each, 3, *neurons.v.shape)
        traces[name] = np.fromfile(files[name], np.int32).reshape(shape)
    np.savez(run["traces"], **traces)


def feed(file, x, each, shape):
    """Write inputs to a file, zeros after each sample, and return the process that sends them."""
    samples, steps, channels = x.shape
    rows = np.zeros((samples, each, channels), np.int32)
    rows[:, :steps] = x
    if shape is not None:  # (channels, h, w), which netx wants as (x, y, channel)
        rows = rows.reshape(samples, each, *shape).transpose(0, 1, 4, 3, 2)
    np.ascontiguousarray(rows).tofile(file)
    return ports.Feed(str(file), rows.shape[2:], samples * each)


def program(run, inputs):
    """Connect the emitted Lava program.

    Returns neurons with the port of their spikes, and the synapses that leave each layer.
    """
    spec = importlib.util.spec_from_file_location("emitted", run["file"])
    emitted = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(emitted)
    layers, synapses = emitted.network(inputs)
    leave = {name: [] for name in ("input", *layers)}
    for name, source in run["sources"].items():
        leave[source if source in layers else "input"].append(synapses[name])
    return {name: (n, n.s_out) for name, n in layers.items()}, leave


def netx(run, inputs):
    """Load ``net.hdf5``; return the same."""
    (source,) = inputs.values()
    net = hdf5.Network(net_config=run["file"], input_message_bits=run["message_bits"])
    source.connect(net.inp)
    layers = dict(zip(run["lags"], net.layers, strict=True))
    leave = {"input": [net.layers[0].synapse]}
    for k, (name, layer) in enumerate(layers.items()):
        leave[name] = [b.synapse for b in net.layers[k + 1 : k + 2]]
        if hasattr(layer, "synapse_rec"):
            leave[name].append(layer.synapse_rec)
    return {name: (b.neuron, b.out) for name, b in layers.items()}, leave


def hold(names, layers, leave):
    """Keep layers at 0 that have not begun, and what they may have sent from arriving."""
    for name in names:
        neurons, _ = layers[name]
        for state in (neurons.u, neurons.v):
            state.set(np.zeros(state.shape, np.int32))
        clear(leave[name])


def clear(synapses):
    """Forget the spikes that are on their way through synapses."""
    for s in synapses:
        waiting = s.a_buff if hasattr(s, "a_buff") else s.a_buf
        waiting.set(np.zeros(waiting.shape, np.int32))


if __name__ == "__main__":
    os.register_at_fork(after_in_child=end_with_parent)
    try:
        main(sys.argv[1])
    except BaseException as error:
        traceback.print_exc()
        print(f"{type(error).__name__}: {str(error).partition(chr(10))[0]}", file=sys.stderr)
        sys.stderr.flush()
        os._exit(1)  # Lava's processes would be waited for, for ever
