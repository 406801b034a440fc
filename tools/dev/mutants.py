# SPDX-License-Identifier: Apache-2.0
"""Plant known bugs one at a time in a copy of the tree; fail if the tests let one live.

``mutants.py [NAME...]`` runs only those named. First the same tests must pass without a bug.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from queue import Queue

ROOT = Path(__file__).resolve().parents[2]
WORKERS = 2
GOLDEN = "tests/unit/test_golden_model.py"
REGISTERS = "tests/differential/test_board_registers.py"
CONNECTIONS = "tests/differential/test_connections.py"
WORST = "tests/unit/test_worst.py"
DEADLINE = "tests/unit/test_deadline.py"
KERNELS = "tests/differential/test_kernels.py"
SPIKES = KERNELS + "::test_networks_of_spikes_are_summed_in_16_bits"
PACKED_VALUES = KERNELS + "::test_values_are_summed_from_packed_columns"
PACKED_COUNTS = KERNELS + "::test_counts_are_packed_events_or_values"
FEW_BITS = KERNELS + "::test_weights_of_a_few_bits_fill_16_bits"
LINK = "tests/differential/test_link_host.py"
EXPLAIN = "tests/unit/test_explain.py"
EXPLAIN_ENDS = "tests/unit/test_explain_ends.py"
EXPLAIN_STREAMING = "tests/robust/test_explain_streaming.py"
EXPLAIN_LAYER = "compiler/ranvier/quantize/explain_layer.py"
LAYER = "compiler/ranvier/quantize/layer.py"
DRAFT = "compiler/ranvier/quantize/draft.py"
APART = "tests/unit/test_rounded_apart.py"
UNEQUAL = "tests/unit/test_unequal_readouts.py"
SPARSE = "tests/unit/test_sparse.py"
CORES = "tests/emulated/test_kernels_of_cores.py::"
ALIKE = CORES + "test_neurons_that_are_alike"
COUNTS = CORES + "test_counts_are_events_where_they_are_few"
ANALOG = CORES + "test_values_of_a_random_matrix"
FULL_SUMS = CORES + "test_values_fill_16_bits"
HELIUM = "tests/emulated/test_helium.py"
SCATTERED = "tests/differential/test_scattered.py"
REST = "tests/differential/test_rest.py"
REFINE = "tests/unit/test_refine.py"
DIALECTS = "tests/dialects/test_recorded.py"
PASSES = "tests/unit/test_passes.py"
NEURONS = "tests/unit/test_quantize_neurons.py"
CHIP_NUMBERS = "tests/unit/test_numerics.py"
QUANTIZE = "tests/unit/test_quantize.py"
STREAMING = "tests/robust/test_streaming.py"
GRAPHS = "tests/unit/test_nir_graphs.py"
FUZZ = "tests/robust/test_nir_fuzz.py"
FRONTENDS = "compiler/ranvier/frontends/"
PROGRAMMING = "tests/unit/test_programming.py"
VERIFY = "tests/differential/test_verify.py"
CORE = "firmware/src/rv_population_core.h"
WINDOWS = "firmware/src/rv_window_core.h"
REFERENCE = "compiler/ranvier/reference.py"
UPDATE = "compiler/ranvier/update.py"
ARRIVAL = "compiler/ranvier/arrival.py"
CHIPS = "compiler/ranvier/quantize/numerics/"
RANDOM_HDL = "tests/hdl/test_random_hdl.py"
FPGA_TARGET = "tests/unit/test_fpga_target.py"
SEQUENCER = "hdl/rtl/rv_sequencer.v"
HOST_HDL = "tests/hdl/test_host_hdl.py"
SPI, CONTROL = "hdl/rtl/rv_spi.v", "hdl/rtl/rv_control.v"
LIMIT = 300  # s for the tests of one bug
LIMIT_OF_ALL = 900  # s for all of them, without any


@dataclass(frozen=True)
class Mutant:
    """One planted bug: `old` becomes `new` in `file`, and `tests` must fail."""

    name: str
    file: str
    old: str
    new: str
    tests: str


MUTANTS = (
    Mutant("a board sleeps without a second look at its ring",
           "firmware/boards/common/device/rv_serial.c",
           "        if (!rv_serial_full()) {\n            rv_core_sleep();\n        }",
           "        rv_core_sleep();", REGISTERS),
    Mutant("a watchdog's registers are not unlocked",
           "firmware/boards/common/stm32/rv_stm32_watchdog.c",
           "    RV_IWDG_KR = RV_KEY_UNLOCK;\n", "", REGISTERS),
    Mutant("a press of reset hides every later bite",
           "firmware/boards/common/nrf_device/rv_nrf_watchdog.c",
           "RV_RESETREAS = RV_RESETREAS_ALL;", "RV_RESETREAS = RV_RESETREAS_DOGS;", REGISTERS),
    Mutant("a closed debug port can be opened again", "firmware/boards/nrf54l15dk/rv_nrf54l.c",
           "RV_TAMPC_SHUT 0x50FA0002U", "RV_TAMPC_SHUT 0x50FA0000U",
           "tests/differential/test_board_nordic.py"),
    Mutant("a step's limit forgets what a serial flash takes", "targets/mcu/step_limit.py",
           'board.flash.method == "uf2"', 'board.flash.method == "serial"',
           "tests/unit/test_step_limit.py"),
    Mutant("a byte kicks the watchdog", "firmware/boards/common/device/rv_serial.c",
           "    while (rv_chip_take(&byte)) {",
           "    rv_board_watchdog_kick();\n    while (rv_chip_take(&byte)) {", REGISTERS),
    Mutant("a fault leaves the safe pin where it is",
           "firmware/boards/common/device/rv_safe.c",
           "    (void)cause;\n    rv_chip_pin_drive(RV_SAFE_LEVEL != 0U);", "    (void)cause;",
           REGISTERS),
    Mutant("a board file's flags lead out of the build", "targets/mcu/own_board.py",
           'path.startswith(("/", "~")) or ".." in', 'path.startswith(("/", "~")) and ".." in',
           "tests/unit/test_own_board.py"),
    Mutant("a build follows its board file", "tools/build.py", "if BOARD_FILE not in files:",
           "if True:",
           "tests/emulated/test_own_board.py::test_a_build_for_it_needs_no_board_file_any_more"),
    Mutant("what is the user's among builds is lost", "tools/files.py",
           "there == {BUILDS, *several}", "there >= {BUILDS, *several}",
           "tests/emulated/test_own_board.py::test_all_targets_or_none"),
    Mutant("core rounds a leak the other way", "hdl/rtl/rv_datapath.v",
           "rounds_q <= round_q && !", "rounds_q <= !round_q && !", RANDOM_HDL),
    Mutant("a frame counts whatever its CRC", SPI,
           "right   = (crc == Residue);", "right   = 1'b1;", HOST_HDL),
    Mutant("chip select that rises late ends a frame", SPI,
           "(phase_q == Over) && (bit_q == 4'd0) && well_q", "(phase_q == Over) && well_q",
           "tests/hdl/test_modules_hdl.py"),
    Mutant("memories are open while a step is under way", CONTROL,
           "(memories && !halted_o)", "1'b0", HOST_HDL),
    Mutant("one event more than fits is let in", CONTROL,
           "events && (room <=", "events && (room <", HOST_HDL),
    Mutant("done does not wait for the last spikes", CONTROL,
           "|| waiting || busy_i)", "|| waiting)",
           HOST_HDL + "::test_done_waits_for_the_last_spike"),
    Mutant("queues are deeper than their registers", "targets/fpga/registers.py",
           "f.width - 1 for f", "f.width for f",
           "tests/hdl/test_flow_hdl.py::test_the_generated_top_is_clean_in_two_simulators"),
    Mutant("what is read leaves a queue before it is taken", "hdl/rtl/rv_outbox.v",
           "if (begin_i) at_q <= rd_q;", "if (1'b0) at_q <= rd_q;", HOST_HDL),
    Mutant("words beyond a memory come back at its start", "hdl/rtl/rv_window.v",
           "we_i && fits && ", "we_i && ", HOST_HDL),
    Mutant("sums repeat while all states go out", SEQUENCER,
           "sweeps && (f_read ||", "(f_read ||", "tests/hdl/test_pins_hdl.py"),
    Mutant("core lets an event overtake its sum", SEQUENCER,
           "if (sum_beat) wait_q <= 2'd3;", "if (sum_beat) wait_q <= 2'd2;", RANDOM_HDL),
    Mutant("core reads the next slot of a delay", SEQUENCER,
           "{now_q - delay, f_list", "{now_q - delay + 1'b1, f_list", RANDOM_HDL),
    Mutant("a step of the core waits no longer than it has groups", "targets/fpga/cycles.py",
           "events * max(row.groups, _EVENT)", "events * row.groups",
           "tests/hdl/test_cycles_hdl.py"),
    Mutant("verify simulates other RTL than the build's", "tools/families/fpga/subject.py",
           "cache(), hdl=build.path, images", "cache(), images",
           "tests/hdl/test_flow_hdl.py::test_rtl_that_differs_is_found"),
    Mutant("a slow placement is good enough", "tools/families/fpga/place.py",
           "if best.fmax_hz >= most:", "if best.fmax_hz >= clock.hz:", FPGA_TARGET),
    Mutant("weights of an FPGA wrap around", "targets/fpga/fit.py",
           "if used > there:", "if used > 2 * there:", FPGA_TARGET),
    Mutant("C keeps a filter's new value for its old one", "firmware/src/rv_encode_filterbank.c",
           "out[1] = last", "out[1] = y", KERNELS),
    Mutant("C filters without rounding", "firmware/src/rv_encode_filterbank.c",
           "rv_asr64(sum + half, shift)", "rv_asr64(sum, shift)", KERNELS),
    Mutant("C rests a sample less", "firmware/src/rv_encode_refractory.c",
           "wait[i] = refractory", "wait[i] = (uint16_t)(refractory - 1U)", KERNELS),
    Mutant("C smooths before it adds", "firmware/src/rv_encode_smooth.c",
           "sum[i] += x[i] - rv_asr32(sum[i], shift)", "sum[i] = rv_asr32(sum[i], shift) + x[i]",
           KERNELS),
    Mutant("golden model rests a sample more", "compiler/ranvier/encoding.py",
           "np.where(reported[:, t] == 1, stage.refractory,",
           "np.where(reported[:, t] == 1, stage.refractory + 1,", GOLDEN),
    Mutant("golden model takes the first sample of a window", "compiler/ranvier/encoding.py",
           "x[:, window - 1 :: window]", "x[:, ::window]", GOLDEN),
    Mutant("a filter's bound forgets its rounding", "compiler/ranvier/bounds.py",
           "noise[:, s] / 2)\n        bottom", "0 * noise[:, s])\n        bottom",
           "tests/unit/test_filters.py"),
    Mutant("a filter's bound forgets its negative half", "compiler/ranvier/bounds.py",
           "up[:, s] * high - down[:, s] * low +", "up[:, s] * high +",
           "tests/unit/test_filters.py"),
    Mutant("band edges are not prewarped", "compiler/ranvier/filters.py",
           "math.tan(math.pi * low / rate), math.tan(math.pi * high / rate)",
           "math.pi * low / rate, math.pi * high / rate", "tests/unit/test_filters.py"),
    Mutant("C fires at >= for >", CORE,
           "(rule.fire == RV_FIRE_GT) ? 1 : 0", "0", KERNELS),
    Mutant("golden model fires at >= for >", UPDATE,
           "else v - fire.threshold - 1", "else v - fire.threshold", GOLDEN),
    Mutant("C truncates for floor", "firmware/include/ranvier/arith.h",
           "RV_INLINE int32_t rv_asr32(int32_t x, uint32_t k)\n{\n    return (x < 0) ? ~(~x >> k)",
           "RV_INLINE int32_t rv_asr32(int32_t x, uint32_t k)\n{\n    return (x < 0) ? -(-x >> k)",
           KERNELS),
    Mutant("golden model floors for truncation", UPDATE,
           "np.asarray(np.sign(z) * (np.abs(z) >> k), np.int64)", "z >> k", GOLDEN),
    Mutant("C delays one step less", "firmware/src/rv_history_at.c",
           "slots + 1U - delay", "slots + 2U - delay", KERNELS),
    Mutant("golden model delays one step more", REFERENCE,
           "].at(t - path.delay)", "].at(max(0, t - path.delay - 1))", GOLDEN),
    Mutant("C drops the saturation", CORE,
           "RV_OP(rv_wrap)(x, bits) : RV_OP(rv_sat)(x, bits)",
           "RV_OP(rv_wrap)(x, bits) : x", KERNELS),
    Mutant("C wraps at the upper end as it wraps", CORE,
           "RV_OP(rv_wrap_upper)(x, bits)", "RV_OP(rv_wrap)(x, bits)", KERNELS),
    Mutant("C lets a ring buffer overflow", CORE,
           "(drive > most)) ? most : drive", "(drive > most)) ? drive : drive", KERNELS),
    Mutant("C saturates after all events", "firmware/src/rv_project_single_values_i8.c",
           "rv_sat32(acc[i] + (rv_shl32(column[i], shift) * value), bits)",
           "rv_sat32(acc[i] + (rv_shl32(column[i], shift) * value), 31U)", KERNELS),
    Mutant("golden model saturates after all events", ARRIVAL,
           "        i = np.clip(total, low, high)\n", "        i = total\n",
           "tests/chips/test_xylo.py"),
    Mutant("golden model's upper wrap loses its upper end", UPDATE,
           "((z + high) &", "((z + high + 1) &", GOLDEN),
    Mutant("golden model relaxes without a floor", UPDATE,
           "toward - decay(p.decay, apart)", "toward + decay(p.decay, -apart)",
           GOLDEN),
    Mutant("quantiser leaves Loihi's thresholds off the grid", CHIPS + "loihi.py",
           "np.rint(x / GRID) * GRID", "np.rint(x)", CHIP_NUMBERS),
    Mutant("quantiser forgets what Xylo's current keeps", CHIPS + "xylo.py",
           "        drive = 1 / kept\n", "        drive = one\n", CHIP_NUMBERS),
    Mutant("quantiser adds a bias to the current", CHIPS + "spinnaker.py",
           "        relaxes=True,\n", "        relaxes=True,\n        steady=False,\n",
           CHIP_NUMBERS),
    Mutant("golden model drops the saturation", UPDATE,
           "return np.clip(z, low, high)", "return z", GOLDEN),
    Mutant("bound takes the lighter way", "targets/mcu/worst/flow.py",
           "arriving[t] = max(arriving.get(t, 0), total)", "arriving[t] = total", WORST),
    Mutant("bound forgets the last test of a loop", "targets/mcu/worst/flow.py",
           "total = 0 if b in latches else ways", "total = 0 if True else ways", WORST),
    Mutant("bound forgets the loops in a loop", "targets/mcu/worst/bound.py",
           "            yield from _passes(m.inner, w.inner, name)\n", "", WORST),
    Mutant("a deadline is kept a little later", "targets/mcu/deadline.py",
           "if takes > limit.seconds:", "if takes > limit.seconds * 2:", DEADLINE),
    Mutant("emitter swaps two rows", "targets/mcu/layouts.py",
           "matrix(connection).T, bits", "matrix(connection)[::-1].T, bits", KERNELS),
    Mutant("emitter pads the other side", "targets/mcu/layouts.py",
           "top, _, left, _ = c.padding", "_, top, _, left = c.padding", CONNECTIONS),
    Mutant("emitter ignores the stride", "targets/mcu/layouts.py",
           "c.stride[1], c.dilation[1], left", "1, c.dilation[1], left", CONNECTIONS),
    Mutant("emitter does not flip the kernel", "targets/mcu/layouts.py",
           "[:, :, ::-1, ::-1]", "[:, :, :, ::-1]", CONNECTIONS),
    Mutant("C drops the groups' offset", WINDOWS,
           "        at->acc += (size_t)p->group_out * p->window.plane;\n", "", CONNECTIONS),
    Mutant("C takes every column for its neighbour", WINDOWS,
           "out += p->window.col_out;", "++out;", CONNECTIONS),
    Mutant("C leaves out a sparse column's last entry",
           "firmware/src/rv_project_sparse_events_i8.c",
           "k < end;", "k + 1U < end;", CONNECTIONS),
    Mutant("neighbours in a word keep what was borrowed", "firmware/src/rv_runs.h",
           "(both + 0x8000U) >> 16", "both >> 16", SCATTERED),
    Mutant("a convolution's next row starts at the last one's outputs", "firmware/src/rv_runs.h",
           "            to += p->row_out;\n", "", SCATTERED),
    Mutant("a tile keeps the sums of the step before", "firmware/src/rv_runs.h",
           "    *word = 0U;\n", "", SCATTERED),
    Mutant("taps of a stride lie as without one", "targets/mcu/layouts_words.py",
           "np.arange(kernel_w) % back", "np.arange(kernel_w)", SCATTERED),
    Mutant("sparse entries of one column run into the next", "targets/mcu/layouts_words.py",
           "words[2 * pairs[s.source] + within]", "words[pairs[s.source] + within]", SCATTERED),
    Mutant("bytes between two words are swapped", "firmware/include/ranvier/mem.h",
           "from[1] << 8", "from[1] << 16", "tests/differential/test_scan.py"),
    Mutant("the pairs of a sparse column are one too few", "targets/mcu/layouts_words.py",
           "-(-counts // 2)", "counts // 2", SCATTERED),
    Mutant("inputs of other scales are shifted twice", "targets/mcu/projections.py",
           "q.projection.shift - p.shifts[q.projection.synapse]", "q.projection.shift", SCATTERED),
    Mutant("golden model swaps two rows", "compiler/ranvier/connections.py",
           "partial(_dense, _Exact(weight))", "partial(_dense, _Exact(weight[::-1]))", GOLDEN),
    Mutant("C lets the last of equal scores win", "firmware/src/rv_decode_argmax.c",
           "if (score > most)", "if (score >= most)", KERNELS),
    Mutant("C forgets to clear the drive", CORE,
           "        RV_TAKEN(drive, at);\n", "", KERNELS),
    Mutant("sums of 17 bits are held in 16", "targets/mcu/narrow.py",
           "sums.bits > 16", "sums.bits > 17", KERNELS),
    Mutant("packed sums keep what is too much", "firmware/src/rv_events_packed.h",
           "(*sums ^ RV_TOPS)) - surplus", "(*sums ^ RV_TOPS))", KERNELS),
    Mutant("weights of 4 bits overflow their bytes", "firmware/src/rv_subbyte_packed.h",
           "(bits == 4U) ? 17U : 5U", "(bits == 4U) ? 18U : 5U", FEW_BITS),
    Mutant("weights of 2 bits overflow their fields", "firmware/src/rv_subbyte_packed.h",
           "(bits == 4U) ? 17U : 5U", "(bits == 4U) ? 17U : 6U", FEW_BITS),
    Mutant("a lone event keeps its bias of 4 bits", "firmware/src/rv_subbyte_packed.h",
           "RV_BIAS_4 0x00080008U", "RV_BIAS_4 0x00080000U", FEW_BITS),
    Mutant("weights of a few bits are too large by one", "firmware/src/rv_subbyte_core.h",
           "- (1 << (bits - 1U))", "- ((1 << (bits - 1U)) - 1)", FEW_BITS),
    Mutant("packed sums borrow from their neighbours", "firmware/src/rv_events_packed.h",
           "RV_TOPS : (*sums ^ RV_TOPS)", "RV_TOPS : (*sums + RV_TOPS)", SPIKES),
    Mutant("neurons that are alike leak a floor too much", "firmware/src/rv_alike_core.h",
           "*v * kept + 0xFFFF", "*v * kept", SPIKES),
    Mutant("neurons that are alike fire at the end of the scale", "firmware/src/rv_alike_core.h",
           "if (theta < INT16_MAX)", "if (theta <= INT16_MAX)", SPIKES),
    Mutant("Armv6-M saturates at the other end", "firmware/thumb1/rv_lif_i16_thumb1.c",
           '"lsls r7, r7, #31\\n"', '"lsls r7, r7, #30\\n"', ALIKE),
    Mutant("counts fill one word more than there is", "firmware/src/rv_scan_counts_u8.c",
           "count > list->left", "count > list->left + 1U", "tests/differential/test_scan.py"),
    Mutant("a layer rests a step too soon", "targets/mcu/rest.py",
           "quiet = 1 + k + (", "quiet = k + (", "tests/unit/test_rest.py"),
    Mutant("events leave a layer's quiet steps as they were", "targets/mcu/emit.py",
           'f"        {quiet} = 0U;",\n        "    }",', '"    }",', REST),
    Mutant("a layer that fires by itself rests", "targets/mcu/rest.py",
           'stirs = p.out == "events" and', "stirs = not p.out and", REST),
    Mutant("more counts are taken for events than 16 bits hold", "targets/mcu/counts.py",
           "(high - other.high) //", "3 + (high - other.high) //", COUNTS),
    Mutant("shifted values of 17 bits are held in 16", "targets/mcu/narrow.py",
           "and arrived.bits <= 16", "and arrived.bits <= 17", FULL_SUMS),
    Mutant("a shifted pair keeps what the lower half brings", "firmware/dsp/rv_lif_i16_dsp.h",
           'and " pair ", " pair ", lr', 'and lr, " pair ", lr', COUNTS),
    Mutant("an odd number of pairs starts with the next", "firmware/dsp/rv_values_set_i8_dsp.c",
           "tst lr, #4", "tst lr, #8", FULL_SUMS),
    Mutant("Helium forgets all values but the last eight",
           "firmware/helium/rv_values_set_i8_helium.c",
           'RV_BLOCK("vmladava")', 'RV_BLOCK("vmladav")', ANALOG),
    Mutant("two targets of Armv6-M change places", "firmware/thumb1/rv_values_set_i8_thumb1.c",
           'RV_TIMES("5", "r10")', 'RV_TIMES("5", "r9")', ANALOG),
    Mutant("packed values keep what makes weights positive", "firmware/src/rv_values_packed.h",
           "total << 7", "total << 6", PACKED_VALUES),
    Mutant("packed events of many counts keep it too", "firmware/src/rv_project_packed_events_i8.c",
           "events[0] << 7", "events[0] << 6", PACKED_COUNTS),
    Mutant("upper halves are added to even targets alone", "firmware/helium/rv_project_halves_i8.h",
           'RV_WIDE("q0", "q6", "q7")', 'RV_WIDE("q0", "q6", "q6")', COUNTS),
    Mutant("a vector of values is read past the input", "targets/mcu/state.py",
           "plan.inputs + -plan.inputs % plan.input_group", "plan.inputs",
           "tests/unit/test_values_by_core.py"),
    Mutant("events past the first four are forgotten", "firmware/dsp/rv_events_i8_dsp.h",
           '"sub r3, lr, r1, lsl #1\\n"', '"sub r3, lr, r1\\n"', COUNTS),
    Mutant("Helium's upper weights are floored", "firmware/helium/rv_events_i8_helium.h",
           "vqrdmlah.s16 q1, q2, r12", "vqdmlah.s16 q1, q2, r12", HELIUM),
    Mutant("-128 stands in both halves of a lane", "targets/mcu/families.py",
           "int(q.layout.weight.min()) > -128", "int(q.layout.weight.min()) >= -128", HELIUM),
    Mutant("Helium fires at its threshold", "firmware/helium/rv_lif_i16_helium.h",
           "vpt.s16 gt, q0, q1", "vpt.s16 ge, q0, q1", HELIUM),
    Mutant("C resets a step late", CORE,
           "if (rule.reset_timing == RV_RESET_NOW) {", "if (rule.reset_timing > 7U) {", KERNELS),
    Mutant("quantiser rounds the threshold up", LAYER,
           'np.floor(level) if rule.compare == ">" else np.ceil(level)', "np.ceil(level)",
           QUANTIZE),
    Mutant("quantiser forgets the leak potential", DRAFT,
           "rest = d.leak - d.leaks", "rest = -d.leaks", QUANTIZE),
    Mutant("C lets scores wrap", "firmware/src/rv_decode_sum.c",
           "rv_sat64(scores[i] + out[i], RV_SCORE_BITS)", "scores[i] + out[i]", KERNELS),
    Mutant("C counts spikes one bit short", CORE,
           "uint32_t k = 8U; k > 0U", "uint32_t k = 7U; k > 0U", KERNELS),
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
           'if p.form == "relax":', "if False:", CHIP_NUMBERS),
    Mutant("errors are spread the wrong way", "compiler/ranvier/quantize/rounding.py",
           "left[:, j + 1 :] -= error", "left[:, j + 1 :] += error", REFINE),
    Mutant("thresholds move the wrong way", "compiler/ranvier/quantize/rates.py",
           "(rate - goal) / most", "(goal - rate) / most", REFINE),
    Mutant("snnTorch's reset comes at once", "compiler/ranvier/float_neurons.py",
           'rule.reset_timing in ("next-membrane", "next-update")', "False", DIALECTS),
    Mutant("a late spike comes at once", "compiler/ranvier/passes/retime_spikes.py",
           "delay=e.delay + 1", "delay=e.delay", PASSES),
    Mutant("convolutions of other kernels are added", "compiler/ranvier/passes/compose.py",
           "a.weight.shape == b.weight.shape and ", "", PASSES),
    Mutant("padding between convolutions is ignored", "compiler/ranvier/passes/compose.py",
           "if not all(_hides_nothing(outer, inner, axis) for axis in (0, 1)):", "if False:",
           PASSES),
    Mutant("link accepts a repeated frame", "firmware/src/rv_link.c",
           "(link->sequence - 1U)) ? RV_STATUS_REPEATED",
           "(link->sequence - 1U)) ? RV_STATUS_OK", LINK),
    Mutant("link gives its last answer to another request", "firmware/src/rv_link.c",
           "(rv_link_get_u32(frame + length) == link->answered_checksum)", "(length > 0U)", LINK),
    Mutant("link keeps an answer that another took the place of", "firmware/src/rv_link.c",
           "link->has_answer = (status == RV_STATUS_OK);",
           "link->has_answer = link->has_answer || (status == RV_STATUS_OK);", LINK),
    Mutant("the seal makes its segment writable", "firmware/boards/common/seal/rv_seal.c",
           "used)) const uint32_t rv_seal", "used)) const volatile uint32_t rv_seal",
           "tests/emulated/test_memory_tree.py"),
    Mutant("cold code is compiled for speed", "targets/mcu/build.py",
           "command(tool.small, cold", "command((), cold", "tests/emulated/test_memory_tree.py"),
    Mutant("the host takes an answer to another request", "tools/link/exchange.py",
           "reply.command == command and reply.sequence == self._sequence",
           "reply.command == command", "tests/unit/test_link_frames.py"),
    Mutant("any probe will do", "tools/hil/probe.py",
           "any(bare(number) == bare(probe) for number in numbers)", "numbers",
           "tests/unit/test_rig.py"),
    Mutant("link skips the checksum", "firmware/src/rv_link.c",
           "rv_crc32(frame, *length) != rv_link_get_u32(frame + *length)",
           "rv_crc32(frame, *length) != rv_crc32(frame, *length)", LINK),
    Mutant("recordings are looked at for NaN in their first sample", FRONTENDS + "sources.py",
           "for k, sample in enumerate(x):\n        if not", "for k, sample in enumerate(x[:1]):\n"
           "        if not", STREAMING),
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
           "longest = check_heaps(path)", "longest = 0", FUZZ),
    Mutant("verify overlooks differences", "tools/verbs/verify.py",
           "np.argwhere(expected != got)", "np.argwhere(expected != expected)", VERIFY),
    Mutant("explain floors no decay", EXPLAIN_LAYER,
           "np.floor(part) if r.rounding", "part if r.rounding", EXPLAIN_ENDS),
    Mutant("explain counts a threshold's rounding that integers hide", EXPLAIN_LAYER,
           "_nearest_level(level, theta, p.fire.compare) if whole", "theta if whole", EXPLAIN),
    Mutant("explain's distance forgets what follows the last step",
           "compiler/ranvier/quantize/explain_distance.py",
           " + gap * gap * np.exp(-2.0 / tau)", "", EXPLAIN_ENDS),
    Mutant("explain forgets the batches before", "compiler/ranvier/quantize/explain_ablation.py",
           "self._apart[p.name] += Distance", "self._apart[p.name] = Distance", EXPLAIN_STREAMING),
    Mutant("explain takes a later step of the next batch for the first",
           "compiler/ranvier/quantize/explain.py",
           "steps if first is None else first.step", "steps", EXPLAIN_STREAMING),
    Mutant("explain finds the last sample's divergence first",
           "compiler/ranvier/quantize/explain_first.py",
           "s = min(samples)", "s = max(samples)", EXPLAIN_ENDS),
    Mutant("explain takes a fault in the layer before for its own",
           "compiler/ranvier/quantize/explain_words.py",
           "own = {c.name: _own(r, c.per_layer[name]) for c in e.causes if c.name != INPUT}",
           "own = {c.name: c.alone.distance for c in e.causes if c.name != INPUT}", EXPLAIN),
    Mutant("flash writes before the chip is known", "tools/flash/job.py",
           "        flasher.identify(job)\n", "        pass\n", PROGRAMMING),
    Mutant("flash believes what it reads back", "tools/flash/job.py",
           "held != job.firmware.data", "len(held) != len(job.firmware.data)", PROGRAMMING),
    Mutant("blocks of a UF2 file are counted from 1", "tools/flash/uf2.py",
           "PAGE, k, pages, family", "PAGE, k + 1, pages, family", "tests/unit/test_uf2.py"),
    Mutant("a board file may say anything more", "targets/board_file.py",
           "if key not in hints:", "if False:", "tests/unit/test_board_files.py"),
)  # fmt: skip


def main(names: list[str]) -> int:
    """Run the mutants asked for, print each one's fate, and return the exit code."""
    chosen = [m for m in MUTANTS if not names or m.name in names]
    with tempfile.TemporaryDirectory(prefix="ranvier-mutants-") as folder:
        trees = Queue[Path]()
        for k in range(WORKERS):
            copy_tree(Path(folder) / f"tree{k}")
            trees.put(Path(folder) / f"tree{k}")
        files = sorted({m.tests for m in chosen})
        code, output = run_tests(Path(folder) / "tree0", ["-n", f"{WORKERS}", *files], LIMIT_OF_ALL)
        if code != 0:
            sys.stdout.write(f"{output}\nthe tests fail without any bug planted\n")
            return 1
        with ThreadPoolExecutor(WORKERS) as pool:
            dead = list(pool.map(partial(killed, trees), chosen))
    alive = [m.name for m, is_dead in zip(chosen, dead, strict=True) if not is_dead]
    sys.stdout.write(f"mutants: {len(chosen) - len(alive)} killed, {len(alive)} alive\n")
    for name in alive:
        sys.stdout.write(f"ALIVE: {name}\n")
    return 1 if alive else 0


