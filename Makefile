# make run    sets everything up and opens the page
# make test   sets everything up and passes the tests
# make eval   measures citation accuracy on the golden questions; fails at the gates of eval/thresholds.toml
#
# Each target prints the plain pip and python lines that it stands for.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test eval lint clean

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

clean:
	rm -rf $(VENV) index/built
