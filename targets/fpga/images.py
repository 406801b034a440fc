# SPDX-License-Identifier: Apache-2.0
"""What the core reads of a plan: parameters, and memories as text for ``$readmemh``."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ranvier.qformat import int_max, int_min
from ranvier.targets.fpga.plan import FACTOR_BITS, Plan, Row
from ranvier.targets.fpga.refuse import too_wide

EVENT_BITS = 32  # the most: two words over SPI
_OPS = {"sum": 0, "take": 1, "sweep": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """The core's parameters, in the names of ``hdl/rtl/rv_core.v``."""

    values: dict[str, int]

    def __getitem__(self, name: str) -> int:
        return self.values[name]


def parameters(plan: Plan) -> Parameters:
    """Return what the core is built with.

    Raises
    ------
    RanvierError
        V002 where an event would have more than two words of the host's.
    """
    lane_bits = max(1, (plan.lanes - 1).bit_length())
    group_bits = max(1, (plan.groups * plan.fold - 1).bit_length(), plan.fold.bit_length())
    sweeps = [r for r in plan.rows if r.op == "sweep"]
    address = max(
        max((r.stride for r in plan.rows), default=1).bit_length(),
        max(r.groups * plan.lanes for r in plan.rows if not r.clear).bit_length(),
        max(b.weight.shape[1] for b in plan.blocks).bit_length(),
        max(r.events for r in plan.rows).bit_length(),
    )
    delay_bits = max(1, (plan.slots - 1).bit_length())
    list_bits = max(1, (plan.slots * plan.list_words - 1).bit_length())
    weight_address = max(address, (plan.weight_rows - 1).bit_length(), 1)
    row_bits = max(1, (len(plan.rows) - 1).bit_length())
    found = {
        "Lanes": plan.lanes, "LaneW": lane_bits, "WeightW": plan.weight_bits,
        "StateW": plan.state_bits, "SumW": plan.sum_bits, "Frac": plan.fraction,
        "FactorW": FACTOR_BITS, "Strict": int(any(r.strict for r in sweeps)),
        "ResetValue": plan.reset_value, "Move": int(any(r.base != r.to for r in sweeps)),
        "GroupW": group_bits, "Groups": plan.groups * plan.fold, "AddressW": address,
        "ValueW": plan.value_bits, "ListW": list_bits,
        "ListWords": plan.list_words, "DelayW": delay_bits, "WeightAW": weight_address,
        "RowAW": row_bits, "Rows": len(plan.rows), "WeightRows": max(plan.weight_rows, 1),
    }  # fmt: skip
    p = whole(found | _adders(plan) | _windows(plan))
    if p["EventW"] > EVENT_BITS:
        raise too_wide(plan.network.name, f"events of {p['EventW']} bits", EVENT_BITS)
    return p


def _adders(plan: Plan) -> dict[str, int]:
    """Return the parameters of lanes that add events apart; none where each lane multiplies."""
    if not plan.adds:
        return {}
    lefts, powers = 0, 0
    for row in plan.rows:
        if row.op == "sum":
            lefts |= 1 << row.left
        elif row.op == "sweep":
            powers |= abs(row.factor)
    return {"Fold": plan.fold, "Shifts": powers or 1 if plan.leak == "shift" else 0, "Lefts": lefts}


def _windows(plan: Plan) -> dict[str, int]:
    """Return the parameters of windows; none where no weights are shared."""
    if not len(plan.windows):
        return {}
    run, tall = (int(plan.windows[:, k].max()) - 1 for k in (2, 3))
    return {
        "Shared": 1, "ReachAW": max(1, (len(plan.windows) - 1).bit_length()),
        "Reaches": len(plan.windows), "RunW": max(1, run.bit_length()),
        "TallW": max(2, tall.bit_length()),
    }  # fmt: skip


def whole(values: dict[str, int]) -> Parameters:
    """Return parameters with those that follow from others."""
    found = dict(values)
    found["EventW"] = 1 + found["ValueW"] + found["AddressW"]
    found["RowW"] = sum(width for _, width in _fields(found))
    return Parameters(values=found)


def _fields(p: dict[str, int]) -> list[tuple[str, int]]:
    """Return the fields of a row and their widths, lowest first."""
    g = p["GroupW"]
    return [
        ("op", 2), ("end", 1), ("clear", 1), ("input", 1), ("one", 1), ("fire", 1), ("store", 1),
        ("emit", 1), ("read", 1), ("add", 1), ("subtract", 1), ("strict", 1), ("bare", 1),
        ("round", 1), ("base", g), ("more", g), ("to", g), ("list", p["ListW"]),
        ("delay", p["DelayW"]), ("weight", p["WeightAW"]), ("stride", p["AddressW"]),
        ("left", (p["StateW"] - 1).bit_length()), ("factor", p["FactorW"]),
    ]  # fmt: skip


