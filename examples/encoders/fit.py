#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fits a decoder to what an input encoding makes of recordings: `.npz` and `.toml` in, `.nir` out.

Usage: ``python fit.py CALIB.npz ENCODING.toml --rate HZ -o OUT.nir``. `x` is (samples, raw steps,
channels) of integers, `y` (samples,) of classes. The decoder is one layer of leaky readouts, whose
weights are the ridge regression on their own mean: closed form, the same on every run.
"""

import argparse
import json
import tomllib
from pathlib import Path

import nir
import numpy as np
from numpy.typing import NDArray

from ranvier import floating
from ranvier.frontends.encoding import parse_encoding, spread_of
from ranvier.model import ModelEncoding

TAU = 10  # steps
RIDGE = 1.0  # of standardised features


def main() -> None:
    """Read, fit, write, and say how well the fit does on its own data."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("encoding", type=Path)
    parser.add_argument("--rate", type=float, required=True, help="raw samples a second")
    parser.add_argument("-o", "--out", type=Path, required=True)
    args = parser.parse_args()
    document = tomllib.loads(args.encoding.read_text(encoding="utf-8"))
    with np.load(args.data) as file:
        x, y = file["x"], file["y"]
    inputs = x.shape[2] * spread_of(document["stages"])
    encoding = parse_encoding(document, inputs, str(args.encoding))
    weight, bias, share = fit(encoding, x, y)
    dt = encoding.window / args.rate
    write(args.out, weight, bias, dt, json.dumps(document))
    mean = smoothed(floating.encode(encoding, x)).mean(axis=1)
    found = (mean @ weight.T + bias * share).argmax(axis=1)
    print(f"{inputs} inputs, {weight.shape[0]} classes, fit {(found == y).mean():.4f}")


def smoothed(x: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the readouts' membranes, were each input wired to one of its own."""
    v, out = np.zeros_like(x[:, 0], np.float64), np.empty(x.shape)
    for t in range(x.shape[1]):
        v = v + (x[:, t] - v) / TAU
        out[:, t] = v
    return out


def fit(
    encoding: ModelEncoding, x: NDArray[np.integer], y: NDArray[np.integer]
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Return weight (classes, inputs), bias (classes,), and the share of the bias that arrives."""
    encoded = floating.encode(encoding, x)
    f = smoothed(encoded).mean(axis=1)
    share = float(smoothed(np.ones((1, encoded.shape[1], 1), np.float32)).mean())
    mean, deviation = f.mean(axis=0), f.std(axis=0) + 1e-9
    z = (f - mean) / deviation
    target = np.eye(int(y.max()) + 1)[y] - 1 / (int(y.max()) + 1)
    w = np.linalg.solve(z.T @ z + RIDGE * np.eye(z.shape[1]), z.T @ (target - target.mean(axis=0)))
    weight = (w / deviation[:, None]).T
    return weight, (target.mean(axis=0) - weight @ mean) / share, share


def write(
    out: Path, weight: NDArray[np.float64], bias: NDArray[np.float64], dt: float, encode: str
) -> None:
    """Write the decoder as a NIR file that says all that it means."""
    classes, inputs = weight.shape
    one = np.ones(classes, np.float32)
    nodes = {
        "input": nir.Input({"input": np.array([inputs])}),
        "fc": nir.Affine(weight.astype(np.float32), bias.astype(np.float32)),
        "li": nir.LI(tau=TAU * dt * one, r=one, v_leak=0 * one),
        "output": nir.Output({"output": np.array([classes])}),
    }
    edges = [("input", "fc"), ("fc", "li"), ("li", "output")]
    metadata = {"dialect": "nir", "dt": dt, "decode": "readout-mean", "encode": encode}
    nir.write(out, nir.NIRGraph(nodes, edges, metadata=metadata))


if __name__ == "__main__":
    main()
