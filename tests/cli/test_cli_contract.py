# SPDX-License-Identifier: Apache-2.0
"""The commands, options and JSON keys that others rely on, and the same verbs in Python."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.commands import answer, call, strict_json, succeeds
from tests.needs import need_program
from tests.unit.nets import counts, small_model

import ranvier
from ranvier.tools.cli.commands import main

MODEL = {
    "--dialect", "--dt", "--decode", "--encode", "--reset", "--reset-timing", "--spikes-per-step",
    "--lower-bound", "--norm-input",
}  # fmt: skip
OPTIONS: dict[str, set[str]] = {
    "demo": {"--out", "--target"},
    "inspect": {"--json", *MODEL},
    "simulate": {"--data", "--out", "--json", *MODEL},
    "quantize": {
        "--calib", "--out", "--data", "--weights", "--state", "--decay", "--rounding", "--scales",
        "--limit", "--plot", "--numerics", "--json", *MODEL,
    },
    "explain": {"--data", "--samples", "--html", "--json", *MODEL},
    "compile": {
        "--target", "--out", "--calib", "--emit", "--compiler", "--deadline", "--clock", "--cpi",
        "--lanes", "--leak", "--seeds", "--memory", "--json", *MODEL,
    },
    "flash": {"--probe", "--port", "--dry-run", "--json"},
    "run": {"--data", "--samples", "--port", "--live", "--json"},
    "verify": {"--data", "--samples", "--port", "--json"},
    "targets": {"--json"},
    "doctor": {"--json"},
}  # fmt: skip
VERBS = [name for name in OPTIONS if name != "demo"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli")
    small_model(folder / "m.nir", classes='["rest", "move"]')
    np.savez(folder / "d.npz", x=counts(), y=np.arange(6) % 2)
    succeeds("quantize", folder / "m.nir", "--calib", folder / "d.npz", "-o", folder / "n.rvn")
    return folder


@pytest.fixture(scope="module")
def build(folder: Path) -> Path:
    need_program("gcc", "gcc libc6-dev")
    succeeds("compile", folder / "n.rvn", "--target", "host", "-o", folder / "build")
    return folder / "build"


def holds(report: dict[str, Any], *paths: str) -> None:
    """Fail unless each dotted path is in the report."""
    for path in paths:
        value: Any = report
        for key in path.split("."):
            assert key in value, f"{path} is missing from {sorted(value)}"
            value = value[key]


@pytest.mark.parametrize("name", OPTIONS)
def test_options_and_help(name: str) -> None:
    command = main.commands[name]
    found = {text for p in command.params for text in p.opts if text.startswith("--")}
    assert found == OPTIONS[name]
    text = succeeds(name, "--help")
    assert text == succeeds(name, "-h")
    assert all(option in text for option in OPTIONS[name])
    assert command.help


def test_every_command_is_in_the_contract_and_in_the_help() -> None:
    assert list(main.commands) == list(OPTIONS)
    text = succeeds("--help")
    assert all(f"  {name} " in text for name in OPTIONS)
    assert ranvier_version() in succeeds("--version")


def ranvier_version() -> str:
    from importlib.metadata import version

    return version("ranvier")


@pytest.mark.parametrize(
    "arguments",
    [
        ("guess",),
        ("inspect",),
        ("inspect", "m.nir", "--guess"),
        ("inspect", "m.nir", "--dt", "soon"),
        ("inspect", "m.nir", "--decode", "guess"),
        ("simulate", "m.nir"),
        ("explain", "m.nir", "n.rvn"),
        ("explain", "m.nir", "--data", "d.npz"),
        ("quantize", "m.nir", "-o", "n.rvn"),
        ("quantize", "m.nir", "--calib", "d.npz"),
        ("quantize", "m.nir", "--calib", "d.npz", "-o", "n.rvn", "--weights", "many"),
        ("compile", "n.rvn", "-o", "b"),
        ("compile", "n.rvn", "--target", "host"),
        ("compile", "n.rvn", "--target", "host", "-o", "b", "--emit", "guess"),
        ("run", "b"),
        ("verify", "b", "--data", "d.npz", "--samples", "0"),
        ("flash",),
        ("targets", "extra"),
    ],
)
def test_wrong_usage_exits_with_2(arguments: tuple[str, ...]) -> None:
    result = call(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Usage: " in result.stderr


def test_options_can_be_set_by_the_environment(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANVIER_INSPECT_DT", "0.125")
    assert answer("inspect", folder / "m.nir")["dt"] == 0.125


def test_inspect_of_a_model(folder: Path) -> None:
    report = answer("inspect", folder / "m.nir")
    holds(report, "layers", "ambiguities", "dt", "channels", "decode", "dialect")
    assert [layer["name"] for layer in report["layers"]] == ["fc1", "hidden", "fc2", "readout"]
    assert {"name", "kind", "shape", "parameters", "inputs"} <= set(report["layers"][1])
    assert {"compare", "reset", "reset_timing"} <= set(report["layers"][1]["dynamics"])
    assert all({"topic", "what", "taken", "option"} <= set(a) for a in report["ambiguities"])
    text = succeeds("inspect", folder / "m.nir")
    assert all(name in text for name in ("hidden", "LIF", "v_threshold", "ambiguous"))


def test_inspect_of_a_network(folder: Path) -> None:
    report = answer("inspect", folder / "n.rvn")
    holds(report, "layers", "ambiguities", "signature")
    assert report["classes"] == ["rest", "move"]
    assert [layer["kind"] for layer in report["layers"]] == ["spiking", "readout"]
    assert "build" not in report


def test_inspect_of_a_build(folder: Path, build: Path) -> None:
    report = answer("inspect", build)
    plain = answer("inspect", folder / "n.rvn")
    assert report["kind"] == "build"
    assert report["layers"] == plain["layers"]
    made = report["build"]
    holds(made, "target", "build_hash", "compiler", "memory.rom", "source.sha256", "files")
    assert made["network"]["signature"] == plain["signature"]
    kernels = made["cost"]["kernels"]
    assert all(kernels[n]["neurons"] and kernels[n]["why"] for n in ("hidden", "readout"))
    text = succeeds("inspect", build)
    said = [plain["signature"], made["build_hash"], made["files"][made["image"]], "n.rvn", "host"]
    said += [kernels["hidden"]["neurons"], kernels["hidden"]["why"][0], made["source"]["sha256"]]
    assert all(word in text for word in said)
    result = call("inspect", build, "--dt", "0.1")
    assert "error[M013]" in result.stderr


def test_compile_for_several_targets_has_a_row_for_each(folder: Path, tmp_path: Path) -> None:
    need_program("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    said = ("compile", folder / "n.rvn", "--target", "host, cortex-m4", "-o", tmp_path / "b")
    report = answer(*said, "--emit", "library")
    assert [row["target"] for row in report["rows"]] == ["host", "cortex-m4"]
    for row in report["rows"]:
        holds(row, "build", "network", "memory.rom", "cost", "image", "files")
        assert row["build"] == str(tmp_path / "b" / row["target"])
    assert "built: " in succeeds(*said)


@pytest.mark.parametrize(("file", "kind"), [("m.nir", "float"), ("n.rvn", "fixed")])
def test_simulate_and_its_trace(folder: Path, file: str, kind: str) -> None:
    trace = folder / f"{kind}.npz"
    report = answer("simulate", folder / file, "--data", folder / "d.npz", "-o", trace)
    holds(report, "metric.name", "metric.value", "spikes.hidden", "samples", "steps")
    assert report["kind"] == kind
    assert report["metric"]["name"] == "accuracy"
    with np.load(trace) as arrays:
        assert set(arrays.files) == {"hidden.spikes", "hidden.v", "readout.v", "out"}
        assert arrays["hidden.spikes"].shape == arrays["hidden.v"].shape == (6, 30, 8)
        assert arrays["out"].shape == (6, 30, 2)
        assert arrays["hidden.spikes"].sum() == report["spikes"]["hidden"] > 0


def test_data_without_labels_have_no_metric(folder: Path, tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", x=counts())
    assert answer("simulate", folder / "m.nir", "--data", tmp_path / "x.npz")["metric"] is None


def test_quantize(folder: Path, tmp_path: Path) -> None:
    arguments = ("quantize", folder / "m.nir", "--calib", folder / "d.npz", "-o")
    report = answer(*arguments, tmp_path / "n.rvn")
    holds(report, "float.metric.value", "fixed.metric.value", "layers", "saturations.hidden")
    holds(report["layers"][0], "name", "state_bits", "lsb", "threshold", "decay", "projections")
    holds(report["layers"][0]["projections"][0], "weight_bits", "shift", "accumulator_bits")
    holds(report, "spikes.hidden.float", "spikes.hidden.fixed", "spikes.hidden.differing")
    assert (tmp_path / "n.rvn").read_bytes() == (folder / "n.rvn").read_bytes()
    small = answer(*arguments, tmp_path / "4.rvn", "--weights", 4, "--state", 24)
    assert [layer["state_bits"] for layer in small["layers"]] == [24, 24]
    assert small["layers"][0]["projections"][0]["weight_bits"] == 4


def test_explain(folder: Path, tmp_path: Path) -> None:
    coarse = ("--calib", folder / "d.npz", "--weights", 3, "-o", tmp_path / "3.rvn")
    succeeds("quantize", folder / "m.nir", *coarse)
    given = (folder / "m.nir", tmp_path / "3.rvn", "--data", folder / "d.npz")
    report = answer("explain", *given, "--html", tmp_path / "e.html")
    holds(report, "verdict.status", "faults", "silent", "saturating", "float.metric.value")
    holds(report, "fixed.metric.value", "distance.value", "samples", "steps", "signature")
    first = report["first_divergence"]
    holds(first, "layer", "neuron", "step", "sample", "membrane", "total.fixed", "threshold.float")
    holds(first["contributions"][0], "source", "element", "float.weight", "fixed.weight")
    for layer in report["layers"]:
        holds(layer, "name", "neurons", "rate", "distance", "silent", "saturating")
    assert report["layers"][0]["rate"]["unit"] == "Hz"
    names = {"weights", "decay", "thresholds", "rounding", "saturation", "input"}
    assert {c["name"] for c in report["causes"]} == names
    for cause in report["causes"]:
        holds(cause, "what", "detail", "share", "metric.value", "distance", "repaired.distance")
    text = succeeds("explain", *given)
    assert all(word in text for word in ("hidden", "readout", "first divergence", "causes"))
    assert (tmp_path / "e.html").read_text("utf-8").startswith("<!DOCTYPE html>")
    assert answer("explain", *given, "--samples", 2)["samples"] == 2


def test_explain_of_data_without_labels_scores_nothing(folder: Path, tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", x=counts())
    given = (folder / "m.nir", folder / "n.rvn", "--data", tmp_path / "x.npz")
    report = answer("explain", *given, "--html", tmp_path / "e.html")
    assert report["float"]["metric"] is None
    assert all(c["metric"] is None for c in report["causes"])
    assert "not scored" in succeeds("explain", *given)


@pytest.mark.parametrize("emit", ["app", "library"])
def test_compile(build: Path, folder: Path, tmp_path: Path, emit: str) -> None:
    arguments = ("--target", "host", "-o", tmp_path / "b", "--emit", emit)
    report = answer("compile", folder / "n.rvn", *arguments)
    holds(report, "memory.rom", "memory.ram", "memory.stack", "cost", "files", "target")
    on_disk = {
        str(p.relative_to(tmp_path / "b")) for p in (tmp_path / "b").rglob("*") if p.is_file()
    }
    assert on_disk == {*report["files"], "manifest.json"}
    code = "src/net" if emit == "app" else "src"
    assert {"network.rvn", "golden.npz", f"{code}/m.c", f"{code}/m.h"} <= on_disk


def test_a_model_is_quantised_on_the_way(build: Path, folder: Path, tmp_path: Path) -> None:
    arguments = ("--calib", folder / "d.npz", "--target", "host", "-o", tmp_path / "b")
    succeeds("compile", folder / "m.nir", *arguments)
    assert (tmp_path / "b/network.rvn").read_bytes() == (folder / "n.rvn").read_bytes()


def test_flash(build: Path) -> None:
    report = answer("flash", build)
    holds(report, "board", "verified")
    assert report["verified"] is True
    assert answer("flash", build, "--dry-run")["verified"] is False


def test_run(build: Path, folder: Path) -> None:
    report = answer("run", build, "--data", folder / "d.npz")
    holds(report, "metric.value", "latency.median", "latency.p95", "latency.unit", "samples")
    assert report["samples"] == 6
    golden = answer("simulate", folder / "n.rvn", "--data", folder / "d.npz")
    assert report["metric"] == golden["metric"]
    assert answer("run", build, "--data", folder / "d.npz", "--samples", 2)["samples"] == 2


def test_verify(build: Path, folder: Path) -> None:
    report = answer("verify", build, "--data", folder / "d.npz")
    holds(report, "mismatches", "compared.spikes", "compared.states", "spikes", "steps")
    assert report["mismatches"] == 0
    assert report["first_mismatch"] is None
    assert report["compared"]["spikes"] == 6 * 30 * 8
    assert report["compared"]["states"] == 6 * 30 * 10
    assert report["steps"] == 180
    assert report["spikes"] > 100


def test_verify_exits_with_1_and_names_the_first_mismatch(
    build: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ranvier import update

    exact = update._spike_count
    monkeypatch.setattr(update, "_spike_count", lambda fire, v: exact(fire, v - 40))
    result = call("verify", build, "--data", folder / "d.npz")
    assert result.exit_code == 1
    assert "first: " in result.stdout
    assert "layer" in call("verify", build, "--data", folder / "d.npz", "--json").stdout


def test_targets_and_doctor() -> None:
    names = [t["name"] for t in answer("targets")["targets"]]
    assert names == [
        "host", "qemu-microbit", "qemu-mps2-an385", "qemu-mps2-an386", "qemu-mps2-an500",
        "qemu-mps2-an505", "qemu-mps3-an547", "qemu-riscv32", "nrf52840dk", "nrf54l15dk",
        "nucleo-l432kc",
        "nucleo-u575zi", "pico", "pico2", "cortex-m0plus", "cortex-m4", "cortex-m7", "cortex-m33",
        "cortex-m55", "rv32imc", "up5k", "icebreaker", "upduino31", "ecp5", "ulx3s",
        "verilog", "loihi1", "loihi2",
    ]  # fmt: skip
    assert all(name in succeeds("targets") for name in names)
    result = call("doctor", "--json")
    tools = json.loads(result.stdout)["tools"]
    assert result.exit_code == int(any(not (t["found"] or t["optional"]) for t in tools))


@pytest.mark.parametrize(
    "first", ["", "import ranvier.quantize", "import ranvier.targets.mcu.emit"]
)
def test_verbs_can_be_called_in_python_in_any_order_of_imports(folder: Path, first: str) -> None:
    code = f"""
import sys
{first}
import ranvier
model = ranvier.load("m.nir")
assert ranvier.inspect(model).name == "m"
network = ranvier.quantize(model, "d.npz").network
from ranvier.quantize.ptq import quantize_model
assert ranvier.simulate(network, "d.npz").samples == 6
assert ranvier.targets().targets
assert ranvier.doctor().tools
for verb in {[*VERBS, "load"]}:
    assert callable(getattr(ranvier, verb)), verb
    assert verb in dir(ranvier)
"""
    subprocess.run([sys.executable, "-c", code], cwd=folder, env=os.environ, check=True)


def test_python_builds_runs_and_verifies(build: Path, folder: Path, tmp_path: Path) -> None:
    made = ranvier.compile(ranvier.load(folder / "n.rvn"), "host", tmp_path / "b").build
    data = ranvier.load_data(folder / "d.npz")
    assert ranvier.flash(made).verified
    assert ranvier.run(made, data, samples=1).steps == 30
    assert ranvier.verify(made, data).mismatches == 0


def test_json_can_be_asked_for_by_an_environment_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANVIER_TARGETS_JSON", "1")
    assert "targets" in strict_json(succeeds("targets"))