def texts(plan: Plan, p: Parameters) -> dict[str, str]:
    """Return all memories by the name of the parameter that names their file."""
    found = {"Table": table(plan, p), "Thresholds": thresholds(plan), "Weights": weights(plan)}
    return found | ({"Reach": reach(plan, p)} if "Shared" in p.values else {})


def table(plan: Plan, p: Parameters | None = None) -> str:
    """Return the layer table, for a core of at least the plan's own parameters."""
    p = p or parameters(plan)
    lines = []
    for k, row in enumerate(plan.rows):
        word, at = 0, 0
        for name, width in _fields(p.values):
            value = _field(plan, p, row, name, k)
            assert value >> width == 0, f"row {k}: {name} {value} has more than {width} bits"
            word |= value << at
            at += width
        lines.append(f"{word:0{-(-at // 4)}x}")
    return "\n".join(lines) + "\n"


def _field(plan: Plan, p: Parameters, row: Row, name: str, k: int) -> int:
    fold = plan.fold if row.op == "sweep" else 1
    match name:
        case "op":
            return _OPS[row.op]
        case "end":
            return int(k == len(plan.rows) - 1)
        case "more":
            return row.groups * fold - 1
        case "base" | "to":
            return int(getattr(row, name)) * fold
        case "list":
            return (row.list - row.delay * p["ListWords"]) & ((1 << p["ListW"]) - 1)
        case "bare" | "round" if row.op == "sum":  # fields of a sweep, which say of a sum
            return int(row.shared if name == "bare" else row.single)
        case "factor" if row.op == "sum":
            return row.window
        case "factor":  # the only one with a sign
            assert int_min(FACTOR_BITS) <= row.factor <= int_max(FACTOR_BITS)
            return row.factor & ((1 << FACTOR_BITS) - 1)
        case _:
            return int(getattr(row, name))


def covers(p: Parameters, plan: Plan) -> bool:
    """Whether a core of parameters `p` runs `plan`."""
    own = parameters(plan).values
    equal = ("Lanes", "WeightW", "StateW", "Frac", "ValueW", "FactorW", "ResetValue")
    lanes = ("Fold", "Shifts", "Lefts")
    if plan.slots * p["ListWords"] > 1 << p["ListW"] or not _same_lanes(p.values, own):
        return False
    return all(p[k] == v for k, v in own.items() if k in equal) and all(
        p.values.get(k, 0) >= v
        for k, v in own.items()
        if k not in (*equal, *lanes, "EventW", "RowW")
    )


def _same_lanes(p: dict[str, int], own: dict[str, int]) -> bool:
    """Whether lanes of `p` do what those of `own` do; they may know more shifts, a bit each."""
    kinds = [(q.get("Fold", 1), "Lefts" in q, q.get("Shifts", 0) > 0) for q in (p, own)]
    known = all(own.get(k, 0) & ~p.get(k, 0) == 0 for k in ("Shifts", "Lefts"))
    return kinds[0] == kinds[1] and known


def thresholds(plan: Plan) -> str:
    """Return the thresholds, a row for all that are updated at a time, lane 0 lowest."""
    return _rows(plan.threshold.reshape(-1, plan.units), plan.state_bits)


_WINDOW = ("GroupW", "WeightAW", "RunW", "TallW")  # widths of a window's fields, lowest first


def window_bits(p: Parameters) -> int:
    """Return the bits of a window, 0 where there are none."""
    return sum(p[name] for name in _WINDOW) if "Shared" in p.values else 0


def reach(plan: Plan, p: Parameters) -> str:
    """Return the memory of windows, for a core of at least the plan's own parameters."""
    widths = [p[name] for name in _WINDOW]
    lines = []
    for window in plan.windows:
        word, at = 0, 0
        for value, width in zip(window - (0, 0, 1, 1), widths, strict=True):
            assert int(value) >> width == 0, f"{window} does not fit {widths}"
            word, at = word | int(value) << at, at + width
        lines.append(f"{word:0{-(-at // 4)}x}")
    return "\n".join(lines) + "\n"


def weights(plan: Plan) -> str:
    """Return the weight memory, a row of a weight a lane, lane 0 lowest."""
    laid = [b.weight.reshape(-1, plan.lanes) for b in plan.blocks]
    return _rows(np.concatenate(laid), plan.weight_bits)


def row_words(bits: int) -> int:
    """Return how many words of 16 bits the host's window gives a row of `bits`: a power of two."""
    return 1 << (-(-bits // 16) - 1).bit_length()


def words(text: str, bits: int) -> list[int]:
    """Return a memory of rows of `bits` as the host writes it."""
    parts = row_words(bits)
    rows = [int(line, 16) for line in text.split()]
    return [row >> (16 * k) & 0xFFFF for row in rows for k in range(parts)]


def _rows(values: NDArray[np.int64], bits: int) -> str:
    digits = -(-values.shape[1] * bits // 4)
    mask = (1 << bits) - 1
    words = (sum((int(v) & mask) << (bits * k) for k, v in enumerate(row)) for row in values)
    return "".join(f"{word:0{digits}x}\n" for word in words)
