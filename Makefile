# Two commands for a fresh machine: `make demo` and `make test`. Everything lives in .venv.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

.PHONY: demo test lint bench wheel clean

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --upgrade pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable . --group dev
	touch $(STAMP)

demo: $(STAMP)
	$(BIN)/hege --lang zh inspect examples/weinan-2024-1 --out out
	@echo "out/report.html out/inspection.json out/assets.csv out/findings.csv"

test: $(STAMP)
	$(BIN)/python -m pytest -q --cov=hege.engine --cov-branch --cov-report=term:skip-covered --cov-fail-under=85

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	cd .dev && ../$(BIN)/lint-imports --config ../pyproject.toml

wheel: $(STAMP)
	$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist .

bench: $(STAMP)
	$(BIN)/python bench/growth.py

clean:
	rm -rf .venv dist out
