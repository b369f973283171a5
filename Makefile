# Everything this repository can do, from a fresh machine on. `make help` lists it.

PYTHON ?= python3
VENV := $(CURDIR)/.venv
BIN := $(VENV)/bin
REPORTS := $(CURDIR)/build/reports
RECORD ?= $(lastword $(sort $(wildcard bench/records/*.json)))

# maturin installs into VIRTUAL_ENV; PyO3's build script asks PYO3_PYTHON.
export PYTHON
export VIRTUAL_ENV := $(VENV)
export PYO3_PYTHON := $(BIN)/python
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_QUIET := 1

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help build demo test lint test-setup test-rust test-queue-models test-python test-wheel bench figures fuzz wheel clean machine-build machine-test machine-bench

help:  ## list what can be made
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/make \1\t\2/p' Makefile | expand -t 14

# ------------------------------------------------------------------ set-up

# Asked every time, because asking takes a moment and a package can go; nothing is downloaded unless one is missing.
machine-build machine-test machine-bench: machine-%:
	@tools/machine.sh $*

$(VENV)/build.stamp: requirements/build.txt requirements/lock.txt | machine-build
	$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	$(BIN)/pip install -r requirements/build.txt
	touch $@

# The files are kept, so that the tests of the wheel can fill a second environment without the network.
$(VENV)/test.stamp: requirements/*.txt $(VENV)/build.stamp | machine-test
	$(BIN)/pip download --only-binary :all: --dest $(VENV)/wheelhouse -r requirements/check.txt
	$(BIN)/pip install --no-index --find-links $(VENV)/wheelhouse -r requirements/check.txt
	touch $@

$(VENV)/bench.stamp: requirements/bench.txt requirements/lock.txt $(VENV)/build.stamp
	$(BIN)/pip install -r requirements/bench.txt
	touch $@

build: machine-build $(VENV)/build.stamp  ## install what is missing, build the package into .venv
	$(BIN)/maturin develop --release --locked

# ------------------------------------------------------------------ using it

demo: build  ## run the first examples, time a matrix product, draw the Mandelbrot set
	@$(BIN)/python demo/demo.py

# The peers are compiled by what uses them; rayon's crate has dependencies to download, so it is built here.
bench: machine-bench build $(VENV)/bench.stamp  ## measure against the peers, print the figures and record them in bench/records
	RUSTFLAGS="-C target-cpu=native" cargo build --release --locked --quiet \
		--manifest-path bench/peers/rayon/Cargo.toml --target-dir build/rayon
	@$(BIN)/python bench/run.py

figures: build $(VENV)/bench.stamp  ## write the newest record's figures into the pages: make figures [RECORD=…]
	@$(BIN)/python bench/plot.py $(RECORD)
	@$(BIN)/python bench/table.py $(RECORD)

wheel: machine-build $(VENV)/build.stamp  ## one self-contained wheel in dist
	rm -rf dist
	$(BIN)/maturin build --release --locked --compatibility pypi --out dist

# ------------------------------------------------------------------ tests

test: machine-test clean-reports build $(VENV)/test.stamp lint test-setup test-rust test-queue-models test-python test-wheel  ## run every test
	@$(BIN)/python tools/reckon.py $(REPORTS) tests/skips.toml

.PHONY: clean-reports
clean-reports:
	@rm -rf $(REPORTS) && mkdir -p $(REPORTS)

PYTEST = mkdir -p $(REPORTS) && $(BIN)/python -m pytest --junitxml=$(REPORTS)/$@.xml
CARGO_TEST = mkdir -p $(REPORTS) && cargo test --locked $(1) 2>&1 | tee $(REPORTS)/$@.log

lint: $(VENV)/test.stamp  ## formatting, lints and types
	cargo fmt --all --check
	cargo fmt --manifest-path bench/peers/rayon/Cargo.toml --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/python -m mypy.stubtest shiver --mypy-config-file pyproject.toml --allowlist tests/typing/stubtest.txt
	$(BIN)/python tools/notices.py --check

test-setup: $(VENV)/test.stamp
	$(PYTEST) tests/setup

# The PyO3 crate is tested from Python: a test program of its own would need a libpython to link. The tests keep out of
# the user's cache, and see memory stay flat over ten thousand functions.
test-rust: export SHIVER_CACHE_DIR = $(CURDIR)/build/cache
test-rust: export SHIVER_TEST_FUNCTIONS = 10000
test-rust: machine-test
	$(call CARGO_TEST,--workspace --exclude shiver-python)

test-queue-models: export RUSTFLAGS := --cfg loom
test-queue-models: machine-test
	$(call CARGO_TEST,--package shiver-queue --release --lib --target-dir target/loom models)

test-python: build $(VENV)/test.stamp
	$(PYTEST) tests/python tests/compat tests/accuracy

test-wheel: machine-test $(VENV)/test.stamp wheel
	$(PYTEST) tests/wheel

# FUZZ_SECONDS and FUZZ_SEED may be given; what is found goes to tests/fuzz/records, to be looked at and committed.
fuzz: build $(VENV)/test.stamp  ## hand damaged LLVM code to it for ten minutes, and record what became of it
	$(BIN)/python tools/fuzz.py --seconds $(or $(FUZZ_SECONDS),600) --seed $(or $(FUZZ_SEED),1) --record tests/fuzz/records

# ------------------------------------------------------------------ order

clean:  ## remove all that was built, the environment too
	cargo clean
	rm -rf $(VENV) build dist python/shiver/_native*.so mandelbrot.png
	find . -name __pycache__ -prune -exec rm -rf {} +
