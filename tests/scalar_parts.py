# SPDX-License-Identifier: Apache-2.0
"""The scalar restatement's words, input encoding and connections."""

from collections import Counter

from ranvier.ir import (
    AffineStage,
    ClipStage,
    Connection,
    Conv,
    CountStage,
    DecimateStage,
    DeltaStage,
    Dense,
    Encoding,
    FilterbankStage,
    LevelCrossingStage,
    Pool,
    RectifyStage,
    SmoothStage,
    Sparse,
    SquareStage,
    Stage,
    ThresholdCrossingStage,
)


def bound(z: int, bits: int, overflow: str) -> int:
    """Return z in `bits` bits: clipped, or its low bits as two's complement."""
    top = 1 << (bits - 1)
    if overflow == "wrap-upper":
        return top - (top - z) % (2 * top)
    if overflow == "wrap":
        return (z + top) % (2 * top) - top
    return min(max(z, -top), top - 1)


class Encoder:
    """The stages of one network and what each remembers."""

    def __init__(self, encoding: Encoding) -> None:
        self.encoding = encoding
        self.before: list[list[int]] = []
        self.wait: list[list[int]] = []
        self.past: list[list[list[list[int]]]] = []  # [stage][band and channel][signal][sample]
        width = encoding.channels
        for stage in encoding.stages:
            self.before.append([0] * width)
            self.wait.append([0] * width)
            bands, sections = 1, 0
            if isinstance(stage, FilterbankStage):
                bands, sections = len(stage.b), len(stage.b[0])
            self.past.append([[[0, 0] for _ in range(sections + 1)] for _ in range(bands * width)])
            width *= 2 if isinstance(stage, LevelCrossingStage) else bands

    def run(self, raw: list[list[int]], marks: Counter[str]) -> list[list[int]]:
        """Return the encoded input of every step: [step][channel]."""
        rows = raw
        for k, stage in enumerate(self.encoding.stages):
            marks[type(stage).__name__] += len(rows)
            if isinstance(stage, CountStage):
                w = stage.window
                rows = [_column_sums(rows[j : j + w]) for j in range(0, len(rows) - w + 1, w)]
            elif isinstance(stage, DecimateStage):
                rows = [row for t, row in enumerate(rows, start=1) if t % stage.window == 0]
            else:
                rows = [self._stage(stage, k, row) for row in rows]
        return rows

    def _stage(self, stage: Stage, k: int, x: list[int]) -> list[int]:
        if isinstance(stage, AffineStage):
            factor, offset = stage.factor.tolist(), stage.offset.tolist()
            return [(y * factor[c] + offset[c]) // 2**stage.shift for c, y in enumerate(x)]
        if isinstance(stage, RectifyStage):
            return [-y if y < 0 else y for y in x]
        if isinstance(stage, ClipStage):
            return [min(max(y, stage.low), stage.high) for y in x]
        if isinstance(stage, LevelCrossingStage):
            return self._levels(stage, k, x)
        if isinstance(stage, FilterbankStage):
            return [
                self._filtered(stage, k, band, c, x)
                for band in range(len(stage.b))
                for c in range(len(x))
            ]
        if isinstance(stage, SquareStage):
            return [y * y // 2**stage.shift for y in x]
        if isinstance(stage, SmoothStage):
            sums = self.before[k]
            self.before[k] = [z - z // 2**stage.shift + y for z, y in zip(sums, x, strict=True)]
            return [z // 2**stage.shift for z in self.before[k]]
        old, self.before[k] = self.before[k], x
        if isinstance(stage, DeltaStage):
            return [y - z for y, z in zip(x, old, strict=True)]
        assert isinstance(stage, ThresholdCrossingStage)
        level = stage.threshold.tolist()
        if stage.falling:
            crossed = [y <= a < z for y, z, a in zip(x, old, level, strict=True)]
        else:
            crossed = [y >= a > z for y, z, a in zip(x, old, level, strict=True)]
        return [self._reported(stage, k, c, y) for c, y in enumerate(crossed)]

    def _reported(self, stage: ThresholdCrossingStage, k: int, c: int, crossed: bool) -> int:
        """Return 1 for a crossing, unless one was reported up to `refractory` samples ago."""
        since = self.wait[k]  # samples for which none is to be reported, from here on
        if since[c] > 0:
            since[c] -= 1
            return 0
        if crossed:
            since[c] = stage.refractory
        return int(crossed)

    def _filtered(self, stage: FilterbankStage, k: int, band: int, c: int, x: list[int]) -> int:
        """Return one band of one channel; `past[s]` are the last two values into section s."""
        past = self.past[k][band * len(x) + c]
        y = x[c] * 2**stage.fraction
        for s, (b, a1, a2) in enumerate(
            zip(
                stage.b[band].tolist(),
                stage.a1[band].tolist(),
                stage.a2[band].tolist(),
                strict=True,
            )
        ):
            total = b * (y - past[s][1]) - a1 * past[s + 1][0] - a2 * past[s + 1][1]
            past[s] = [y, past[s][0]]
            y = (total + 2 ** (stage.shift - 1)) // 2**stage.shift
        past[-1] = [y, past[-1][0]]
        return int(y // 2**stage.drop)

    def _levels(self, stage: LevelCrossingStage, k: int, x: list[int]) -> list[int]:
        ups, downs = [0] * len(x), [0] * len(x)
        for c, y in enumerate(x):
            delta, distance = int(stage.delta[c]), y - self.before[k][c]
            if distance >= delta:
                ups[c] = min(distance // delta, stage.max_events)
            if -distance >= delta:
                downs[c] = min(-distance // delta, stage.max_events)
            self.before[k][c] += (ups[c] - downs[c]) * delta
        return ups + downs


def _column_sums(rows: list[list[int]]) -> list[int]:
    return [sum(column) for column in zip(*rows, strict=True)]


def projected(connection: Connection, x: list[int]) -> list[int]:
    """Return the exact weighted sums of one step."""
    if isinstance(connection, Dense):
        rows = connection.weight.tolist()
        return [sum(w * y for w, y in zip(row, x, strict=True)) for row in rows]
    if isinstance(connection, Sparse):
        total = [0] * connection.shape[0]
        entries = (connection.target, connection.source, connection.weight)
        for i, j, w in zip(*(e.tolist() for e in entries), strict=True):
            total[i] += w * x[j]
        return total
    if isinstance(connection, Conv):
        return _convolved(connection, x)
    return _pooled(connection, x)


def _convolved(c: Conv, x: list[int]) -> list[int]:
    weight = c.weight.tolist()
    channels, height, width = c.input_shape
    outputs, inputs = len(weight), len(weight[0])
    kh, kw = len(weight[0][0]), len(weight[0][0][0])
    top, bottom, left, right = c.padding
    oh = (height + top + bottom - c.dilation[0] * (kh - 1) - 1) // c.stride[0] + 1
    ow = (width + left + right - c.dilation[1] * (kw - 1) - 1) // c.stride[1] + 1
    result = []
    for o in range(outputs):
        first = o // (outputs // c.groups) * inputs  # of the input channels that o sees
        for row in range(oh):
            for column in range(ow):
                total = 0
                for k in range(inputs):
                    for a in range(kh):
                        for b in range(kw):
                            y = row * c.stride[0] + a * c.dilation[0] - top
                            z = column * c.stride[1] + b * c.dilation[1] - left
                            if 0 <= y < height and 0 <= z < width:
                                place = ((first + k) * height + y) * width + z
                                total += weight[o][k][a][b] * x[place]
                result.append(total)
    assert first + inputs == channels
    return result


def _pooled(p: Pool, x: list[int]) -> list[int]:
    channels, height, width = p.input_shape
    oh = (height + 2 * p.padding[0] - p.kernel[0]) // p.stride[0] + 1
    ow = (width + 2 * p.padding[1] - p.kernel[1]) // p.stride[1] + 1
    result = []
    for c in range(channels):
        for row in range(oh):
            for column in range(ow):
                total = 0
                for a in range(p.kernel[0]):
                    for b in range(p.kernel[1]):
                        y = row * p.stride[0] + a - p.padding[0]
                        z = column * p.stride[1] + b - p.padding[1]
                        if 0 <= y < height and 0 <= z < width:
                            total += x[(c * height + y) * width + z]
                result.append(total * p.weight)
    return result
