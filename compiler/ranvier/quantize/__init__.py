# SPDX-License-Identifier: Apache-2.0
"""Float model -> integer network, and what that costs. Callable: ``ranvier.quantize(...)``."""

from ranvier.verb import make_callable

make_callable(__name__, "ranvier.tools.verbs.quantize:quantize")
