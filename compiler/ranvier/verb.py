# SPDX-License-Identifier: Apache-2.0
"""Lets a package be called like the verb it is named for: ``ranvier.quantize(...)``."""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any


def make_callable(package: str, function: str) -> None:
    """Make the imported `package` call ``module:name``, imported on first use.

    `ranvier.quantize` is both a folder of the design and a verb of the Python API; whichever is
    imported first would otherwise hide the other. A module's class may be replaced (Python
    reference, "Customizing module attribute access").
    """
    module, name = function.split(":")

    class Verb(ModuleType):
        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            return getattr(import_module(module), name)(*args, **kwargs)

    sys.modules[package].__class__ = Verb
