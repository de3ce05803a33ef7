# Toàn Cảnh. `make run` starts a sample province, `make test` passes the tests; both set everything up by themselves.
SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
PYTHON := $(shell for p in python3.14 python3.13 python3.12 python3; do \
	if $$p -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null; then echo $$p; break; fi; done)
.DEFAULT_GOAL := help
.PHONY: help setup run test test-slow test-browser lint types bench messages clean browser

help: ## what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: $(VENV)/.installed src/toancanh/screens/static/dist/.built $(VENV)/.messages ## install everything into .venv and build the front end

$(VENV)/.installed: pyproject.toml constraints.txt
	@if [ -z "$(PYTHON)" ]; then echo "Python 3.12 or newer is needed and none was found (python3.14, python3.13, python3.12)." >&2; exit 1; fi
	@echo "Installing the Python packages into $(VENV) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable . --group dev
	@touch $@

src/toancanh/screens/static/dist/.built: frontend/package-lock.json $(shell find frontend/src frontend/*.ts frontend/*.json frontend/scripts -type f 2>/dev/null)
	@node -e 'process.exit(process.versions.node.split(".")[0] < 20 ? 1 : 0)' 2>/dev/null || { echo "Node.js 20 or newer is needed and was not found." >&2; exit 1; }
	@echo "Building the front end ..."
	@cd frontend && npm ci --no-audit --no-fund --loglevel=error && npm run --silent build
	@touch $@

$(VENV)/.messages: $(VENV)/.installed $(shell find src -name '*.po' 2>/dev/null)
	@$(BIN)/python tools/messages.py compile
	@touch $@

run: setup ## start the operations centre of a sample province
	@$(BIN)/toancanh run --demo $(ARGS)

test: setup ## the tests, under ten minutes
	@$(BIN)/python -m pytest -n 2 -m "not slow and not browser" $(ARGS)

test-slow: setup ## the long tests
	@$(BIN)/python -m pytest -m "slow and not browser" $(ARGS)

test-browser: setup browser ## the pages in a real Chromium
	@$(BIN)/python -m pytest -n 2 -m browser $(ARGS)

lint: setup ## ruff, types, floors
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/mypy
	@cd frontend && npm run --silent check

bench: setup ## every measured promise beside its floor
	@$(BIN)/python -m bench $(ARGS)

messages: setup ## collect the texts to translate
	@$(BIN)/python tools/messages.py update

browser: ## install Chromium for the browser tests (Debian)
	@command -v chromium >/dev/null || (apt-get update -qq && apt-get install -y -qq chromium)

clean: ## forget everything built
	rm -rf $(VENV) frontend/node_modules src/toancanh/screens/static/dist src/toancanh/reports/fonts
