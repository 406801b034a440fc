# SPDX-License-Identifier: Apache-2.0
"""Encoding as C text: from a step's raw samples to its input."""

from ranvier.ir import (
    AffineStage,
    ClipStage,
    CountStage,
    DecimateStage,
    DeltaStage,
    FilterbankStage,
    LevelCrossingStage,
    RectifyStage,
    SmoothStage,
    SquareStage,
    Stage,
    ThresholdCrossingStage,
)
from ranvier.targets.mcu.ctext import call, indented
from ranvier.targets.mcu.plan import Plan

RAW_CTYPE = {
    "uint8": ("uint8_t", "u8", "RV_TYPE_U8"),
    "int8": ("int8_t", "i8", "RV_TYPE_I8"),
    "uint16": ("uint16_t", "u16", "RV_TYPE_U16"),
    "int16": ("int16_t", "i16", "RV_TYPE_I16"),
    "int32": ("int32_t", "i32", "RV_TYPE_I32"),
}


def taken(plan: Plan) -> bool:
    """Tell whether raw samples are the input's values as they come."""
    return not plan.scan and plan.window == 1 and not plan.network.encoding.stages


def _counted(plan: Plan) -> list[str]:
    """Return the calls that take raw counts for events, or where they are too many as values."""
    n, most = f"{plan.network.encoding.channels}U", f"{plan.few}U"
    return [
        f"    const uint16_t few = rv_scan_counts_u8(s->input, raw, {n}, {most});",
        "",
        "    if (few == 0U) {",
        *indented([call("rv_encode_take_u8", "(int16_t *)s->input", "raw", n)]),
        "    }",
    ]


def encode_calls(plan: Plan) -> list[str]:
    """Return the calls from the raw samples of a step to its input."""
    encoding = plan.network.encoding
    if plan.scan:
        return [call("rv_scan_u8", "s->input", "raw", f"{encoding.channels}U")]
    if plan.few:
        return _counted(plan)
    if taken(plan):
        take = f"rv_encode_take_{RAW_CTYPE[encoding.raw][1]}"
        return [call(take, "s->input", "raw", f"{encoding.channels}U")]
    stages = encoding.stages
    load = f"rv_encode_load_{RAW_CTYPE[encoding.raw][1]}"
    n = f"{encoding.channels}U"
    windows = [k for k, s in enumerate(stages) if isinstance(s, (CountStage, DecimateStage))]
    if not windows or plan.window == 1:
        lines = [call(load, "s->work", "raw", n), *_stages(plan, 0, len(stages), "s->work")]
        return [*lines, call("rv_encode_store", "s->input", "s->work", f"{plan.inputs}U")]
    # The stages before the window's run on each sample, those after it on what it makes of them.
    split = windows[0]
    counts = isinstance(stages[split], CountStage)
    whole = "s->count" if counts else "s->work"
    inner = [call(load, "s->work", f"&raw[(size_t)k * {n}]", n)]
    inner += _stages(plan, 0, split, "s->work")
    if counts:
        inner.append(call("rv_encode_count", "s->count", "s->work", f"{plan.widths[split]}U"))
    lines = [f"    for (uint16_t k = 0U; k < {plan.window}U; ++k) {{"]
    lines += indented(inner)
    lines.append("    }")
    lines += _stages(plan, split + 1, len(stages), whole)
    lines.append(call("rv_encode_store", "s->input", whole, f"{plan.inputs}U"))
    return [*lines, call("rv_zero", "s->count", "sizeof s->count")] if counts else lines


def remembered(plan: Plan) -> list[tuple[str, str, int, str]]:
    """Return what the stages remember: C type, name, length, meaning."""
    members = []
    for k, stage in enumerate(plan.network.encoding.stages):
        size = 0
        match stage:
            case DeltaStage() | LevelCrossingStage() | ThresholdCrossingStage() | SmoothStage():
                size = plan.widths[k]
            case FilterbankStage():
                size = 2 * plan.widths[k] * (1 + stage.b.size)
            case _:
                pass
        if size:
            members.append(("int32_t", f"enc{k}", size, "what an encoder stage remembers"))
        if isinstance(stage, ThresholdCrossingStage) and stage.refractory:
            name = f"wait{k}"
            members.append(("uint16_t", name, plan.widths[k], "samples until a crossing counts"))
    return members


def _stages(plan: Plan, first: int, end: int, x: str) -> list[str]:
    stages = plan.network.encoding.stages
    calls = [_stage(plan, k, stages[k], x) for k in range(first, end)]
    return [line for line in calls if line]


def _stage(plan: Plan, k: int, stage: Stage, x: str) -> str:
    """Return the call of stage k; none for a window of one sample."""
    name = f"{plan.network.name}_enc{k}"
    n = f"{plan.widths[k]}U"
    own = f"s->enc{k}"
    match stage:
        case AffineStage(shift=shift):
            return call("rv_encode_affine", x, n, f"{name}_factor", f"{name}_offset", f"{shift}U")
        case RectifyStage():
            return call("rv_encode_rectify", x, n)
        case ClipStage(low=low, high=high):
            return call("rv_encode_clip", x, n, str(low), str(high))
        case DeltaStage():
            return call("rv_encode_delta", x, own, n)
        case ThresholdCrossingStage(falling=falling, refractory=refractory):
            numbers = [f"{name}_level", f"{int(falling)}U"]
            crossed = call("rv_encode_threshold", x, own, n, *numbers)
            if not refractory:
                return crossed
            rest = call("rv_encode_refractory", x, f"s->wait{k}", n, f"{refractory}U")
            return f"{crossed}\n{rest}"
        case LevelCrossingStage(max_events=most):
            return call("rv_encode_level", x, own, n, f"{name}_delta", str(most))
        case FilterbankStage(b=b, shift=shift, fraction=fraction, drop=drop):
            sizes = [f"{b.shape[0]}U", f"{b.shape[1]}U", f"{shift}U", f"{fraction}U", f"{drop}U"]
            return call("rv_encode_filterbank", x, own, n, f"{name}_sections", *sizes)
        case SquareStage(shift=shift):
            return call("rv_encode_square", x, n, f"{shift}U")
        case SmoothStage(shift=shift):
            return call("rv_encode_smooth", x, own, n, f"{shift}U")
        case CountStage() | DecimateStage():
            return ""
