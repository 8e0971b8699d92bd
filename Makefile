# Two commands for a fresh machine: `make demo` and `make test`. Everything lives in .venv.
# PYTHON chooses the interpreter: the first of these that is 3.11 or 3.12, else python3 (durable-rules cannot be
# built from 3.13 on; there the fold decides alone).
PYTHON ?= $(or $(shell for p in python3 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info[:2] not in {(3, 11), (3, 12)})' 2>/dev/null && echo $$p && break; \
	done),python3)
BIN := .venv/bin
STAMP := .venv/.installed

export PIP_BUILD_CONSTRAINT := constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1

SIZES ?= S,M,L

.PHONY: demo weinan test lint bench wheel clean city

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "hege needs Python 3.11 or newer: make PYTHON=...")'
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --upgrade pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable . --group dev
	@touch $(STAMP)

# Two inspections: a small invented city, served on the loopback interface, collected over HTTP into a ledger and inspected
# on it (out/city), and a real one, from facts to the notice's own numbers (out).
demo: $(STAMP) city weinan

city: $(STAMP)
	@rm -rf out/city
	@mkdir -p out/city
	@$(BIN)/hege --lang zh ledger init --ledger out/city/ledger.db --name demo-city
	@$(BIN)/hege --lang zh demo-city serve out/city --collect --ledger out/city/ledger.db
	@$(BIN)/hege --lang zh inspect out/city --ledger out/city/ledger.db --out out/city/report
	@$(BIN)/hege --lang zh ledger verify --ledger out/city/ledger.db
	@echo "→ out/city/report/report.html  out/city/evidence.csv  out/city/ledger.db"
	@echo

weinan: $(STAMP)
	@$(BIN)/hege --lang zh inspect examples/weinan-2024-1 --out out
	@echo "→ out/report.html  out/inspection.json  out/inspection.xlsx  out/assets.csv  out/findings.csv"

test: $(STAMP)
	$(BIN)/python -m pytest -q --numprocesses=auto --dist=loadfile --cov --cov-report=term --cov-fail-under=95

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	cd .dev && ../$(BIN)/lint-imports --config ../pyproject.toml

# The wheel and the source archive, then the wheel in a fresh environment away from the checkout.
wheel: $(STAMP)
	rm -rf dist
	$(BIN)/python -m hatchling build -d dist
	.ci/smoke $(BIN)/python dist/*.whl

# `make bench SIZES=S` is a matter of minutes.
# What the measurements are held against (DuckDB, zen-engine, Scrapy) is installed for them alone.
bench: $(STAMP)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --group bench
	$(BIN)/python bench/national.py --sizes $(SIZES)
	$(BIN)/python bench/year.py --sizes $(SIZES)
	$(BIN)/python bench/ledger.py
	$(BIN)/python bench/rules.py
	$(BIN)/python bench/reading.py
	$(BIN)/python bench/collecting.py
	$(BIN)/python bench/outputs.py

clean:
	rm -rf .venv dist out .coverage .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
