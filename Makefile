# What a change has to pass, and how fast the program is. PYTHON is that of an environment with `pip install -e .[test]`.
PYTHON ?= python
JOBS ?= 2

.PHONY: check format lint types contracts tests bench

check: format lint types contracts tests

format:
	$(PYTHON) -m ruff format --check .

lint:
	$(PYTHON) -m ruff check .

types:
	$(PYTHON) -m mypy -p tuiqc

contracts:
	$(PYTHON) -m pytest -q tests/test_contracts.py tests/test_house.py tests/test_classes.py

tests:
	$(PYTHON) -m pytest -q -n $(JOBS) tests

# Starting, a step, an overview, a preview, and how long a key waits while a table is worked on.
bench:
	for one in startup step preview overview table_stalls; do $(PYTHON) tests/benchmarks/$$one.py || exit 1; done
