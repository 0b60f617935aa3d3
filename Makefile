# Each target is a few plain lines that can be run by hand; README.md says them in words.
# What a target needs first is listed behind its colon and is made when it is missing.

PYTHON ?= python3
BIN := .venv/bin
DATA ?= ./data
PORT ?= 8000
PYTEST := $(BIN)/python -m pytest
# The tests start hundreds of processes; each would compile the whole product anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test test-long test-faults test-postgresql test-spark test-workbook lint serve worker bench docs dist messages install libraries services

demo: install libraries  ## A made-up exporter on http://127.0.0.1:8000
	$(BIN)/guanxi demo --port $(PORT)

serve: install libraries  ## Your own workspace: web and worker
	GUANXI_DATA=$(DATA) $(BIN)/guanxi serve --port $(PORT)

worker: install  ## Another worker beside `serve` (PostgreSQL only)
	GUANXI_DATA=$(DATA) $(BIN)/guanxi worker

install: .venv/installed

# The larger contain the smaller, so that one call of pip does for whoever begins with the largest. What is installed
# from here is compiled at once: where Python may write no bytecode, each start would take a second longer.
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --editable
COMPILE := $(BIN)/python -m compileall -q src

.venv/installed: pyproject.toml tools/build_hook.py
	$(PYTHON) -m venv .venv
	$(PIP_INSTALL) .
	$(COMPILE)
	touch $@

.venv/with-tests: pyproject.toml tools/build_hook.py
	$(PYTHON) -m venv .venv
	$(PIP_INSTALL) '.[test]'
	$(COMPILE)
	touch .venv/installed $@

.venv/with-lint: pyproject.toml tools/build_hook.py
	$(PYTHON) -m venv .venv
	$(PIP_INSTALL) '.[test,lint]'
	$(COMPILE)
	touch .venv/installed .venv/with-tests $@

libraries: node_modules/installed  ## The page libraries, copied to where the pages find them
	node tools/vendor.mjs

node_modules/installed: package.json package-lock.json
	npm ci --no-audit --no-fund --loglevel=error
	touch $@

services: .venv/with-tests  ## PostgreSQL's server programs and a browser
	$(BIN)/python tools/test_services.py install

# Everything on SQLite but the few longest, then the engine, the rooms and the faults once more on a real PostgreSQL,
# without the faults that meet no database, and of the rooms those that lock, count under way or ask in SQL of their own.
# All others, the doors and the stories only in test-postgresql.
# A test that fails is looked at once more, alone: one in ten thousand that depends on the machine's pace is named.
SHARED := -n 2 --dist worksteal
TESTS := $(BIN)/python tools/second_look.py -- $(PYTEST)
ON_BOTH := $(addprefix tests/rooms/,campaigns consent intake journeys ledger outbox pipeline privacy/test_erase.py tracking)
test: .venv/with-tests libraries services
	$(BIN)/python tools/messages.py compile
	$(TESTS) $(SHARED) -m "not long"
	$(BIN)/python tools/test_services.py postgresql -- $(TESTS) $(SHARED) -m "not long" \
		--ignore tests/faults/test_killed_rotation.py --ignore tests/faults/test_transcripts.py \
		--ignore tests/faults/test_broken_files.py tests/engines $(ON_BOTH) tests/faults

test-long: .venv/with-tests libraries services  ## The longest tests: the whole demo, a person erased by the commands
	$(BIN)/python tools/messages.py compile
	$(PYTEST) -m long

test-postgresql: .venv/with-tests libraries services  ## All that touches a database, on PostgreSQL; half an hour
	$(BIN)/python tools/messages.py compile
	$(BIN)/python tools/test_services.py postgresql -- $(PYTEST) $(SHARED) \
		tests/engines tests/rooms tests/flows tests/doors tests/faults

.venv/with-spark: .venv/with-tests
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test,spark]'
	touch $@

test-spark: .venv/with-spark  ## The measures on a real Spark cluster of two workers; needs Java 17
	$(BIN)/python tools/spark_cluster.py -- $(PYTEST) -m spark tests/engines

test-faults: .venv/with-tests libraries services  ## The full-size fault runs; about an hour
	$(BIN)/python tools/messages.py compile
	GUANXI_FAULTS=full $(PYTEST) -m faults
	$(BIN)/python tools/test_services.py postgresql -- env GUANXI_FAULTS=full $(PYTEST) -m faults

test-workbook: .venv/with-tests  ## Every preset's workbook, computed anew by LibreOffice
	$(BIN)/python tools/test_services.py install office
	GUANXI_WORKBOOK=full $(PYTEST) tests/doors/cli/test_workbook.py

lint: .venv/with-lint
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy --num-workers 2
	$(BIN)/lint-imports

bench: install
	$(BIN)/guanxi bench tier

docs: .venv/with-tests  ## Write the generated pages of docs/reference anew
	$(BIN)/python tools/reference.py

messages: .venv/with-tests  ## Collect the texts of the pages into src/guanxi/locale
	$(BIN)/python tools/messages.py

dist: install libraries  ## A wheel in dist/ that needs no Node
	$(BIN)/python -m pip install --quiet --disable-pip-version-check build
	$(BIN)/python -m build --outdir dist .
	$(BIN)/python tools/check_wheel.py dist/*.whl
