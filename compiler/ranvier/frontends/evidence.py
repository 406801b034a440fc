# SPDX-License-Identifier: Apache-2.0
"""What the numbers in a NIR file say of who wrote it, and what nobody has said yet."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from ranvier.errors import RanvierError
from ranvier.frontends.dialects import EXPORTED_DT
from ranvier.frontends.options import ModelOptions
from ranvier.model import Ambiguity
from ranvier.nodes import FloatArray, Neurons

_CLOSE = 1e-4  # relative; exporters write float32


def rockpool_dt(tau: FloatArray, r: FloatArray) -> FloatArray:
    """Return the dt (s) of each neuron for which Rockpool writes this `r`.

    Rockpool 3.1.0 writes ``r = tau * exp(-dt/tau) / dt``, so ``u exp(u) = 1/r`` with u = dt/tau:
    Newton's method from ``log(1 + 1/r)``, which is right to second order.
    """
    goal = 1 / np.maximum(r, 1e-12)
    u = np.log1p(goal)
    for _ in range(20):
        u = u - (u - goal * np.exp(-u)) / (1 + u)
    return np.asarray(u * tau)


def _agree(x: FloatArray) -> bool:
    return bool(np.ptp(x) <= _CLOSE * np.abs(x).max())


def likely(layers: Sequence[Neurons], dt: float | None) -> str | None:
    """Return the dialect whose exporter leaves numbers like these, or None.

    snnTorch writes tau / r = 1e-4 whatever the step, and so may SpikingJelly; Norse tau = dt times
    the true one, which is shorter than a step; sinabs tau in steps beside r = 1; Rockpool an r from
    which one dt follows; Spyx tau = dt / (1 - r), with a dt of 1 unless it is told another.
    """
    leaky = [n for n in layers if n.tau_mem is not None]
    taus = np.concatenate([n.tau_mem for n in leaky if n.tau_mem is not None] or [np.zeros(0)])
    rs = np.concatenate([n.r for n in leaky] or [np.zeros(0)])
    if not leaky:
        plain = [n for n in layers if n.kind in ("IF", "I")]
        per_step = plain and all((n.r == 1).all() for n in plain) and (dt is None or dt < 0.1)
        return "sinabs" if per_step else None
    unit = bool((rs == 1).all())
    exported = taus / np.where(rs == 0, 1, rs)
    if not unit and _agree(exported) and abs(exported[0] / 1e-4 - 1) < _CLOSE:
        return "snntorch"
    if unit and dt is not None and taus.max() < dt:
        return "norse"
    if unit and taus.min() >= 1 and (dt is None or dt < 0.1):
        return "sinabs"
    if not unit and (rs > 0).all() and _shows(rockpool_dt(taus, rs), taus, dt):
        return "rockpool"
    if not unit and ((rs >= 0) & (rs < 1)).all() and _shows(taus * (1 - rs), taus, 1.0):
        return "spyx"
    return None


def _shows(steps: FloatArray, taus: FloatArray, wanted: float | None) -> bool:
    """Tell whether the steps that neurons were written for are one, by more than chance.

    Neurons of several time constants agree on it, or it is the one that is expected.
    """
    expected = wanted is not None and abs(steps[0] / wanted - 1) <= _CLOSE
    several = np.ptp(taus) > 0.01 * taus.max()  # and not one, rounded twice
    return _agree(steps) and bool(expected or several)


def written_step(layers: Sequence[Neurons], dialect: str, where: str) -> float | None:
    """Return the step (s) that a file's time constants are for, where that is not the network's.

    snnTorch writes 1e-4 whatever the network's own, Spyx what its exporter was given, 1 if nothing.
    None for other dialects, and for numbers that neither wrote.

    Raises
    ------
    RanvierError
        M014 where layers of Spyx were written for several steps.
    """
    leaky = [n for n in layers if n.tau_mem is not None and n.kind != "Threshold"]
    if dialect.startswith("snntorch"):
        wanted = EXPORTED_DT[dialect]
        steps = [n.tau_mem / n.r for n in leaky if n.tau_mem is not None and (n.r != 0).all()]
        alike = all((np.abs(s / wanted - 1) < 0.01).all() for s in steps)
        return wanted if steps and alike else None
    if dialect != "spyx":
        return None
    # An LI is written with r = 1 beside the same time constants: it says nothing of the step.
    telling = [n for n in leaky if n.kind != "LI"]
    if not all(((n.r >= 0) & (n.r < 1)).all() for n in telling):
        return None
    shown = [n.tau_mem * (1 - n.r) for n in telling if n.tau_mem is not None]
    found = np.concatenate(shown) if shown else np.full(1, EXPORTED_DT[dialect])
    if not _agree(found):
        raise RanvierError(
            "M014",
            f"spyx does not write such a file: tau (1 - r) is {found.min():g} and {found.max():g}",
            loc=where,
            hint="choose the --dialect that wrote it, or nir for NIR's own equations",
        )
    return float(np.median(found))


def at_own_step(n: Neurons, written: float | None, dt: float) -> Neurons:
    """Return a layer whose time constants, `written` for another step, are for steps of `dt`.

    What leaks in a step stays as written.
    """
    if written is None or abs(dt / written - 1) <= _CLOSE:
        return n
    by = dt / written
    tau_syn = None if n.tau_syn is None else n.tau_syn * by
    return replace(n, tau_mem=None if n.tau_mem is None else n.tau_mem * by, tau_syn=tau_syn)


def contradiction(layers: Sequence[Neurons], dialect: str, dt: float, where: str) -> None:
    """Refuse a file that the named framework's exporter cannot have written.

    Raises
    ------
    RanvierError
        M014, naming the layer and the numbers.
    """
    for n in layers:
        said = _odd(n, dialect, dt)
        if said:
            raise RanvierError(
                "M014",
                f"{dialect} does not write such a file: {said}",
                loc=f"{where}:{n.name}",
                hint="choose the --dialect that wrote it, or nir for NIR's own equations",
            )


def _odd(n: Neurons, dialect: str, dt: float) -> str:
    """Return what in a layer does not fit its dialect, or nothing."""
    if n.tau_mem is None or n.kind == "Threshold":
        return ""
    if dialect.startswith("snntorch"):
        wanted = EXPORTED_DT[dialect]
        odd = np.abs(n.tau_mem / np.where(n.r == 0, np.inf, n.r) / wanted - 1) > 0.01
        return f"tau / r is not {wanted:g}" if odd.any() and abs(dt / wanted - 1) < 0.01 else ""
    if dialect == "norse" and (dt * dt / n.tau_mem > 1).any():
        return f"tau {n.tau_mem.min():g} would be a time constant shorter than a step"
    if dialect == "norse" and (n.tau_mem >= dt).any():
        return f"tau {n.tau_mem.max():g} is not dt over an inverse time constant"
    if dialect == "sinabs" and (n.r != 1).any():
        return f"r is {n.r.max():g}, not 1"
    if dialect == "rockpool" and (np.abs(rockpool_dt(n.tau_mem, n.r) / dt - 1) > 0.01).any():
        return f"r belongs to dt {rockpool_dt(n.tau_mem, n.r)[0]:g} s, not {dt:g} s"
    return ""


def ambiguities(
    layers: Sequence[Neurons],
    said: str | None,
    dt: float | None,
    options: ModelOptions,
    written: float | None = None,
) -> Iterator[Ambiguity]:
    """Yield what the file leaves open, what was taken for it, and how to say otherwise.

    Parameters
    ----------
    said
        The dialect that the user or the file named, if any.
    dt
        Seconds a step; None where nobody has said so.
    written
        What `written_step` found in the file.
    """
    fires = any(n.fires for n in layers)
    if said is None:
        found = likely(layers, dt)
        names = "snntorch or spikingjelly" if found == "snntorch" else found
        yield Ambiguity(
            topic="dialect",
            what="the file does not say which framework wrote it"
            + (f"; its numbers are those that {names} writes" if found else ""),
            taken="dialect nir: forward Euler, reset in the step of the spike, layers in order",
            option=f"--dialect {names}, or --dialect nir if that is meant" if found
            else "--dialect",
            must=found is not None,
        )  # fmt: skip
    if said in (None, "nir"):
        if fires and said is None and options.reset is None:
            yield Ambiguity(
                topic="reset",
                what="NIR stores v_reset but not the kind of reset",
                taken="reset to v_reset",
                option="--reset",
            )
        if said is None and any(n.tau_syn is not None for n in layers):
            yield Ambiguity(
                topic="update-order",
                what="NIR does not order the updates of current and membrane",
                taken="current first; the membrane sees the new current",
                option="--dialect",
            )
        return
    if dt is not None and written is not None and abs(dt / written - 1) > _CLOSE:
        yield Ambiguity(
            topic="dt",
            what=f"the file's time constants are for steps of {written:g} s",
            taken=f"what leaks in a step stays as written, and a step is {dt:g} s",
            option="--dt",
        )
    if said.startswith("snntorch") and fires:
        if options.reset is None and not options.resets:
            yield Ambiguity(
                topic="reset",
                what="snnTorch's exporter writes v_reset = 0 for every reset_mechanism",
                taken="reset_mechanism 'subtract', the default",
                option="--reset subtract, value ('zero') or none",
                must=True,
            )
        if said == "snntorch<=0.7":
            yield Ambiguity(
                topic="init-hidden",
                what="snnTorch up to 0.7 follows another rule with init_hidden=True",
                taken="the state is passed in",
                option="--dialect snntorch, for init_hidden=True (docs/dialects.md: of Leaky, "
                "RLeaky, and of RSynaptic that subtracts)",
            )
        elif options.reset_timing is None and options.reset != "none":
            yield Ambiguity(
                topic="reset-timing",
                what="snnTorch's exporter does not write reset_delay",
                taken="reset_delay=True, the default: a neuron is reset at the next step",
                option="--reset-timing now, for reset_delay=False",
            )
    if said == "sinabs":
        if any(n.tau_mem is not None for n in layers) and options.norm_input is None:
            yield Ambiguity(
                topic="norm-input",
                what="sinabs' exporter writes r = 1 with norm_input and without",
                taken="norm_input=False",
                option="--norm-input or --no-norm-input",
                must=True,
            )
        if fires and options.lower_bound is None:
            yield Ambiguity(
                topic="lower-bound",
                what="sinabs' exporter does not write min_v_mem", taken="no lower bound",
                option="--lower-bound",
            )  # fmt: skip
    if said in ("sinabs", "rockpool") and fires and options.spikes_per_step is None:
        yield Ambiguity(
            topic="spikes-per-step",
            what=f"{said}'s exporter does not write how often a neuron may fire in a step",
            taken="as often as its membrane holds the threshold, up to 255 times",
            option="--spikes-per-step once",
        )
