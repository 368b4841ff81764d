# Everything that people and CI run. `make` alone lists it. What is up to date is not made again (stamps lie in .make/).

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory

PORT ?= 8000
BIN := $(CURDIR)/.venv/bin
# Node may be the venv's own (tools/node.sh), so its folder goes first.
export PATH := $(BIN):$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# What was deleted by hand is made again, whatever the stamps say.
$(shell [ -x .venv/bin/python ] || rm -f .make/venv .make/python .make/python-dev .make/node; \
        [ -d frontend/node_modules ] || rm -f .make/npm; [ -d frontend/dist ] || rm -f .make/front)

FRONT_SOURCES := $(shell find frontend -type f -not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null | tr ' ' '?')
# One worker a core: most of a run is waiting for servers, browsers and disks.
PYTEST_ARGS ?= --numprocesses=auto --dist=worksteal

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

# --- what people start -----------------------------------------------------------------------------------

.PHONY: run
run: .make/python .make/front ## the demo city on http://127.0.0.1:8000 (PORT= another port); Ctrl-C stops it
	@WARDLINE_PORT=$(PORT) exec $(BIN)/wardline demo

.PHONY: test
test: .make/debian .make/python-dev .make/front ## every test: front, core, services, browser
	@cd frontend && npm run --silent test
	@$(BIN)/python -m pytest $(PYTEST_ARGS)

.PHONY: hostile
hostile: .make/python-dev ## what strangers may ask, asked some 10,000 times in ways that nobody should (half an hour)
	@WARDLINE_EXAMPLES=250 $(BIN)/python -m pytest -m public tests/services/api --timeout=3000 $(PYTEST_ARGS)

.PHONY: check
check: lint test ## what a change must pass: format, lint, types, import contracts, docs, tests

.PHONY: lint
lint: .make/python-dev .make/front ## everything of `check` but the tests
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m docs.generate --check
	@cd frontend && npm run --silent lint && npm run --silent typecheck && npm run --silent knip

.PHONY: bench
bench: .make/debian .make/python-dev ## the short benchmarks; their JSON goes to build/bench/
	@mkdir -p build/bench
	@for name in end-to-end locate assign; do \
	  echo "== $$name"; $(BIN)/wardline bench $$name --json build/bench/$$name.json; done

# --- what is set up, and from what -----------------------------------------------------------------------

.PHONY: setup
setup: .make/debian .make/python-dev .make/front ## all that the other commands need, and nothing more

.make/venv: tools/venv.sh
	@mkdir -p .make
	@tools/venv.sh
	@touch $@

.make/python: requirements.lock pyproject.toml .make/venv
	@$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q gis dispatch services simulators bench
	@touch $@

.make/python-dev: requirements-dev.lock .make/python
	@$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r requirements-dev.lock
	@touch $@

.make/debian: tools/debian.sh .make/venv
	@tools/debian.sh
	@touch $@

.make/node: tools/node.sh requirements-node.lock .make/venv
	@tools/node.sh
	@touch $@

.make/npm: frontend/package-lock.json .make/node
	@cd frontend && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

.make/front: $(FRONT_SOURCES) .make/npm
	@cd frontend && npm run --silent build
	@touch $@

# --- what a change may have to renew ---------------------------------------------------------------------

.PHONY: format
format: .make/python-dev .make/npm ## format Python and the front
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .
	@cd frontend && npm run --silent format

.PHONY: docs
docs: .make/python-dev ## write docs/generated/ and the front's types anew
	@$(BIN)/python -m docs.generate
	@cd frontend && npm run --silent gen

.PHONY: lock
lock: .make/python-dev ## write the lock files anew: the newest versions that pyproject.toml allows
	@tools/lock.sh

.PHONY: coverage
coverage: .make/python-dev ## which branches of the core no test of the core takes
	@$(BIN)/python -m pytest -q tests/gis tests/dispatch --cov --cov-report=term-missing

.PHONY: clean
clean: ## remove what was set up and built (never data/)
	@rm -rf .make .venv build frontend/node_modules frontend/dist
