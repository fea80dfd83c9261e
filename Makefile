# `make run` serves the app, `make test` runs every test, `make help` lists all commands.
# The app reads HOST, PORT, DATA_DIR and DATABASE_URL from the environment.

PYTHON ?= python3
HARDWARE ?= cpu
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --disable-pip-version-check --quiet --progress-bar off
CHROMIUM ?= $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)
export CHROMIUM
# Formats and checks the JavaScript where Node is installed; biome.json holds its rules. npx takes it from the
# npm registry, and waits half a minute for one that does not answer.
BIOME := npm_config_fetch_retries=1 npx --yes @biomejs/biome@2.6.8
# Each process runs whole files and computes on one thread; one more than processors, as some tests wait.
PARALLEL ?= -n $(shell $(PYTHON) -c 'import os; print(os.cpu_count() + 1)') --dist loadfile
TEST = OMP_NUM_THREADS=1 $(BIN)/python -m pytest $(PARALLEL)

.DEFAULT_GOAL := help
.PHONY: help run setup test test-fast check format bench examples screenshots space clean

help: ## list the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: $(VENV)/.installed ## install the requirements if needed, and serve on http://127.0.0.1:7860
	@exec $(BIN)/python app.py

setup: $(VENV)/.installed ## install the requirements only

test: $(VENV)/.installed-dev ## run every test in parallel
	@if [ -z "$(CHROMIUM)" ]; then \
		echo "Chromium was not found: install it, or set CHROMIUM to a Chrome or Chromium program."; \
		if [ -n "$(CI)$(REQUIRE_BROWSER)" ]; then exit 1; fi; \
		echo "The browser tests are skipped."; \
	fi
	@$(TEST) $(ARGS)

test-fast: $(VENV)/.installed-dev ## run the fast tests: no browser, PostgreSQL or training
	@$(TEST) -m "not browser and not postgresql and not training and not slow" $(ARGS)

check: $(VENV)/.installed-dev ## check format, lint and types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@if $(BIOME) --version >/dev/null 2>&1; then $(BIOME) check --error-on-warnings; \
		elif command -v node >/dev/null; then \
			echo "WARNING: the npm registry was not reached: the syntax of the JavaScript is checked, not its style."; \
			find demo -name '*.js' | while read -r file; do \
				node --input-type=module --check <"$$file" || { echo "The error is in $$file."; exit 1; }; \
			done; \
		else echo "WARNING: Node was not found: the JavaScript is not checked."; fi

format: $(VENV)/.installed-dev ## format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .
	@if $(BIOME) --version >/dev/null 2>&1; then $(BIOME) check --write; fi

bench: $(VENV)/.installed-dev ## measure speed
	@for name in command fit predict render report voters; do \
		$(BIN)/python -m "benchmarks.speed.$$name" || exit 1; done

examples: $(VENV)/.installed-dev ## make the example pictures again
	@$(BIN)/python -m scripts.make_examples

screenshots: $(VENV)/.installed-dev ## make the pictures of the README and the model card again
	@$(BIN)/python -m scripts.before_after
	@$(BIN)/python -m scripts.failures
	@$(BIN)/python -m scripts.screenshots

space: ## write the folder of a Hugging Face Space: make space OUT=folder HARDWARE=cpu|zero
	@if [ -z "$(OUT)" ]; then echo "Name a new folder: make space OUT=../my-space"; exit 1; fi
	@$(PYTHON) -m scripts.make_space "$(OUT)" --hardware $(HARDWARE)

clean: ## remove the virtual environment and caches; data stays
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { \
		echo "Python was not found: install Python 3.10 or newer, or run make with PYTHON=/path/to/python3."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { \
		echo "$$($(PYTHON) --version) is too old: Python 3.10 or newer is needed (make PYTHON=python3.12)."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "The virtual environment could not be made: on Debian and Ubuntu, install the package python3-venv."; \
		exit 1; }

# The stamp file is newer than the requirements after an installation, so a second start installs nothing.
$(VENV)/.installed: requirements.txt | $(BIN)/python
	@echo "Installing (a few minutes, once) ..."
	@$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt requirements-ray.txt requirements.txt | $(BIN)/python
	@echo "Installing the requirements of the tests (a few minutes, once) ..."
	@$(PIP) -r requirements-dev.txt
	@touch $@ $(VENV)/.installed
