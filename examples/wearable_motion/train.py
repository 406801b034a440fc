#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trains the wearable-motion example: recordings in, `motion.nir` and two data files out.

Usage: ``python train.py aeon-1.6.0-py3-none-any.whl [OUT]``; README.md says how to get the wheel.
"""

import argparse
import hashlib
import json
import zipfile
from itertools import pairwise
from pathlib import Path
from typing import Any

import nir
import numpy as np
import snntorch  # type: ignore[import-untyped]
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

F32 = NDArray[np.float32]
I16 = NDArray[np.int16]
U8 = NDArray[np.uint8]

SEED = 1
EPOCHS = 300
LEARNING_RATE = 2e-3
RATE_PENALTY = 2.0  # loss per unit of mean hidden activity (spikes a neuron a step)

DT = 0.1  # seconds a step: the recordings are sampled at 10 Hz
HIDDEN = 64
BETA_LIF, BETA_LI = 0.9, 0.95  # share of the membrane that survives a step
THRESHOLD = 1.0
CLIP = 4.0  # standard deviations
CLASSES = ("badminton", "running", "standing", "walking")
FOLDER = "aeon/datasets/data/BasicMotions"  # inside the wheel
ACCELEROMETER_LSB = 4 * 9.80665 / 32768  # m/s^2, int16 at +-4 g
GYROSCOPE_LSB = 2000 * np.pi / 180 / 32768  # rad/s, int16 at +-2000 degrees a second
LSB = np.array([ACCELEROMETER_LSB] * 3 + [GYROSCOPE_LSB] * 3)  # of channels 0..5

ORIGIN = (
    "BasicMotions (J. Clements, A. Bagnall; UEA multivariate time series archive 2018), "
    "from aeon 1.6.0, BSD-3-Clause; trained by Ranvier's examples/wearable_motion/train.py"
)


def main() -> None:
    """Train, export, check the exported file against snnTorch and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wheel", type=Path)
    parser.add_argument("out", type=Path, nargs="?", default=Path(__file__).parent)
    args = parser.parse_args()
    out: Path = args.out
    raw_calib, y_calib, clipped_calib = read_recordings(args.wheel, "TRAIN")
    raw_test, y_test, clipped_test = read_recordings(args.wheel, "TEST")
    stages = standardise(raw_calib)

    net = train(encode(stages, raw_calib), y_calib)
    model = out / "motion.nir"
    nir.write(model, export(net, stages))
    # numpy puts no dates in: the same data give the same bytes.
    np.savez_compressed(out / "motion_calib.npz", x=raw_calib, y=y_calib)
    np.savez_compressed(out / "motion_test.npz", x=raw_test, y=y_test)

    print(f"torch {torch.__version__}, snntorch {snntorch.__version__}, nir {nir.version}")
    print(f"seed {SEED}; values clipped to int16: train {clipped_calib}, test {clipped_test}")
    report("train", net, model, stages, raw_calib, y_calib)
    report("test", net, model, stages, raw_test, y_test)
    for path in (model, out / "motion_calib.npz", out / "motion_test.npz"):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        print(f"{path.name}: {path.stat().st_size} bytes, sha256 {digest[:16]}")


def read_recordings(wheel: Path, split: str) -> tuple[I16, U8, int]:
    """Return the recordings of one split as a sensor's counts.

    Parameters
    ----------
    wheel
        The wheel of aeon, a zip file.
    split
        ``TRAIN`` or ``TEST``, as published.

    Returns
    -------
    tuple
        Counts (samples, steps, 6): accelerometer x y z, gyroscope x y z; classes (samples,) as
        indices into `CLASSES`; and how many values fell outside int16.
    """
    with zipfile.ZipFile(wheel) as archive:
        text = archive.read(f"{FOLDER}/BasicMotions_{split}.ts").decode()
    # One sample a line: channels and then the class, joined by colons; a channel is a comma list.
    lines = [s.split(":") for s in text.splitlines() if s and s[0] not in "#@"]
    si = np.array([[[float(v) for v in c.split(",")] for c in s[:-1]] for s in lines])
    counts = np.rint(si.transpose(0, 2, 1) / LSB)  # rint: half to even
    kept = np.clip(counts, -32768, 32767)
    y = np.array([CLASSES.index(s[-1].strip().lower()) for s in lines], np.uint8)
    return kept.astype(np.int16), y, int(np.count_nonzero(kept != counts))


def standardise(raw: I16) -> list[dict[str, Any]]:
    """Return encoding stages, as plain data, that standardise each channel of `raw` and clip."""
    flat = raw.reshape(-1, raw.shape[-1]).astype(np.float64)
    return [
        {
            "kind": "affine",
            "offset": flat.mean(axis=0).tolist(),
            "scale": (1 / flat.std(axis=0)).tolist(),
        },
        {"kind": "clip", "low": -CLIP, "high": CLIP},
    ]


def encode(stages: list[dict[str, Any]], raw: I16) -> F32:
    """Return the network's input: ``clip((raw - offset) * scale, low, high)``."""
    affine, clip = stages
    y = (raw.astype(np.float64) - affine["offset"]) * affine["scale"]
    return np.asarray(np.clip(y, clip["low"], clip["high"]), np.float32)


