# SPDX-License-Identifier: Apache-2.0
# The only entry point for people and for CI; `make help` lists the targets.

PYTHON ?= python3
BIN := .venv/bin
RANVIER := $(BIN)/ranvier

.DEFAULT_GOAL := help
.PHONY: help demo demo-hdl setup setup-hdl setup-test check test test-full mutants formal bench bench-mcu bench-hdl neuro \
        docs-check format clean python

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | \
	    while IFS='|' read -r name what; do printf '%-18s %s\n' "$$name" "$$what"; done

demo: setup  ## set up, then compile a trained decoder and prove it on an emulated Cortex-M4
	@$(RANVIER) demo

demo-hdl: setup-hdl  ## set up, then make a trained decoder's bitstream and prove its core in simulation
	@$(RANVIER) demo --target up5k --out build/demo-hdl

setup: python  ## .venv with the package, and the system packages it needs
	@$(PYTHON) tools/dev/setup_machine.py run

setup-hdl: python  ## the same, with what an FPGA's bitstream and its simulation need
	@$(PYTHON) tools/dev/setup_machine.py run hdl

setup-test: python  ## the same, with what the tests need
	@$(PYTHON) tools/dev/setup_machine.py run test

check: setup-test  ## lint, types, import contracts and unit tests, in under a minute
	@$(BIN)/python tools/dev/stages.py --total 60 check unit

test: setup-test  ## set up, then the whole suite in stages
	@$(BIN)/python tools/dev/stages.py

test-full: setup-test  ## the suite over whole data sets
	@RANVIER_FULL=1 $(BIN)/python tools/dev/stages.py

mutants: setup-test  ## plant known bugs; fails if the tests let one live
	@$(BIN)/python tools/dev/mutants.py

neuro: setup-test  ## install chips' own software apart, and compare networks with it
	@$(BIN)/python tools/dev/neuro.py
	@$(BIN)/python tools/dev/stages.py neuro

formal: setup-test  ## prove properties of the Verilog, each against a planted bug
	@$(BIN)/python tools/dev/formal.py

bench: setup-test  ## measure speed and memory; not a test
	@$(BIN)/python tools/dev/bench.py

bench-mcu: setup-test  ## count instructions on the emulated cores, against their budgets
	@$(BIN)/python tools/dev/bench_mcu.py

bench-hdl: setup-test  ## measure the Verilog core, in simulation and placed on an iCE40, against budgets
	@$(BIN)/python tools/dev/bench_hdl.py

docs-check: setup-test  ## run again what the documents quote, and check their links
	@$(BIN)/python tools/dev/docs_check.py

format: setup-test  ## rewrite Python and C in the house style
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .
	@find firmware -name '*.[ch]' -print0 | xargs -0 -r $(BIN)/clang-format -i

clean:  ## remove .venv and everything that was generated
	rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -prune -exec rm -rf {} +
	find . -name '*.egg-info' -prune -exec rm -rf {} +

python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	    echo "Ranvier needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1 | tail -1)." >&2; \
	    echo "  Things to try: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
