# `make run` opens the app on the embedded AWS, `make test` is the gate, `make notebooks` opens the notebooks in JupyterLab.
# All set-up happens on its own.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: run test prove bench notebooks clean

run: $(VENV)/run
	@if [ -t 0 ] && [ -t 1 ]; then $(BIN)/karet tui --rehearsal; else $(BIN)/karet rehearse; fi

test: $(VENV)/dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n 2 --dist worksteal

prove: $(VENV)/dev
	# Tests of minutes, given out one by one; while one of them waits for its own programs, another computes.
	$(BIN)/pytest -m prove -n 3 --dist load --maxschedchunk 1 -rs

bench: $(VENV)/dev
	$(BIN)/python benchmarks/run.py
	$(BIN)/python benchmarks/tui.py

notebooks: $(VENV)/notebooks
	$(BIN)/jupyter lab --notebook-dir=notebooks $(LAB_OPTIONS)

$(VENV)/created: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' \
	  || { echo "Python 3.11, 3.12 or 3.13 is needed; this is $$($(PYTHON) --version). Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/run: $(VENV)/created
	$(PIP) install --quiet --constraint constraints.txt --editable .
	@touch $@

$(VENV)/dev: $(VENV)/run
	$(PIP) install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

$(VENV)/notebooks: $(VENV)/run
	$(PIP) install --quiet --constraint constraints.txt --editable '.[notebooks]'
	@touch $@

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
