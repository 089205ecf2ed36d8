# Needs make and Python 3.11 or newer with venv; every command installs what it needs.
PYTHON ?= python3
BIN = .venv/bin
CHECK_SETTINGS = DJANGO_SETTINGS_MODULE=tests.settings

.PHONY: run test lint bench faults audit-deps clean

run:
	@$(PYTHON) -m fundus.bootstrap run

test:
	@$(PYTHON) -m fundus.bootstrap test
	@$(BIN)/python -m tests.live.suite $(ARGS)

# Everything `make test` leaves out or does in small: full sizes, and a start from nothing.
faults:
	@$(PYTHON) -m fundus.bootstrap test
	@FUNDUS_FULL_SIZES=1 $(BIN)/python -m pytest -m "" tests/faults $(ARGS)

lint:
	@$(PYTHON) -m fundus.bootstrap dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(CHECK_SETTINGS) $(BIN)/python manage.py makemigrations --check --dry-run
	$(CHECK_SETTINGS) $(BIN)/python manage.py check --fail-level WARNING

bench:
	@$(PYTHON) -m fundus.bootstrap dev
	@$(BIN)/python -m bench $(ARGS)

# Known faults of what we depend on, asked of the package registries: needs a way to them, so it is
# no part of the tests.
audit-deps:
	@$(PYTHON) -m venv var/audit
	@var/audit/bin/pip install -q pip-audit
	var/audit/bin/pip-audit --strict --require-hashes --disable-pip -r requirements.txt
	npm audit --package-lock-only --omit=dev

# Data in var/ and the settings in .env stay.
clean:
	rm -rf .venv node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
