# gradlab: `make serve` serves the demo course on this machine, `make test` proves all of it.
# Needs Python 3.11 or newer with venv, and make; browser tests need Chromium as well
# (scripts/install-system.sh). pip's own settings decide where packages come from.

SHELL := /bin/bash
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --disable-pip-version-check --quiet --constraint constraints.txt
AGAIN := --last-failed --last-failed-no-failures none
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help serve test slow lint types imports course unit build bench docs system
.DEFAULT_GOAL := help

help:
	@echo "make serve   serve the demo course on http://127.0.0.1:8000/ until Ctrl-C"
	@echo "make test    everything below, the tests and the browser tests"
	@echo "make slow    the tests that take long: learning, attacks, faults, clusters"
	@echo "make lint    ruff        make types   mypy        make imports  import contracts"
	@echo "make build   solutions/ -> assignments/           make course   author's proof"
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

test: $(VENV)/.test system lint types imports course docs unit

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
	$(BIN)/gradlab verify

# A failing test is run once more by itself: machines are noisy. Failing twice is failing.
unit: $(VENV)/.test
	$(BIN)/pytest -m 'not slow' || $(BIN)/pytest -m 'not slow' $(AGAIN)

slow: $(VENV)/.test
	$(BIN)/pytest -m slow || $(BIN)/pytest -m slow $(AGAIN)

build: $(VENV)/.serve
	$(BIN)/gradlab build

bench: $(VENV)/.test
	@for file in benchmarks/*.py; do echo "# $$file"; $(BIN)/python "$$file" || exit 1; done

docs: $(VENV)/.test
	$(BIN)/sphinx-build --quiet --fail-on-warning --builder html docs docs/_build/html
