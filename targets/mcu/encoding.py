# SPDX-License-Identifier: Apache-2.0
"""Encoding as C text: from a step's raw samples to its input."""

from ranvier.ir import (
    AffineStage,
    ClipStage,
    CountStage,
    DeltaStage,
    LevelCrossingStage,
    RectifyStage,
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
    load = f"rv_encode_load_{RAW_CTYPE[encoding.raw][1]}"
    n = f"{encoding.channels}U"
    counts = [k for k, s in enumerate(encoding.stages) if isinstance(s, CountStage)]
    split = counts[0] if counts and plan.window > 1 else None
    if split is None:
        lines = [call(load, "s->work", "raw", n)]
        lines += _stages(plan, encoding.stages, 0, "s->work")
        return [*lines, call("rv_encode_store", "s->input", "s->work", f"{plan.inputs}U")]
    # The stages before the count run on each sample, those after it on the sum.
    inner = [call(load, "s->work", f"&raw[(size_t)k * {n}]", n)]
    inner += _stages(plan, encoding.stages[:split], 0, "s->work")
    inner.append(call("rv_encode_count", "s->count", "s->work", f"{plan.inputs}U"))
    lines = [f"    for (uint16_t k = 0U; k < {plan.window}U; ++k) {{"]
    lines += indented(inner)
    lines.append("    }")
    lines += _stages(plan, encoding.stages[split + 1 :], split + 1, "s->count")
    lines.append(call("rv_encode_store", "s->input", "s->count", f"{plan.inputs}U"))
    return [*lines, call("rv_zero", "s->count", "sizeof s->count")]


def _stages(plan: Plan, stages: tuple[Stage, ...], first: int, x: str) -> list[str]:
    lines: list[str] = []
    channels = plan.network.encoding.channels
    width = channels
    for k, stage in enumerate(stages, start=first):
        name = f"{plan.network.name}_enc{k}"
        n = f"{width}U"
        match stage:
            case AffineStage(shift=shift):
                numbers = [f"{name}_factor", f"{name}_offset", f"{shift}U"]
                lines.append(call("rv_encode_affine", x, n, *numbers))
            case RectifyStage():
                lines.append(call("rv_encode_rectify", x, n))
            case ClipStage(low=low, high=high):
                lines.append(call("rv_encode_clip", x, n, str(low), str(high)))
            case DeltaStage():
                lines.append(call("rv_encode_delta", x, f"s->enc{k}", n))
            case ThresholdCrossingStage(falling=falling):
                numbers = [f"{name}_level", f"{int(falling)}U"]
                lines.append(call("rv_encode_threshold", x, f"s->enc{k}", n, *numbers))
            case LevelCrossingStage(max_events=most):
                lines.append(
                    call("rv_encode_level", x, f"s->enc{k}", n, f"{name}_delta", str(most))
                )
                width = 2 * channels
            case CountStage():
                pass  # a window of one sample
    return lines
