# SPDX-License-Identifier: Apache-2.0
"""Makes lava-nc 0.10.0 and lava-dl 0.6.0 importable where Ranvier needs them; import it first.

Two things stand in the way. Python from 3.11 on refuses a dataclass field whose default can't be
hashed, and Lava has some, such as ``ByteEncoder()``: here such a default of Lava's becomes a
factory of the same. And netx imports two modules that need torch and OpenCV: a function of the
trainer, which only resonate-and-fire neurons call, and helpers that prototype pipelines. Ranvier
uses neither; here both are empty but for that function, which says so.
"""

import dataclasses
import sys
import types

_field = dataclasses._get_field
_PARAMETERS = "lava.lib.dl.slayer.neuron.rf"
_EMPTY = (
    "lava.lib.dl.slayer",
    "lava.lib.dl.slayer.neuron",
    _PARAMETERS,
    "lava.lib.dl.netx.sequential_modules",
)


def _with_factory(cls, name, *rest):
    kind = type(getattr(cls, name, dataclasses.MISSING))
    if kind.__module__.startswith("lava.") and kind.__hash__ is None:
        setattr(cls, name, dataclasses.field(default_factory=kind))
    return _field(cls, name, *rest)


def _absent(*_arguments):
    raise NotImplementedError("resonate-and-fire neurons need lava-dl's trainer")


dataclasses._get_field = _with_factory
for _name in _EMPTY:
    sys.modules[_name] = types.ModuleType(_name)
    sys.modules[_name].__path__ = []
    sys.modules[_name].__file__ = __file__  # Lava looks for models beside it
sys.modules[_PARAMETERS].neuron_params = _absent
