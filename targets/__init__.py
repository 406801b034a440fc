# SPDX-License-Identifier: Apache-2.0
"""Back ends, one folder a family. Callable: ``ranvier.targets()`` lists the targets."""

from ranvier.verb import make_callable

make_callable(__name__, "ranvier.tools.verbs.targets:targets")
