# SPDX-License-Identifier: Apache-2.0
"""Bugs of the golden model, of what reads and rewrites models, and of what compares."""

from ranvier.tools.dev.planted.mutant import Mutant

GOLDEN = "tests/unit/test_golden_model.py"
BY_HAND = "tests/unit/test_golden_by_hand.py"
DIALECTS = "tests/dialects/test_recorded.py"
COMPOSE = "tests/unit/test_compose.py"
STREAMING = "tests/robust/test_streaming.py"
GRAPHS = "tests/unit/test_nir_graphs.py"
FUZZ = "tests/robust/test_nir_fuzz.py"
FRONTENDS = "compiler/ranvier/frontends/"
VERIFY = "tests/differential/test_verify.py"
REFERENCE = "compiler/ranvier/reference.py"
UPDATE = "compiler/ranvier/update.py"
ARRIVAL = "compiler/ranvier/arrival.py"

MUTANTS = (
    Mutant("golden model rests a sample more", "compiler/ranvier/encoding.py",
           "np.where(reported[:, t] == 1, stage.refractory,",
           "np.where(reported[:, t] == 1, stage.refractory + 1,", GOLDEN),
    Mutant("golden model takes the first sample of a window", "compiler/ranvier/encoding.py",
           "x[:, window - 1 :: window]", "x[:, ::window]", GOLDEN + "::test_encoding_stage"),
    Mutant("a filter's bound forgets its rounding", "compiler/ranvier/bounds.py",
           "noise[:, s] / 2)\n        bottom", "0 * noise[:, s])\n        bottom",
           "tests/unit/test_filters.py"),
    Mutant("a filter's bound forgets its negative half", "compiler/ranvier/bounds.py",
           "up[:, s] * high - down[:, s] * low +", "up[:, s] * high +",
           "tests/unit/test_filters.py"),
    Mutant("band edges are not prewarped", "compiler/ranvier/filters.py",
           "math.tan(math.pi * low / rate), math.tan(math.pi * high / rate)",
           "math.pi * low / rate, math.pi * high / rate", "tests/unit/test_filters.py"),
    Mutant("golden model fires at >= for >", UPDATE,
           "else v - fire.threshold - 1", "else v - fire.threshold", BY_HAND),
    Mutant("golden model floors for truncation", UPDATE,
           "np.asarray(np.sign(z) * (np.abs(z) >> k), np.int64)", "z >> k", BY_HAND),
    Mutant("golden model delays one step more", REFERENCE,
           "].at(t - path.delay)", "].at(max(0, t - path.delay - 1))", BY_HAND),
    Mutant("golden model saturates after all events", ARRIVAL,
           "        i = np.clip(total, low, high)\n", "        i = total\n",
           "tests/chips/test_xylo.py"),
    Mutant("golden model's upper wrap loses its upper end", UPDATE,
           "((z + high) &", "((z + high + 1) &", BY_HAND),
    Mutant("golden model relaxes without a floor", UPDATE,
           "toward - decay(p.decay, apart)", "toward + decay(p.decay, -apart)",
           GOLDEN),
    Mutant("golden model drops the saturation", UPDATE,
           "return np.clip(z, low, high)", "return z", BY_HAND),
    Mutant("golden model swaps two rows", "compiler/ranvier/connections.py",
           "partial(_dense, _Exact(weight))", "partial(_dense, _Exact(weight[::-1]))", GOLDEN),
    Mutant("snnTorch's reset comes at once", "compiler/ranvier/float_neurons.py",
           'rule.reset_timing in ("next-membrane", "next-update")', "False", DIALECTS),
    Mutant("a late spike comes at once", "compiler/ranvier/passes/retime_spikes.py",
           "delay=e.delay + 1", "delay=e.delay",
           "tests/unit/test_passes.py::test_late_spikes_become_delays_of_edges"),
    Mutant("convolutions of other kernels are added", "compiler/ranvier/passes/compose.py",
           "a.weight.shape == b.weight.shape and ", "", COMPOSE),
    Mutant("padding between convolutions is ignored", "compiler/ranvier/passes/compose.py",
           "if not all(_hides_nothing(outer, inner, axis) for axis in (0, 1)):", "if False:",
           COMPOSE),
    Mutant("recordings are looked at for NaN in their first sample", FRONTENDS + "sources.py",
           "for k, sample in enumerate(x):\n        if not", "for k, sample in enumerate(x[:1]):\n"
           "        if not", "tests/robust/test_bad_recordings.py"),
    Mutant("R2 forgets the mask", "compiler/ranvier/metrics.py",
           "kept = o if self._mask is None else o[self._mask[k]]", "kept = o", STREAMING),
    Mutant("large recordings are held", FRONTENDS + "data.py",
           "if x.nbytes <= SMALL or x.fortran:", "if True:", STREAMING),
    Mutant("quantise scores the first batch alone", "tools/verbs/measure.py",
           "old[2] + new[2]", "new[2]", STREAMING),
    Mutant("a Delay in a loop waits a step more", FRONTENDS + "nir.py",
           "steps=delay.steps - 1", "steps=delay.steps", GRAPHS),
    Mutant("inner inputs of a graph are left out", FRONTENDS + "nir.py",
           "if key not in graph.outputs:", "if isinstance(node, nir.Output):", GRAPHS),
    Mutant("heaps are not looked at", FRONTENDS + "nir_graph.py",
           "longest = check_heaps(path)", "longest = 0",
           FUZZ + "::test_one_long_text_that_many_elements_share_is_not_unpacked"),
    Mutant("verify overlooks differences", "tools/verbs/verify.py",
           "np.argwhere(expected != got)", "np.argwhere(expected != expected)", VERIFY),
)  # fmt: skip
