# Two commands on a fresh machine: `make run` and `make test`. Both are safe to repeat.
.DEFAULT_GOAL := run
.PHONY: run test check coverage screenshots bench docs peers lock clean

VENV := .venv
BIN := $(VENV)/bin
PEERS := benchmarks/peers/.venv
CANDIDATES := python3 python3.13 python3.12 python3.11 python
SUPPORTED := import sys; raise SystemExit(not (3, 11) <= sys.version_info[:2] <= (3, 13))

run: $(VENV)/installed  ## the main job: train, judge and record the pipeline `energy`
	$(BIN)/recurcast run energy

test: $(VENV)/installed  ## all tests
	$(BIN)/python -m pytest --numprocesses 3 --dist loadscope --no-loadscope-reorder

check: $(VENV)/installed  ## lint, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

coverage: $(VENV)/installed  ## all tests once more, slower, and which lines they ran
	$(BIN)/python -m pytest --numprocesses 3 --dist loadscope --no-loadscope-reorder --cov --cov-report=term:skip-covered

screenshots: $(VENV)/installed  ## the pictures of docs/images, by the tests that look at the pages; needs Chromium
	$(BIN)/python -m pytest tests/pages --screenshots docs/images

bench: $(VENV)/installed  ## every figure; beside those of an older checkout: make bench BEFORE=folder
	$(BIN)/python benchmarks/all.py $(if $(BEFORE),--before $(BEFORE))

docs: $(VENV)/installed  ## the pages of docs/ that are written from the code
	$(BIN)/python docs/generate.py

peers: $(VENV)/installed  ## what training is measured against, in an environment of its own, about 2 GB
	$(BIN)/python -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check -r benchmarks/peers/requirements.txt

lock:  ## resolve the ranges of pyproject.toml anew, for all supported versions of Python
	$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 \
		--generate-hashes --no-header --quiet --output-file requirements.lock

clean:  ## the environment and caches; data, MLflow's store and runs stay
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .coverage

# The lock is complete, so nothing is resolved again; the stamp is written last, so that a broken install is repeated.
# pip compiles on one processor, for a minute; compileall does on all, and our own code too. Some files of libraries are templates.
$(VENV)/installed: requirements.lock pyproject.toml
	@for python in $(CANDIDATES); do \
		if "$$python" -c '$(SUPPORTED)' 2>/dev/null; then found="$$python"; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
		echo "recurcast needs Python 3.11, 3.12 or 3.13; found: $$(python3 --version 2>&1 || echo none). Install one." >&2; exit 2; \
	elif ! "$$found" -c 'import venv, ensurepip' 2>/dev/null; then \
		echo "recurcast needs Python's venv module; $$found lacks it. On Debian: apt-get install python3-venv" >&2; exit 2; \
	fi; \
	echo "Installing into $(VENV) with $$($$found --version); about 3 GB, some minutes, once."; \
	"$$found" -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -qq -j 0 $(VENV)/lib src || true
	@touch $@
