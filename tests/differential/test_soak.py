# SPDX-License-Identifier: Apache-2.0
"""Ten million steps without a reset in between: every state and answer still the golden model's.

The C runs them one after the other. The golden model runs each stretch of them from the state that
the C had at its beginning, many stretches at once, and must end each in the state that the C had at
its end. The first begins at 0: so both ran the whole way, every step of it.
The seed is printed; RANVIER_SEED replays one.
"""

from pathlib import Path

import numpy as np
from tests.needs import need_program
from tests.soak import soak_input, soak_network, soak_seed

from ranvier import reference
from ranvier.ir import Network
from ranvier.qformat import int_max
from ranvier.tools.link.client import Device
from ranvier.tools.link.layout import State
from ranvier.tools.session import open_device
from ranvier.tools.verbs.compile import compile

STEPS = 10_000_000
STRETCH = 1000  # steps between two readings of the C's state
AT_ONCE = 500  # stretches that the golden model runs together


def read(device: Device, network: Network) -> reference.Start:
    """Return all that the device remembers from one step to the next, but the decoder's sums."""
    populations = network.populations
    return reference.Start(
        v={p.name: device.read_state(p.name) for p in populations},
        synapses={
            p.name: np.stack([device.read_state(p.name, State.SYNAPSE)])
            for p in populations
            if p.synapses
        },
        spikes={p.name: device.read_state(p.name, State.OUTPUT) for p in populations if p.fire},
    )


def together(starts: list[reference.Start]) -> reference.Start:
    """Return the states of many stretches as those of many samples."""
    first = starts[0]
    return reference.Start(
        v={k: np.stack([s.v[k] for s in starts]) for k in first.v},
        synapses={k: np.stack([s.synapses[k] for s in starts]) for k in first.synapses},
        spikes={k: np.stack([s.spikes[k] for s in starts]) for k in first.spikes},
    )


def agree(trace: reference.Trace, ends: reference.Start) -> None:
    """The golden model ended each stretch where the C ended it."""
    for k, v in ends.v.items():
        np.testing.assert_array_equal(trace.v[k][:, -1], v)
    for k, i in ends.synapses.items():
        np.testing.assert_array_equal(trace.synapses[k][:, -1], i)
    for k, spikes in ends.spikes.items():
        np.testing.assert_array_equal(trace.spikes[k][:, -1], spikes)


def test_the_c_is_the_golden_model_after_ten_million_steps(tmp_path: Path) -> None:
    need_program("gcc", "gcc libc6-dev")
    network = soak_network()
    draw = np.random.default_rng(soak_seed())
    build = compile(network, "host", tmp_path / "soak").build
    scores = np.zeros(network.output_size, np.int64)
    spikes = saturations = changes = last = done = 0
    with open_device(build) as device:
        device.reset()
        at = read(device, network)
        assert not any(v.any() for v in (*at.v.values(), *at.synapses.values()))
        while done < STEPS:
            raw = soak_input(draw, AT_ONCE, STRETCH)
            starts, outputs, classes = [at], [], []
            for stretch in raw:
                reply = device.step(stretch)
                outputs.append(reply.outputs)
                classes.append(reply.decoded)
                starts.append(read(device, network))
            at = starts[-1]
            trace = reference.simulate(
                network, raw, keep=("v", "synapses", "spikes"), start=together(starts[:-1])
            )
            np.testing.assert_array_equal(trace.out, np.stack(outputs))
            agree(trace, together(starts[1:]))
            sums = scores + trace.out.sum(axis=1).cumsum(axis=0)
            assert np.abs(sums).max() < int_max(48) // 2  # saturating, they would not be sums
            np.testing.assert_array_equal(sums.argmax(axis=1), classes)
            scores = sums[-1]
            spikes += sum(trace.counts.values())
            saturations += sum(trace.saturations.values())
            changes += int(np.count_nonzero(np.diff([last, *classes])))
            last, done = classes[-1], done + AT_ONCE * STRETCH
        assert device.stats().steps == done == STEPS
    assert spikes > STEPS and saturations > STEPS // 10
    print(f"{done} steps, {spikes} spikes, {saturations} saturations, {changes} changes of class")
