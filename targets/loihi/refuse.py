# SPDX-License-Identifier: Apache-2.0
"""What Loihi's neurons don't do, said with what would help."""

from ranvier.errors import RanvierError
from ranvier.ir import Decay, Network, Population

HINT = "quantise the model for this chip: ranvier quantize --numerics loihi"
STATE_BITS = 24
MOST = 2 ** (STATE_BITS - 1) - 1
FRACTION = 12  # bits of a decay


def check_rules(network: Network) -> None:
    """Refuse populations that follow another rule than Loihi's.

    Raises
    ------
    RanvierError
        K001, naming all of it.
    """
    for p in network.populations:
        wrong = [*_current(p), *_membrane(p), *_spikes(p)]
        if wrong:
            raise RanvierError(
                "K001", f"Loihi's neurons don't do this: {'; '.join(dict.fromkeys(wrong))}",
                loc=f"{network.name}:{p.name}", hint=HINT,
            )  # fmt: skip


def _current(p: Population) -> list[str]:
    if len(p.synapses) != 1:
        return [f"{len(p.synapses)} currents a neuron, where they have one"]
    (s,) = p.synapses
    wrong = []
    if (s.bits, s.overflow) != (STATE_BITS, "wrap-upper"):
        wrong.append(f"currents of {s.bits} bits that {s.overflow}")
    if (s.accumulate, s.order, s.read) != ("exact", "decay-then-add", "after"):
        wrong.append("currents that are added to, decay or are read in this order")
    if s.drive_gain is not None or s.gain_shift or set(s.gain.flat) != {1} or s.bias.any():
        wrong.append("gains or biases of currents")
    return [*wrong, *_decay(s.decay, 0)]


def _membrane(p: Population) -> list[str]:
    wrong = _decay(p.decay, 1)
    bounded = p.lower_bound is not None and set(p.lower_bound.flat) == {-MOST}
    if p.bits != STATE_BITS or p.overflow != "saturate" or not bounded:
        wrong.append(f"membranes that don't saturate at {-MOST} and {MOST}")
    if p.saturation != "sum" or p.form != "add":
        wrong.append("another order of saturation")
    if p.refractory:
        wrong.append("refractory periods, which Lava's fixed-point model lacks")
    return wrong


def _spikes(p: Population) -> list[str]:
    if p.fire is None:
        return []
    wrong = []
    if p.fire.spikes != "once" or p.fire.graded:
        wrong.append("several or graded spikes of a neuron in a step")
    if p.reset.kind != "value" or p.reset.timing != "now" or p.reset.value.any():
        wrong.append(f"a reset ({p.reset.kind}, {p.reset.timing}) but to 0 in the spike's step")
    return wrong


def _decay(d: Decay, least: int) -> list[str]:
    top = 2**FRACTION
    if d.kind == "none":
        return []
    if (d.kind, d.shift, d.rounding) != ("multiply", FRACTION, "zero"):
        return [f"decays of kind {d.kind} by {d.shift} bits that round to {d.rounding}"]
    if int(d.factor.min()) < least or int(d.factor.max()) > top:
        return [f"states that keep other than {least} to {top} parts in {top}"]
    return []
