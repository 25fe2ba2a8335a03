# make run    sets everything up and opens the page
# make test   sets everything up and passes the tests
# make locked sets up exactly what requirements.lock holds, each package checked by its hash (torch: by its version)
# make lock   writes requirements.lock anew     make audit   asks PyPI's database for known vulnerabilities
# make eval   measures citation accuracy on the golden questions; fails at the gates of eval/thresholds.toml
#
# Each target prints the plain pip and python lines that it stands for.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test eval lint clean locked lock audit

run: $(VENV)/.ready
	$(BIN)/python app.py

test: $(VENV)/.ready-tests
	$(BIN)/python -m index build
	$(BIN)/python -m pytest -n 2 --dist loadfile

eval: $(VENV)/.ready
	$(BIN)/python -m index build
	$(BIN)/python -m eval check
	$(BIN)/python -m eval structure --set test
	$(BIN)/python -m eval run

lint: $(VENV)/.ready-tests
	$(BIN)/ruff check index rag eval app.py tests
	$(BIN)/mypy

$(VENV)/.ready: requirements.txt
	$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("需要 Python 3.11 或更高版本: 请用 make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q -r requirements.txt
	touch $@

$(VENV)/.ready-tests: $(VENV)/.ready tests/requirements.txt
	$(BIN)/python -m pip install -q -r tests/requirements.txt
	touch $@

# torch is not in the lock: PyPI has its CUDA build for Linux, offices use a CPU build from elsewhere. Its version is pinned.
locked:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q $$(grep '^torch==' requirements.txt)
	$(BIN)/python -m pip install -q --no-deps --require-hashes -r requirements.lock
	touch $(VENV)/.ready

lock:
	$(BIN)/python -m pip install -q uv
	echo torch | $(BIN)/uv pip compile requirements.txt --universal --python-version 3.11 --generate-hashes \
	    --excludes /dev/stdin --index-url https://pypi.org/simple --custom-compile-command 'make lock' -q -o requirements.lock

audit:
	$(BIN)/python -m pip install -q pip-audit
	$(BIN)/pip-audit --disable-pip --no-deps -r requirements.lock

clean:
	rm -rf $(VENV) index/built
