# SPDX-License-Identifier: Apache-2.0
"""Examines NIR files, each in a process of its own with limits: what the fuzzer asks.

Run as a program it reads questions, one a line, and answers each with a line of JSON.
"""

import json
import os
import resource
import subprocess
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

MEMORY = 2**30  # bytes of address space beyond what the idle process has
SECONDS = 10  # of the processor


def examine(path: Path, how: str = "thoroughly") -> dict[str, Any]:
    """Inspect a file and, where asked to be thorough, quantise what it holds; say how both ended.

    ``unchecked`` inspects it in a dialect whose files nir's own checks refuse.
    """
    from ranvier.errors import RanvierError
    from ranvier.frontends.data import make_data
    from ranvier.frontends.nir import read_nir
    from ranvier.frontends.options import ModelOptions
    from ranvier.tools.verbs.inspect import inspect
    from ranvier.tools.verbs.quantize import quantize

    said: dict[str, Any] = {}
    stage = "inspect"
    try:
        unchecked = ModelOptions(dt=1e-3, dialect="rockpool")
        if how == "thoroughly":
            with suppress(RanvierError):
                inspect(path, unchecked).to_json()
        options = unchecked if how == "unchecked" else ModelOptions(dt=1e-3)
        json.dumps(inspect(path, options).to_json(), allow_nan=False)
        said[stage] = "ok"
        if how != "thoroughly":
            return said
        stage = "quantize"
        model = read_nir(path, ModelOptions(dt=1e-3, dialect="nir"))
        rng = np.random.default_rng(1)
        x = rng.integers(0, 3, (2, 6, model.channels), np.uint8)
        json.dumps(quantize(model, make_data(x)).to_json(), allow_nan=False)
        said[stage] = "ok"
    except RanvierError as e:
        complete = bool(e.code and e.what and e.hint and e.loc)
        said[stage] = e.code if complete else f"incomplete: {e!r}"
        said["text"] = str(e)
    except BaseException:
        said[stage] = "crash"
        said["text"] = traceback.format_exc()
    return said


def answer(question: str) -> dict[str, Any]:
    """Examine in this process, and say what memory it ever had."""
    how, _, path = question.rstrip("\n").partition(" ")
    said = examine(Path(path), how)
    status = Path("/proc/self/status").read_text()
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return {**said, "peak": int(peak.split()[1]) * 1024}


def serve() -> None:
    """Answer each question that comes on standard input, in a process that it forks."""
    examine(Path("none"))  # imports
    idle = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    for question in sys.stdin:
        ours, theirs = os.pipe()
        child = os.fork()
        if child == 0:
            resource.setrlimit(resource.RLIMIT_AS, (idle + MEMORY, idle + MEMORY))
            resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            os.write(theirs, json.dumps(answer(question)).encode())
            os._exit(0)
        os.close(theirs)
        with os.fdopen(ours, "rb") as file:
            said = file.read()
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            text = f"signal {os.WTERMSIG(status)}"
            said = json.dumps({"inspect": "crash", "text": text}).encode()
        sys.stdout.write(said.decode() + "\n")
        sys.stdout.flush()


class Sandbox:
    """The program, running; each question costs a fork."""

    def __enter__(self) -> "Sandbox":
        env = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
        self._process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True, env=env,
        )  # fmt: skip
        return self

    def __exit__(
        self, kind: type[BaseException] | None, e: BaseException | None, at: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(60)

    def examine(self, path: Path, how: str = "thoroughly") -> dict[str, Any]:
        """Return how the file was taken: by stage, ``ok``, a code, or ``crash``; and ``peak``."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{how} {path}\n")
        self._process.stdin.flush()
        said: dict[str, Any] = json.loads(self._process.stdout.readline())
        return said


if __name__ == "__main__":
    serve()
