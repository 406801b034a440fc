# SPDX-License-Identifier: Apache-2.0
"""The one exception a user's mistake raises: a stable code, what, where, what to try."""


class RanvierError(Exception):
    """A fault in the user's model, data, options, tools or board; never a bug of ours.

    The text reads ``<loc>: error[<code>]: <what>`` and, on a second line, ``  hint: <hint>``.
    Every code is listed in ``docs/errors.md`` and keeps its meaning for ever.

    Parameters
    ----------
    code
        One letter for the stage and three digits, for example ``Q003``.
    what
        What is wrong, with the offending value and the limit it broke.
    loc
        Where: a file, ``file:layer``, a port or an option. Empty where there is no place.
    hint
        What to try next.
    """

    def __init__(self, code: str, what: str, *, loc: str = "", hint: str) -> None:
        self.code = code
        self.what = what
        self.loc = loc
        self.hint = hint
        super().__init__(code, what, loc, hint)

    def __str__(self) -> str:
        place = f"{self.loc}: " if self.loc else ""
        return f"{place}error[{self.code}]: {self.what}\n  hint: {self.hint}"
