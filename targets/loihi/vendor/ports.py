# SPDX-License-Identifier: Apache-2.0
"""Processes that feed a Lava network from a file and record it in files; they compute nothing.

Lava's own RingBuffer and Monitor hand whole recordings over element by element. These map files
of 32-bit integers instead, a row a step.
"""

import numpy as np
from lava.magma.core.decorator import implements, requires
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyInPort, PyOutPort, PyRefPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.process.ports.ports import InPort, OutPort, RefPort
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol


class Feed(AbstractProcess):
    """Sends row t of a file in step t."""

    def __init__(self, file, shape, steps):
        super().__init__(file=file, rows=(steps, *shape))
        self.out = OutPort(shape=shape)


@implements(proc=Feed, protocol=LoihiProtocol)
@requires(CPU)
class FeedModel(PyLoihiProcessModel):
    """See `Feed`."""

    out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32)

    def __init__(self, proc_params):
        super().__init__(proc_params)
        self.rows = np.memmap(proc_params["file"], np.int32, "r", shape=proc_params["rows"])

    def run_spk(self):
        """Send; Lava's steps count from 1."""
        self.out.send(np.array(self.rows[self.time_step - 1]))


class Recorder(AbstractProcess):
    """Writes the current, the membrane and the spikes of neurons after each step, (steps, 3, …)."""

    def __init__(self, file, neurons, spikes, steps):
        super().__init__(file=file, rows=(steps, 3, *neurons.v.shape))
        self.u, self.v = RefPort(shape=neurons.u.shape), RefPort(shape=neurons.v.shape)
        self.s = InPort(shape=spikes.shape)
        self.u.connect_var(neurons.u)
        self.v.connect_var(neurons.v)
        spikes.connect(self.s)
        np.memmap(file, np.int32, "w+", shape=(steps, 3, *neurons.v.shape))


@implements(proc=Recorder, protocol=LoihiProtocol)
@requires(CPU)
class RecorderModel(PyLoihiProcessModel):
    """See `Recorder`."""

    u: PyRefPort = LavaPyType(PyRefPort.VEC_DENSE, np.int32)
    v: PyRefPort = LavaPyType(PyRefPort.VEC_DENSE, np.int32)
    s: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32)

    def __init__(self, proc_params):
        super().__init__(proc_params)
        self.rows = np.memmap(proc_params["file"], np.int32, "r+", shape=proc_params["rows"])

    def post_guard(self):
        """Ask for `run_post_mgmt` in every step."""
        return True

    def run_spk(self):
        """Take what the neurons emit in this step."""
        self.rows[self.time_step - 1, 2] = self.s.recv()

    def run_post_mgmt(self):
        """Read the states that this step left."""
        self.rows[self.time_step - 1, 0] = self.u.read()
        self.rows[self.time_step - 1, 1] = self.v.read()
