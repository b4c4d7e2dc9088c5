# make run | make test : nothing but python3 (3.11 or later), make and git is needed beforehand.

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip install --disable-pip-version-check --quiet --require-hashes
COMPILE := $(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header

.PHONY: run test lint format bench torture install install-test chromium lock

run: install
	@$(PY) manage.py migrate --verbosity 0
	@$(PY) manage.py collectstatic --noinput --verbosity 0
	@exec $(PY) manage.py serve $(HOST) $(PORT)

# --- Installing: each step leaves a stamp, so that the second time costs nothing ---

install: $(VENV)/run.stamp
install-test: $(VENV)/test.stamp

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or later is needed, and '$(PYTHON)' is not that. Name another: make PYTHON=python3.12 …"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
		{ echo "Python's venv module is missing. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/run.stamp: requirements.lock | $(PY)
	$(PIP) -r $<
	@touch $@

$(VENV)/test.stamp: requirements-test.lock | $(PY)
	$(PIP) -r $<
	@touch $@ $(VENV)/run.stamp

# --- Checking ---

# Two runs: pytest-asyncio cannot start a loop once Playwright's own runs in the same thread.
test: install-test chromium
	@status=0; \
	$(PY) -m pytest -m "not browser" --numprocesses 2 --dist worksteal $(ARGS) || status=1; \
	$(PY) -m pytest -m browser --numprocesses 2 --dist worksteal $(ARGS) || status=1; \
	exit $$status

torture: export TORTURE := 1
torture: test

chromium: install-test
	@$(PY) -m tests.chromium

bench: install-test
	@$(PY) -m tests.benchmarks

# All of them, even if one finds something.
lint: install-test
	@status=0; \
	$(VENV)/bin/ruff check || status=1; \
	$(VENV)/bin/ruff format --check || status=1; \
	$(VENV)/bin/mypy || status=1; \
	$(VENV)/bin/lint-imports --no-logo || status=1; \
	exit $$status

format: install-test
	$(VENV)/bin/ruff check --fix
	$(VENV)/bin/ruff format

# --- For whoever changes a dependency: ranges are in pyproject.toml, the locks follow from them ---

lock: install-test
	@test -x $(VENV)/bin/uv || $(PY) -m pip install --disable-pip-version-check --quiet uv
	$(COMPILE) pyproject.toml --output-file requirements.lock
	$(COMPILE) --extra test pyproject.toml --constraint requirements.lock --output-file requirements-test.lock
