# SPDX-License-Identifier: Apache-2.0
"""Bugs of what lays networks out for Loihi, writes and reads its files, and runs Lava."""

from ranvier.tools.dev.planted.mutant import Mutant

FRONTENDS = "compiler/ranvier/frontends/"
LOIHI, LOIHI_UNIT = "targets/loihi/", "tests/unit/test_loihi.py"
LOIHI_RANDOM = "tests/neuro/test_loihi_random.py::test_every_step_is_the_golden_model_s[0]"
LOIHI_LONG = "tests/neuro/test_loihi_random.py::test_one_long_run_with_resets"
NETX_FILES = "tests/unit/test_netx_files.py"
LOIHI_SOFTWARE = "tests/neuro/test_loihi_software.py::"

MUTANTS = (
    Mutant("Loihi's delays are a step too long", LOIHI + "lags.py",
           "+ q.delay - 1", "+ q.delay", LOIHI_RANDOM),
    Mutant("Loihi's kernels aren't flipped", LOIHI + "emit.py",
           "w[:, :, ::-1, ::-1].transpose", "w.transpose", LOIHI_RANDOM),
    Mutant("Loihi's kernels are padded across", LOIHI + "emit.py",
           "(c.padding[2], c.padding[0])", "(c.padding[0], c.padding[2])", LOIHI_RANDOM),
    Mutant("Loihi's sign bit counts positive", LOIHI + "synapses.py",
           "sign=-1 if x.negative else 1", "sign=1", LOIHI_UNIT),
    Mutant("Loihi holds odd weights of both signs", LOIHI + "weights.py",
           "and zeros >= 1)", "and zeros >= 0)", LOIHI_UNIT),
    Mutant("Loihi's exponents are off by one", LOIHI + "weights.py",
           "exponent = shift - ALIGNED - k\n", "exponent = shift - ALIGNED - k + 1\n", LOIHI_UNIT),
    Mutant("Loihi's sums lose bits", LOIHI + "weights.py",
           "if shift - ALIGNED + zeros < 0:", "if False:", LOIHI_UNIT),
    Mutant("Loihi fires at the threshold", LOIHI + "lower.py",
           "- (p.fire.compare == \">=\")", "- (p.fire.compare == \">\")", LOIHI_UNIT),
    Mutant("Loihi's currents keep a part more", LOIHI + "lower.py",
           "du = 2**FRACTION - 1 - _kept", "du = 2**FRACTION - 2 - _kept", LOIHI_RANDOM),
    Mutant("netx's currents keep a part more", LOIHI + "netx.py",
           "layer.du + 1), (", "layer.du), (",
           LOIHI_SOFTWARE + "test_a_build_s_own_vectors_are_verified"),
    Mutant("netx gets weights that it clips", LOIHI + "netx.py",
           "if w.any() and (up < 0 or", "if w.any() and (False and", LOIHI_UNIT),
    Mutant("Lava's layers begin before their first step", LOIHI + "vendor/run.py",
           "if lags[name] >= step]", "if lags[name] == step]", LOIHI_LONG),
    Mutant("Lava's spikes of one sample reach the next", LOIHI + "vendor/run.py",
           "        clear(leave[name])\n", "        pass\n", LOIHI_LONG),
    Mutant("Lava's traces are read a step early", LOIHI + "verify.py",
           "x.lag : x.lag + steps", "x.lag - 1 : x.lag - 1 + steps", LOIHI_LONG),
    Mutant("netx may differ from Lava", "tools/families/loihi/subject.py",
           "!= expected)", "!= getattr(netx, what)[name])",
           LOIHI_SOFTWARE + "test_netx_and_lava_must_agree"),
    Mutant("a readout of Loihi's may fire, and currents leave their word",
           "tools/families/loihi/subject.py",
           "        _check_known(self._plan, lava)\n", "",
           LOIHI_SOFTWARE + "test_a_current_outside_of_24_bits_is_not_compared"),
    Mutant("netx's biases of an image are read across", FRONTENDS + "netx.py",
           "        b = b.transpose(2, 1, 0)\n", "        b = b.reshape(b.shape[::-1])\n",
           NETX_FILES),
    Mutant("netx's delays of sources are those of targets", FRONTENDS + "netx.py",
           "np.where(delay == d, w, 0)", "np.where(delay >= d, w, 0)", NETX_FILES),
    Mutant("a core of Loihi's is never full", LOIHI + "place.py",
           "if used > most:", "if used > 2 * most:", LOIHI_UNIT),
    Mutant("Loihi's synapses need no index", LOIHI + "place.py",
           "np.where(fanout == neurons, 0, index)", "0", LOIHI_UNIT),
)  # fmt: skip
