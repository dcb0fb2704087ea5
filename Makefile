# gradlab: `make serve` serves the demo course on this machine, `make test` proves all of it.
# Needs Python 3.11 or newer with venv, and make; browser tests need Chromium as well
# (scripts/install-system.sh). pip's own settings decide where packages come from.

SHELL := /bin/bash
# `make test PYTHON=python3.13` works in .venv-3.13, beside the default's .venv.
ifdef PYTHON
VENV := .venv-$(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])')
else
PYTHON := $(shell command -v python3.11 || command -v python3)
VENV := .venv
endif
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --disable-pip-version-check --quiet --constraint constraints.txt
# Half of a test's time is waiting for others, so there is one worker more than processors.
WORKERS ?= $(shell echo $$(($$(nproc) + 1)))
# A file's tests stay together, so that they share what its fixtures start.
PYTEST := $(BIN)/pytest --numprocesses $(WORKERS) --dist loadfile
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help serve test slow proof lint types imports course unit build bench docs wheel system
.DEFAULT_GOAL := help

help:
	@echo "make serve   serve the demo course on http://127.0.0.1:8000/ until Ctrl-C"
	@echo "make test    everything below, the tests and the browser tests"
	@echo "make slow    the tests that take long: learning, attacks, faults, clusters"
	@echo "make proof   what CI has no time for: the course in every cell, more seeds and examples"
	@echo "make lint    ruff        make types   mypy        make imports  import contracts"
	@echo "make build   solutions/ -> assignments/           make course   author's proof"
	@echo "make wheel   dist/gradlab-*.whl, which courses of their own install"
	@echo "make docs    docs/_build/html                     make bench    benchmarks/*.py"

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "python3 is missing: apt install python3 python3-venv"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "$(PYTHON) is too old: gradlab needs Python 3.11 or newer"; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
	  || { rm -rf $(VENV); echo "venv is missing: apt install python3-venv"; exit 1; }

# torch alone first: it is by far the largest, and a retry then starts behind it
$(VENV)/.torch: constraints.txt | $(BIN)/python
	@echo "installing torch"
	@$(PIP) torch
	@touch $@

$(VENV)/.serve: pyproject.toml $(VENV)/.torch
	@echo "installing gradlab"
	@$(PIP) --editable '.[hub,dask,postgres]'
	@touch $@

$(VENV)/.test: pyproject.toml $(VENV)/.torch
	@echo "installing gradlab and what its tests need"
	@$(PIP) --editable '.[test]'
	@touch $@ $(VENV)/.serve

serve: $(VENV)/.serve
	@$(BIN)/gradlab serve

# Each of the first four keeps one processor busy, so two of them run at a time.
test: $(VENV)/.test system
	@$(MAKE) --no-print-directory --jobs 2 --output-sync=target docs types lint imports
	@$(MAKE) --no-print-directory course unit

system:
	@scripts/install-system.sh --check $(if $(CI),--strict)

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.test
	$(BIN)/mypy

imports: $(VENV)/.test
	$(BIN)/lint-imports

course: $(VENV)/.test
	$(BIN)/gradlab build --check
	$(BIN)/gradlab verify --seeds 1
	$(BIN)/gradlab mutants --sample 40 --quiet

proof: $(VENV)/.test
	$(BIN)/gradlab verify --every-cell --seeds 3
	$(BIN)/gradlab mutants
	$(PYTEST) -m proof
	for seed in 1 2 3 4 5 6 7 8; do \
	  $(PYTEST) -m hypothesis --hypothesis-profile proof --hypothesis-seed $$seed || exit 1; done

unit: $(VENV)/.test
	$(PYTEST) -m 'not slow and not proof'

slow: $(VENV)/.test
	$(PYTEST) -m 'slow and not proof'

build: $(VENV)/.serve
	$(BIN)/gradlab build

bench: $(VENV)/.test
	@for file in benchmarks/*.py; do echo "# $$file"; $(BIN)/python "$$file" || exit 1; done

docs: $(VENV)/.test
	$(BIN)/sphinx-build --quiet --fail-on-warning --builder html docs docs/_build/html

# `build` may hold files of an earlier build, which would be packed, too.
wheel: $(VENV)/.serve
	@rm -rf build dist
	@$(BIN)/python -m pip wheel --disable-pip-version-check --quiet --no-deps --wheel-dir dist .
	@ls dist/*.whl
