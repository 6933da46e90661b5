# Every target sets up what it needs: only Python >= 3.11 and make have to be there.
PYTHON ?= python3
VENV := .venv
BENCH_VENV := .venv-bench
READY := $(VENV)/.ready
BENCH_READY := $(BENCH_VENV)/.ready
DEMO := demo

.PHONY: demo test check bench agreement clean

demo: $(READY)  ## the main job on the S&P 500, ending with the path of a report
	rm -rf $(DEMO)
	$(VENV)/bin/admf demo --out $(DEMO)

test: $(READY)  ## the tests that finish in minutes
	$(VENV)/bin/python -m pytest

check: $(READY)  ## lint, format, types, layering
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

bench: $(BENCH_READY)  ## the table of targets: speed and memory beside other engines, as ratios
	$(BENCH_VENV)/bin/python bench/table.py $(BENCH)

agreement: $(BENCH_READY)  ## our trades and returns beside two other engines'
	$(BENCH_VENV)/bin/python bench/agreement.py

# Installed with compiled bytecode and warmed kernels: without them every worker compiles them again.
$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --compile -c constraints.txt -e '.[dev]'
	$(VENV)/bin/python -m compileall -q src
	$(VENV)/bin/python -m admf.trials.warm
	touch $@

$(BENCH_READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(BENCH_VENV)
	$(BENCH_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --compile -c constraints.txt -e '.[bench]'
	$(BENCH_VENV)/bin/python -m compileall -q src
	$(BENCH_VENV)/bin/python -m admf.trials.warm
	touch $@

clean:
	rm -rf $(VENV) $(BENCH_VENV) $(DEMO) dist build