class Net(nn.Module):
    """6 inputs, 64 LIF neurons, 4 leaky readouts; layers in order within a step.

    ::

        v = beta*v + W1 x;  s = v > 1;  v = 0 where s  (in the same step);  u = beta_o*u + W2 s
    """

    def __init__(self) -> None:
        super().__init__()
        self.fc1 = nn.Linear(len(LSB), HIDDEN, bias=False)
        self.lif1 = snntorch.Leaky(
            beta=BETA_LIF, threshold=THRESHOLD, reset_mechanism="zero", reset_delay=False
        )
        self.fc2 = nn.Linear(HIDDEN, len(CLASSES), bias=False)
        self.li = snntorch.Leaky(beta=BETA_LI, reset_mechanism="none")

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return spikes (samples, steps, 64) and readouts (samples, steps, 4)."""
        v, u = self.lif1.reset_mem(), self.li.reset_mem()
        spikes, readouts = [], []
        for x_t in x.unbind(dim=1):
            s, v = self.lif1(self.fc1(x_t), v)
            _, u = self.li(self.fc2(s), u)
            spikes.append(s)
            readouts.append(u)
        return torch.stack(spikes, dim=1), torch.stack(readouts, dim=1)


def train(x: F32, y: U8) -> Net:
    """Return a network trained on all of `x` at once, with few spikes."""
    torch.manual_seed(SEED)
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)  # so that sums are taken in one order
    net = Net()
    inputs, targets = torch.from_numpy(x), torch.from_numpy(y.astype(np.int64))
    optimiser = torch.optim.Adam(net.parameters(), lr=LEARNING_RATE)
    for _ in range(EPOCHS):
        spikes, readouts = net(inputs)
        loss = nn.functional.cross_entropy(readouts.mean(dim=1), targets)
        loss = loss + RATE_PENALTY * spikes.mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return net


def export(net: Net, stages: list[dict[str, Any]]) -> nir.NIRGraph:
    """Return `net` as NIR's equations under forward Euler, ``v += dt/tau*(v_leak - v + r*I)``.

    With ``tau = dt/(1 - beta)`` and ``r = 1/(1 - beta)`` that is ``v = beta*v + I``. snnTorch's own
    exporter fixes dt at 1e-4 and stores no reset timing, so it is not used.
    """

    def leak(beta: float, size: int) -> dict[str, F32]:
        values = {"tau": DT / (1 - beta), "r": 1 / (1 - beta), "v_leak": 0.0}
        return {k: np.full(size, v, np.float32) for k, v in values.items()}

    def weight(layer: nn.Linear) -> F32:
        return np.asarray(layer.weight.detach().numpy(), np.float32)

    nodes: dict[str, nir.NIRNode] = {
        "input": nir.Input(input_type={"input": np.array([len(LSB)])}),
        "fc1": nir.Linear(weight=weight(net.fc1)),
        "lif1": nir.LIF(
            **leak(BETA_LIF, HIDDEN),
            v_threshold=np.full(HIDDEN, THRESHOLD, np.float32),
            v_reset=np.zeros(HIDDEN, np.float32),
        ),
        "fc2": nir.Linear(weight=weight(net.fc2)),
        "li": nir.LI(**leak(BETA_LI, len(CLASSES))),
        "output": nir.Output(output_type={"output": np.array([len(CLASSES)])}),
    }
    metadata = {
        "dt": DT,
        "decode": "readout-mean",
        "encode": json.dumps({"raw": "int16", "stages": stages}),
        "classes": json.dumps(CLASSES),
        "dialect": "nir",
        "origin": ORIGIN,
        "seed": SEED,
    }
    return nir.NIRGraph(nodes=nodes, edges=list(pairwise(nodes)), metadata=metadata)


def replay(path: Path, raw: I16) -> tuple[F32, F32]:
    """Run a NIR file from nothing but what it says: spikes and readouts, in float32 NumPy."""
    graph = nir.read(path)
    dt, n = float(graph.metadata["dt"]), graph.nodes
    x = encode(json.loads(graph.metadata["encode"])["stages"], raw)
    lif, li = n["lif1"], n["li"]
    k_lif, k_li = (dt / lif.tau).astype(np.float32), (dt / li.tau).astype(np.float32)
    v = np.zeros((len(x), len(k_lif)), np.float32)
    u = np.zeros((len(x), len(k_li)), np.float32)
    spikes, readouts = [], []
    for t in range(x.shape[1]):
        v = v + k_lif * (lif.v_leak - v + lif.r * (x[:, t] @ n["fc1"].weight.T))
        s = (v > lif.v_threshold).astype(np.float32)
        v = np.where(s > 0, lif.v_reset, v)
        u = u + k_li * (li.v_leak - u + li.r * (s @ n["fc2"].weight.T))
        spikes.append(s)
        readouts.append(u)
    return np.stack(spikes, axis=1), np.stack(readouts, axis=1)


def report(name: str, net: Net, model: Path, stages: list[dict[str, Any]], raw: I16, y: U8) -> None:
    """Print accuracy and activity, and how far the exported file is from snnTorch."""
    with torch.no_grad():
        spikes, readouts = (z.numpy() for z in net(torch.from_numpy(encode(stages, raw))))
    file_spikes, file_readouts = replay(model, raw)
    scores = readouts.mean(axis=1)
    classes, file_classes = scores.argmax(axis=1), file_readouts.mean(axis=1).argmax(axis=1)
    second, best = np.sort(scores, axis=1)[:, -2:].T
    print(
        f"{name}: accuracy {(classes == y).mean():.3f} of {len(y)}, smallest margin "
        f"{(best - second).min():.3f}; hidden spikes {int(spikes.sum())}, "
        f"{spikes.sum(axis=2).mean():.2f} a step, activity {100 * spikes.mean():.2f} %, "
        f"silent neurons {int((spikes.sum(axis=(0, 1)) == 0).sum())} of {HIDDEN}"
    )
    print(
        f"{name}: {model.name} against snnTorch: spikes {int(file_spikes.sum())}, differing "
        f"{int((file_spikes != spikes).sum())} of {spikes.size}; classes differing "
        f"{int((file_classes != classes).sum())} of {len(y)}"
    )


if __name__ == "__main__":
    main()
