# make run | test | check | bench | faults | setup | messages | clean
# `make run PORT=8001` serves at another port. Settings: README.md.

SHELL := /bin/sh
PORT ?= 8000
ONLY ?=
BIN := .venv/bin
PYTEST := $(BIN)/pytest
# What production would have, with nothing behind it: enough for Django's deployment check.
PRODUCTION := PUBLIC_URL=https://read.example.org ALLOWED_HOSTS=read.example.org DEBUG=0 \
	SECRET_KEY=only-for-the-check-4f9d1c7ab2e85063-only-for-the-check-91b NOTES_KEY=only-for-the-check-8e2b75c4d1a9603f \
	DATABASE_URL=postgres://check@127.0.0.1:1/check REDIS_URL=redis://127.0.0.1:1/0 \
	EMAIL_URL=smtp://127.0.0.1:1 EMAIL_URL_BULK= MAIL_FROM=books@example.org EMBED_ORIGINS=

.PHONY: run test check bench faults setup messages browser clean help

help: ## say what there is
	@sed -n 's/^\([a-z]*\):.*## /\1	/p' Makefile

run: ## everything, at http://127.0.0.1:8000/, until Ctrl-C
	@began=$$(date +%s.%N) && relcrm/serve/setup.sh && \
		RELCRM_BEGAN=$$began RELCRM_TIED=1 PORT=$(PORT) exec $(BIN)/python -m relcrm.serve

setup: ## install what the lock file names, compile translations
	@relcrm/serve/setup.sh

test: check ## the check, then all tests, the browser's too
	@$(PYTEST) -n 2 -m 'not browser and not long'
	@chromium=$$(relcrm/serve/chromium.sh) || exit 1; \
		CHROMIUM=$$chromium $(PYTEST) -n 2 -m browser; code=$$?; \
		if [ $$code -eq 5 ]; then echo 'There are no browser tests.'; else exit $$code; fi

check: setup ## style, types, floors, migrations, translations, deployment
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy .
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python manage.py makemigrations --check --dry-run
	@$(PRODUCTION) $(BIN)/python manage.py check --deploy --fail-level WARNING

bench: setup ## the benchmarks, one JSON object a line; ONLY=part chooses
	@$(BIN)/python -m tests.bench $(if $(ONLY),--only $(ONLY))

faults: setup ## the tests that break things on purpose
	@$(PYTEST) -m faults

messages: setup ## collect words for translation, compile what is translated
	@$(BIN)/python -m relcrm.words extract
	@$(BIN)/python -m relcrm.words compile

clean: ## remove what can be made again; data in var/ stay
	rm -rf .venv .mypy_cache .ruff_cache .import_linter_cache var/static var/uv var/pg-test
