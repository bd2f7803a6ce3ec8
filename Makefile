# The two commands a newcomer needs are `make demo` and `make test`; each sets up what it needs.
# ARGS passes options on: make demo ARGS="--couriers 100", make test ARGS="-k fences".

SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
STAMPS := .make
PAGES := server/static/.built

.PHONY: help demo test check format loadtest bench web docs clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(STAMPS)/run $(PAGES) ## set up, then run the demo: an invented city, 40 couriers, a lunch peak
	$(BIN)/relevo demo $(ARGS)

test: $(STAMPS)/dev $(STAMPS)/osrm.stamp $(PAGES) ## set up, then run every test, browser and real servers included
	@$(BIN)/python -m tests.needs
	cd web && npm test --silent
	$(BIN)/pytest $(ARGS)

check: $(STAMPS)/dev $(STAMPS)/web ## format, lint, types, import contracts, freshness of generated files
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python web/generate_wire.py --check
	$(BIN)/python -m server.reference --check
	cd web && npm run --silent check

format: $(STAMPS)/dev ## put the Python sources into the project's format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

loadtest: $(STAMPS)/dev $(PAGES) ## a lunch peak with Locust against a server it starts; fails when a threshold is missed
	$(BIN)/relevo loadtest $(ARGS)

bench: $(STAMPS)/dev ## the benches that need no data of others, one after the other
	set -e; for name in ingest fanout geofence pipeline eta dispatch_latency; do $(BIN)/python -m bench.$$name --json bench/results/$$name.json; done

web: $(PAGES) ## build the pages

docs: $(STAMPS)/dev ## write the generated parts of the manual
	$(BIN)/python -m server.reference

clean: ## remove everything that was built or installed here
	rm -rf $(VENV) $(STAMPS) web/node_modules server/static build *.egg-info

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) --version)"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(STAMPS)/run: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/dev: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev,loadtest]'
	@mkdir -p $(STAMPS) && touch $@ $(STAMPS)/run

# The wheel is for Python 3.12, but the programs in it need no Python; where there is no wheel their tests skip.
$(STAMPS)/osrm.stamp: constraints.txt | $(BIN)/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --upgrade \
		--target $(STAMPS)/osrm --python-version 3.12 --only-binary=:all: --no-deps osrm-bindings \
		|| echo "no OSRM programs for this machine: the tests of real street servers are skipped"
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/web: web/package-lock.json
	@command -v node >/dev/null || { echo "Node 20 or newer is needed to build the pages (Debian: apt-get install nodejs npm)"; exit 1; }
	cd web && npm ci --no-audit --no-fund --loglevel=error
	@mkdir -p $(STAMPS) && touch $@

$(PAGES): $(STAMPS)/web $(shell find web -path web/node_modules -prune -o -type f -print 2>/dev/null)
	cd web && npm run --silent build
	@touch $@
