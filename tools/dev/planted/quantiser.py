# SPDX-License-Identifier: Apache-2.0
"""Bugs of the quantiser, and of what explains its errors."""

from ranvier.tools.dev.planted.mutant import Mutant

EXPLAIN = "tests/quantize/test_explain.py"
EXPLAIN_ENDS = "tests/quantize/test_explain_ends.py"
EXPLAIN_STREAMING = "tests/quantize/test_explain_streaming.py"
EXPLAIN_LAYER = "compiler/ranvier/quantize/explain_layer.py"
LAYER = "compiler/ranvier/quantize/layer.py"
DRAFT = "compiler/ranvier/quantize/draft.py"
APART = "tests/quantize/test_rounded_apart.py"
UNEQUAL = "tests/quantize/test_unequal_readouts.py"
SPARSE = "tests/quantize/test_sparse.py"
REFINE = "tests/quantize/test_refine.py"
NEURONS = "tests/quantize/test_quantize_neurons.py"
CHIP_NUMBERS = "tests/quantize/test_numerics.py"
QUANTIZE = "tests/quantize/test_quantize.py"
CHIPS = "compiler/ranvier/quantize/numerics/"

MUTANTS = (
    Mutant("quantiser leaves Loihi's thresholds off the grid", CHIPS + "loihi.py",
           "np.rint(x / GRID) * GRID", "np.rint(x)", CHIP_NUMBERS),
    Mutant("quantiser forgets what Xylo's current keeps", CHIPS + "xylo.py",
           "        drive = 1 / kept\n", "        drive = one\n", CHIP_NUMBERS),
    Mutant("quantiser adds a bias to the current", CHIPS + "spinnaker.py",
           "        relaxes=True,\n", "        relaxes=True,\n        steady=False,\n",
           CHIP_NUMBERS),
    Mutant("quantiser rounds the threshold up", LAYER,
           'np.floor(level) if rule.compare == ">" else np.ceil(level)', "np.ceil(level)",
           QUANTIZE + "::test_integers_fire_exactly_where_the_real_membrane_would"),
    Mutant("quantiser forgets the leak potential", DRAFT,
           "rest = d.leak - d.leaks", "rest = -d.leaks",
           QUANTIZE + "::test_bias_and_leak_reach_the_steady_state[16]"),
    Mutant("quantiser never widens a state", DRAFT,
           "for a in d.alphas) <= DRIFT", "for a in d.alphas) <= 1e9", NEURONS),
    Mutant("pruned weights take up errors", "compiler/ranvier/quantize/rounding.py",
           "step[:, order], left != 0", "step[:, order], left == left", SPARSE),
    Mutant("indices of sparse weights cost nothing", "compiler/ranvier/quantize/sparse.py",
           "entries * (bits + target)", "entries * bits", SPARSE),
    Mutant("a layer of several kinds of maps loses nothing", "compiler/ranvier/quantize/search.py",
           "return [lost(made, each, rounded_apart(made, each)) for made in ways]",
           "return [0 * lost(made, each, rounded_apart(made, each)) for made in ways]", APART),
    Mutant("a map beside another kind is rounded to the nearest",
           "compiler/ranvier/quantize/apart.py",
           "and weight.shape[1] <= MOST_COLUMNS", "and False", APART),
    Mutant("units of compared readouts stay as they were", DRAFT,
           "np.ceil(unit / self.grain - 1e-6) * self.grain", "unit", UNEQUAL),
    Mutant("what arrives in calibration wraps at 32 bits", "compiler/ranvier/quantize/replay.py",
           "if not _fits(now):", "if False:", REFINE),
    Mutant("a readout of SpiNNaker is centred as one that adds up",
           "compiler/ranvier/quantize/rates.py",
           'if p.form == "relax":', "if False:",
           CHIP_NUMBERS + "::test_readouts_get_their_mean_back[spinnaker]"),
    Mutant("errors are spread the wrong way", "compiler/ranvier/quantize/rounding.py",
           "left[:, j + 1 :] -= error", "left[:, j + 1 :] += error", REFINE),
    Mutant("thresholds move the wrong way", "compiler/ranvier/quantize/rates.py",
           "(rate - goal) / most", "(goal - rate) / most", REFINE),
    Mutant("explain floors no decay", EXPLAIN_LAYER,
           "np.floor(part) if r.rounding", "part if r.rounding", EXPLAIN_ENDS),
    Mutant("explain counts a threshold's rounding that integers hide", EXPLAIN_LAYER,
           "_nearest_level(level, theta, p.fire.compare) if whole", "theta if whole", EXPLAIN),
    Mutant("explain's distance forgets what follows the last step",
           "compiler/ranvier/quantize/explain_distance.py",
           " + gap * gap * np.exp(-2.0 / tau)", "",
           EXPLAIN_ENDS + "::test_van_rossum_of_closed_forms"),
    Mutant("explain forgets the batches before", "compiler/ranvier/quantize/explain_ablation.py",
           "self._apart[p.name] += Distance", "self._apart[p.name] = Distance", EXPLAIN_STREAMING),
    Mutant("explain takes a later step of the next batch for the first",
           "compiler/ranvier/quantize/explain.py",
           "steps if first is None else first.step", "steps", EXPLAIN_STREAMING),
    Mutant("explain finds the last sample's divergence first",
           "compiler/ranvier/quantize/explain_first.py",
           "s = min(samples)", "s = max(samples)", EXPLAIN_ENDS
           + "::test_of_two_layers_that_diverge_in_one_step_the_lower_sample_is_first"),
    Mutant("explain takes a fault in the layer before for its own",
           "compiler/ranvier/quantize/explain_words.py",
           "own = {c.name: _own(r, c.per_layer[name]) for c in e.causes if c.name != INPUT}",
           "own = {c.name: c.alone.distance for c in e.causes if c.name != INPUT}", EXPLAIN),
)  # fmt: skip
