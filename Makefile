# What a change has to pass, and how fast the program is. PYTHON is that of an environment with `pip install -e .[test]`.
PYTHON ?= python
JOBS ?= 2

.PHONY: check format lint types contracts tests thorough bench pictures site

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

# All tests, also those that the suite of four minutes has no room for: before a release.
thorough:
	$(PYTHON) -m pytest -q -n $(JOBS) -m "" tests

# Starting, a step, an overview, a preview, and how long a key waits while a table is worked on.
bench:
	for one in startup step preview overview table_stalls; do $(PYTHON) tests/benchmarks/$$one.py || exit 1; done

# The pictures of the documents, made by the program's own keys; the site of the documents (`pip install -e .[docs]`), offline.
pictures:
	$(PYTHON) -m tuiqc demo --keys tuiqc/docs/pictures/demo.keys --annotations $$(mktemp -d)/said.csv
	$(PYTHON) -m tuiqc demo tracking --keys tuiqc/docs/pictures/movie.keys --annotations $$(mktemp -d)/said.csv

site:
	TUIQC_DOCUMENTS=all $(PYTHON) -m pytest -q tests/cli/test_cli_documents.py
	$(PYTHON) -m tuiqc help --write build/docs
	NO_MKDOCS_2_WARNING=1 $(PYTHON) -m mkdocs build --strict -f build/docs/mkdocs.yml
