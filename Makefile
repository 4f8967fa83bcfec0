# Another Python: make run PYTHON=python3.12. Options: make run ARGS="--port 9000", make test ARGS="-k gallery".
PYTHON ?= python3
ARGS ?=
export PYTHON

.PHONY: help run test lint format bench soak clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s%s\n", $$1, $$2}' Makefile

run: ## start the studio on http://127.0.0.1:8000
	@.ci/venv requirements.txt
	@exec .venv/bin/python manage.py studio $(ARGS)

test: ## run every test and check; what asks the database, on PostgreSQL too where it is installed
	@.ci/venv requirements-dev.txt
	@.venv/bin/python -m tests.browser.chromium || true
	@.venv/bin/python -m tests.programs || true
	@exec .venv/bin/python -m pytest -n auto $(ARGS)

lint: ## run only the checks of style, types and imports
	@.ci/venv requirements-dev.txt
	@exec .venv/bin/python -m pytest tests/test_quality.py $(ARGS)

format: ## lay out the code, and mend what can be mended without thought
	@.ci/venv requirements-dev.txt
	@.venv/bin/ruff check --fix . && .venv/bin/ruff format .

bench: ## measure speed
	@.ci/venv requirements-dev.txt
	@exec .venv/bin/python -m tests.bench $(ARGS)

soak: ## kill workers a thousand times while takes come in, and count what is lost or paid twice
	@.ci/venv requirements-dev.txt
	@exec .venv/bin/python -m tests.crash $(ARGS)

clean: ## remove what the others made; your data folder stays
	rm -rf .venv .*_cache .hypothesis test-results
	find studio tests manage.py -name __pycache__ -prune -exec rm -rf {} +
