# `make run` and `make test` do their own set-up in .venv; a second call is quick.
# PYTHON: 3.11 or later; found by itself.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq

.PHONY: run test samples slow lint format types layers check bench errors floors train quality clean

run: .venv/.run
	$(BIN)/cleanpipe run configs/scale.yaml

test: .venv/.dev
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

slow: .venv/.dev
	$(BIN)/python -m pytest -m slow

lint: .venv/.dev
	$(BIN)/ruff check --quiet --output-format=concise .
	$(BIN)/ruff format --check --quiet .

format: .venv/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: .venv/.dev
	$(BIN)/mypy

layers: .venv/.dev
	$(BIN)/lint-imports

check: lint types layers test

# The samples that are made from others: an archive and a table.
samples: .venv/.dev
	PYTHONPATH=. $(BIN)/python tests/make_samples.py

# SIZE: 10k, 100k, 1M, 10M. PEERS: none, all, or names; they get an environment of their own.
SIZE ?= 10k
PEERS ?= none
bench: .venv/.dev
	$(BIN)/python -m benchmarks.dedup $(SIZE) --peers $(PEERS) --steps

# What cleaning got wrong on a reference set, each fold by models that have not seen it. SET: fundus/pages, trafi/pages, fundus/rawtext, trafi/rawtext.
SET ?= fundus/pages
WORST ?= 20
REFERENCE = $(SET)$(if $(filter %/rawtext,$(SET)),.jsonl.gz)
errors: .venv/.dev
	rm -rf out/errors
	$(BIN)/python -m training.cv run $(REFERENCE) out/errors --set profile=body
	$(BIN)/python -m benchmarks.errors out/errors $(firstword $(subst /, ,$(SET))) --worst $(WORST)

# Raise the floors of the evaluation gates to what is measured. LOWER=1 lets them sink, DATA=1 takes changed data.
floors: .venv/.dev
	PYTHONPATH=. $(BIN)/python tests/floors.py $(if $(LOWER),--lower) $(if $(DATA),--data)

# The block models, shipped and of each fold; then write the hashes into the models' README.md.
train: .venv/.dev
	OMP_NUM_THREADS=1 $(BIN)/python -m training.train cleanpipe/clean/learned/models
	OMP_NUM_THREADS=1 $(BIN)/python -m training.cv train
	sha256sum cleanpipe/clean/learned/models/*.npz

# Cleaning beside other extractors: docs/quality.md.
quality: .venv/.dev
	$(BIN)/python -m benchmarks.quality

clean:
	rm -rf .venv out benchmarks/.venv

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "cleanpipe needs Python 3.11 or later; install it, or: make PYTHON=/path/to/python"; exit 1; }
	$(PYTHON) -m venv .venv

.venv/.run: pyproject.toml | .venv/bin/python
	$(PIP) install --editable .
	@touch $@

.venv/.dev: pyproject.toml | .venv/bin/python
	$(PIP) install --editable '.[dev]'
	@touch .venv/.run $@