def killed(trees: Queue[Path], mutant: Mutant) -> bool:
    """Plant one bug in a tree that is free, run its tests; tell whether they failed."""
    tree = trees.get()
    begin = time.monotonic()
    try:
        dead, fate = _fate(tree, mutant)
    finally:
        trees.put(tree)
    sys.stdout.write(f"{mutant.name:44} {time.monotonic() - begin:5.1f} s  {fate}\n")
    sys.stdout.flush()
    return dead


def _fate(tree: Path, mutant: Mutant) -> tuple[bool, str]:
    """Return whether a planted bug was found, and what found it; the tree is as before."""
    path = tree / mutant.file
    text = path.read_text("utf-8")
    if text.count(mutant.old) != 1:
        return False, f"ALIVE: {mutant.file} holds {text.count(mutant.old)} such places"
    path.write_text(text.replace(mutant.old, mutant.new), "utf-8")
    code, output = run_tests(tree, [mutant.tests])
    path.write_text(text, "utf-8")
    # A test that failed kills. A fixture that broke, such as a compiler that refuses the bug, is a
    # mistake in the planting.
    failed = re.findall(r"^FAILED \S+?::(\S+)", output, re.MULTILINE)
    dead = code == 1 and bool(failed) and "\nERROR tests/" not in output
    return dead, f"killed by {failed[0]}" if dead else f"ALIVE (exit {code})\n{output[-2000:]}"


def copy_tree(tree: Path) -> None:
    """Copy what git tracks, or would track, keeping the links between the folders."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split("\0")  # fmt: skip
    for name in filter(None, listed):
        source, target = ROOT / name, tree / name
        if source.exists() or source.is_symlink():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target, follow_symlinks=False)


def run_tests(tree: Path, asked: list[str], limit: int = LIMIT) -> tuple[int, str]:
    """Run pytest in `tree`, with its own package first on the path."""
    env = {
        **os.environ,
        "PYTHONPATH": str(tree / "compiler"),
        "RANVIER_CASES": os.environ.get("RANVIER_CASES") or str(ROOT.parent / "shared" / "cases"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *asked]
    try:
        done = subprocess.run(
            command, cwd=tree, env=env, capture_output=True, text=True, timeout=limit, check=False
        )
    except subprocess.TimeoutExpired:
        return 1, f"stopped after {limit} s"
    return done.returncode, done.stdout + done.stderr


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
