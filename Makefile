# `make run` opens the app on the embedded AWS, `make test` is the gate, `make notebooks` opens the notebooks in JupyterLab.
# All set-up happens on its own.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Its three tests are the longest by far, so each gets a process of its own.
KILLS := tests/prove/test_kill_matrix.py
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
	$(BIN)/pytest -m prove -n 3 --dist load -rs $(KILLS)
	$(BIN)/pytest -m prove -n 2 --dist worksteal -rs --ignore $(KILLS) tests

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
