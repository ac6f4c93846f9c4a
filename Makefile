# Set-up and main jobs. They need Python 3.11 or newer, make and git, and install the rest
# into this folder: `make demo`, `make test`, `make lint`, `make lock`, `make bench`.

SHELL := /bin/sh
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$python && break; done)
BIN := .venv/bin
NPM := PATH="$(CURDIR)/$(BIN):$$PATH" npm_config_update_notifier=false npm

.PHONY: demo test soak soak-mutations lint format lock bench bench-audit bench-rotate bench-duplicates bench-roster bench-catalogue bench-match bench-sync bench-search clean

# FRESH=1 forgets all data first; ARGS="--port 9000" and the like are handed on.
demo: .venv/ready node_modules/ready
	@exec $(BIN)/python -m tests.stack.demo $(if $(FRESH),--fresh) $(ARGS)

# The whole suite in two processes; ARGS="tests/practice -k timeline" and the like in one.
test: .venv/ready node_modules/ready
	$(BIN)/python -m pytest $(if $(ARGS),$(ARGS),-n 2 --dist worksteal)

# Long runs of what the suite does in short; they print what they counted.
soak: .venv/ready node_modules/ready
	$(BIN)/python -m pytest -m soak $(ARGS)

# Goal T9: each policy opened, each filter and each guard taken away in turn; prints what nobody noticed.
soak-mutations: .venv/ready node_modules/ready
	$(BIN)/python -m pytest -q tests/mutations/policies.py
	$(BIN)/python -m pytest -q tests/mutations/filters.py
	$(BIN)/python -m pytest -q tests/mutations/guards.py

lint: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m djlint --lint --quiet templates tests/simulators

format: .venv/ready
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Exact and hashed, for every platform, and without the address of any registry.
# What is locked stays as it is; UPGRADE=1 takes the newest that pyproject.toml allows.
lock: .venv/ready
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-header --quiet \
		$(if $(UPGRADE),--upgrade) --output-file requirements.txt
	$(NPM) install --package-lock-only --ignore-scripts \
		--omit-lockfile-registry-resolved --no-audit --no-fund

# Benchmarks print tables; nothing is asserted. Each is a target of its own.
bench: bench-audit bench-rotate bench-duplicates bench-roster

bench-audit: .venv/ready
	$(BIN)/python -m tests.benches.audit $(ARGS)

# Who may be the same among 50,000 patients of one practice.
bench-duplicates: .venv/ready
	$(BIN)/python -m tests.benches.duplicates $(ARGS)

bench-roster: .venv/ready
	$(BIN)/python -m tests.benches.roster $(ARGS)

# Goal H1: 100,000 secrets sealed anew while the site reads them.
bench-rotate: .venv/ready node_modules/ready
	$(BIN)/python -m pytest -q -s tests/benches/rotate.py

# Goals W2, W7, W8: webhooks acknowledged beside a bare view, under forged ones, and replayed.
bench-hooks: .venv/ready node_modules/ready
	$(BIN)/python -m pytest -q -s tests/benches/hooks.py

# Everything about the catalogue that has a number.
bench-catalogue: bench-sync bench-search

# Goals R1 to R4: listings of two shops matched, on pairs whose truth is known.
bench-match: .venv/ready
	$(BIN)/python -m tests.benches.match $(ARGS)

# Goal S3: a whole list read first, unchanged, and changed; LISTINGS=1000000 for more.
bench-sync: .venv/ready node_modules/ready
	$(BIN)/python -m pytest -q -s tests/benches/sync.py

# Goals S1, S1b, S2: the catalogue's search; LISTINGS=1000000 and NAMES=file.tsv.gz are read.
bench-search: .venv/ready node_modules/ready
	$(BIN)/python -m pytest -q -s tests/benches/search.py

# `ready` is touched last, so that a set-up cut short is done again.
.venv/ready: requirements.txt
	@test -n "$(PYTHON)" || { echo "Regimen needs Python 3.11 or newer; none was found." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| { echo "Regimen needs Python 3.11 or newer; '$(PYTHON)' is not." >&2; exit 1; }
	@echo "Installing Python packages into .venv (once; a minute or two)"
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv \
		|| { echo "Python's venv module is missing (Debian: python3-venv)." >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
		--require-hashes -r requirements.txt
	@touch $@

node_modules/ready: package-lock.json .venv/ready
	@echo "Installing JavaScript packages into node_modules"
	@$(NPM) ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

clean:
	rm -rf .venv node_modules .demo .test staticfiles
