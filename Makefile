# Set-up and main jobs. `make demo` and `make test` need Python 3.11 or newer, make and git.

PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test lint lock bench format clean

demo: .venv/ready node_modules/ready
	@exec $(BIN)/python -m tests.stack.demo $(if $(FRESH),--fresh)

test: .venv/ready node_modules/ready
	$(BIN)/python -m pytest $(ARGS)

lint: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djlint --check --lint templates tests/simulators --quiet

format: .venv/ready
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Exact and hashed, for every platform, and without the address of any registry.
lock: .venv/ready
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --generate-hashes \
		--no-emit-index-url --no-header --quiet --output-file requirements.txt
	PATH="$(CURDIR)/$(BIN):$$PATH" npm install --package-lock-only --ignore-scripts \
		--omit-lockfile-registry-resolved --no-audit --no-fund

.venv/ready: requirements.txt
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'Regimen needs Python 3.11 or newer')"
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.txt
	touch $@

node_modules/ready: package-lock.json .venv/ready
	PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	touch $@

clean:
	rm -rf .venv node_modules .demo .test staticfiles
