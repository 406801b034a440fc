# SPDX-License-Identifier: Apache-2.0
"""Ranvier: a trained spiking network as integers, and every target equal to them bit for bit.

The verbs of the command line are functions here, with the same names: ``load``, ``inspect``,
``quantize``, ``simulate``, ``explain``, ``compile``, ``flash``, ``run``, ``verify``, ``targets``,
``doctor``; ``compile_each`` is ``compile`` with several targets, ``live`` is ``run --live``.
"""

from importlib import import_module
from typing import Any

_EXPORTS = {
    "Data": "ranvier.frontends.data:Data",
    "ModelOptions": "ranvier.frontends.options:ModelOptions",
    "RanvierError": "ranvier.errors:RanvierError",
    "compile": "ranvier.tools.verbs.compile:compile",
    "compile_each": "ranvier.tools.verbs.compile_each:compile_each",
    "doctor": "ranvier.tools.verbs.doctor:doctor",
    "explain": "ranvier.tools.verbs.explain:explain",
    "flash": "ranvier.tools.verbs.flash:flash",
    "inspect": "ranvier.tools.verbs.inspect:inspect",
    "live": "ranvier.tools.verbs.live:live",
    "load": "ranvier.tools.verbs.load:load",
    "load_data": "ranvier.frontends.data:load_data",
    "run": "ranvier.tools.verbs.run:run",
    "search": "ranvier.tools.verbs.search:search",
    "simulate": "ranvier.tools.verbs.simulate:simulate",
    "verify": "ranvier.tools.verbs.verify:verify",
}
# Packages that are verbs as well, and can be called: see ranvier.verb.
_PACKAGES = ("quantize", "targets")

__all__ = sorted([*_EXPORTS, *_PACKAGES])


def __getattr__(name: str) -> Any:
    if name in _EXPORTS:
        module, attribute = _EXPORTS[name].split(":")
        return getattr(import_module(module), attribute)
    if name in _PACKAGES:
        return import_module(f"ranvier.{name}")
    raise AttributeError(f"module 'ranvier' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
