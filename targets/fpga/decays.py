# SPDX-License-Identifier: Apache-2.0
"""Decays and synaptic gains as the core's one multiplication: exact, or refused."""

from ranvier.errors import RanvierError
from ranvier.ir import Decay, SynapticState
from ranvier.targets.fpga.plan import FACTOR_BITS, Row

_ONE = 1 << FACTOR_BITS


def sweep(rule: Decay, name: str) -> Row:
    """Return the sweep that computes D(v), rows still to be named.

    Raises
    ------
    RanvierError
        V001 where neurons decay differently, V002 where a factor has more bits than the core's.
    """
    if rule.kind == "none":
        return Row(op="sweep")
    if len(set(rule.factor.flat)) != 1:
        raise RanvierError(
            "V001", f"the neurons of {name} have different time constants", loc=name,
            hint="quantise with --decay shared",
        )  # fmt: skip
    factor, shift = int(rule.factor.flat[0]), rule.shift
    if rule.kind == "shift":
        factor, shift = 1, factor
    fraction = _fraction(factor, shift, name)
    if rule.kind == "multiply":
        return _kept(fraction, up=False)
    return _kept(_ONE - fraction, up=True)


def parts(s: SynapticState, name: str) -> tuple[int, Row | None]:
    """Return what of ``(i * gain) >> gain_shift`` is a multiple of i, and the sweep of the rest."""
    gain, shift = int(s.gain.flat[0]), s.gain_shift
    if shift <= 0:
        return gain << -shift, None
    whole, rest = gain >> shift, gain & ((1 << shift) - 1)
    return whole, _kept(_fraction(rest, shift, name), up=False) if rest else None


def _fraction(factor: int, shift: int, name: str) -> int:
    """Return ``factor / 2**shift`` in units of 2**-FACTOR_BITS."""
    while shift > FACTOR_BITS and factor % 2 == 0:
        factor, shift = factor // 2, shift - 1
    if shift > FACTOR_BITS or factor << (FACTOR_BITS - shift) > _ONE:
        raise RanvierError(
            "V002", f"{name} decays by {factor} / 2**{shift}; the core's factors have {FACTOR_BITS}"
            " bits below one", loc=name, hint="a longer time step makes the decay a shorter number",
        )  # fmt: skip
    return factor << (FACTOR_BITS - shift)


def _kept(fraction: int, up: bool) -> Row:
    """Return the sweep that keeps ``fraction / 2**FACTOR_BITS`` of v, rounded up or down."""
    bare = fraction < _ONE // 2
    factor = fraction if bare else fraction - _ONE
    return Row(op="sweep", factor=factor, bare=bare, round=up)
