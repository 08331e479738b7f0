# make run    a running shop with play tickets, on this machine only
# make test   everything that proves it
PORT ?= 8000
STANDIN_PORT ?= $(shell expr $(PORT) + 1)
PYTHONS = python3.13 python3.12 python3.11 python3
# The system's own Python first: distributions build theirs with the compiler's profile, version managers mostly do
# not, and then everything takes a third longer. One that cannot make an environment is taken only to say so.
PYTHON ?= $(shell for needed in "import ensurepip, venv" "pass"; do \
	for p in $(PYTHONS:%=/usr/bin/%) $(PYTHONS); do \
	command -v $$p >/dev/null 2>&1 && $$p -c "import sys; $$needed; sys.exit(sys.version_info < (3, 11))" 2>/dev/null && { echo $$p; exit; }; \
	done; done)

.PHONY: run test lint bench audit clean

run: .python
	@$(PYTHON) shop/deploy/bootstrap.py requirements.txt
	@exec .venv/bin/python -m shop.deploy.run --port $(PORT) --standin-port $(STANDIN_PORT)

test: .python
	@$(PYTHON) shop/deploy/bootstrap.py tests/requirements.txt
	@.venv/bin/python -m tests.everything

lint: .python
	@$(PYTHON) shop/deploy/bootstrap.py tests/requirements.txt
	@.venv/bin/python -m tests.everything --quick

bench: .python
	@$(PYTHON) shop/deploy/bootstrap.py tests/requirements.txt
	@.venv/bin/python -m tests.bench

# asks the network whether a hole is known in any dependency; fails where it could not ask
audit: .python
	@$(PYTHON) shop/deploy/bootstrap.py tests/requirements.txt
	@.venv/bin/python -m tests.audit

clean:
	rm -rf .run .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache

.PHONY: .python
.python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed and was not found. Install it (for example: apt install python3 python3-venv)."; exit 1; }
