# Every target sets up what it needs; a second call repeats none of it.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

export PIP_DISABLE_PIP_VERSION_CHECK := 1

VENV ?= .venv
N ?= 100000
SEED ?= 1

BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
JAR := pyflink_cep/lib/pyflink-cep-runtime.jar
CONNECTORS_JAR := deploy/connectors/target/pyflink-cep-connectors.jar
BENCHMARKS_JAR := benchmarks/target/pyflink-cep-benchmarks.jar
MVN := mvn -B -ntp -q -Dstyle.color=never
sources = $(1)/pom.xml $(shell find $(1)/src -path '*/src/test' -prune -o -type f -print 2>/dev/null)

.PHONY: help
help: ## List the targets
	@echo "make <target>, with VENV=<folder> for a virtual environment other than .venv"
	@echo
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

.PHONY: setup
setup: $(INSTALLED) $(JAR) ## Install the dependencies into .venv, and build the jar

.PHONY: demo
demo: setup ## Find fraud in a stream of generated payments, and change a rule meanwhile
	$(BIN)/python -m demo.card_fraud --payments 200000

.PHONY: up
up: setup $(CONNECTORS_JAR) ## Start the card_fraud job with all that it needs: by Docker Compose, else as processes
	@$(BIN)/python -m deploy.local secrets
	@if compose="$$(deploy/compose)"; then $$compose up --build --detach; else $(BIN)/python -m deploy.local up; fi

.PHONY: down
down: ## End what `make up` has started; FRESH=1 removes its data too
	@if compose="$$(deploy/compose)"; then $$compose down $(if $(FRESH),--volumes); fi
	@[ ! -x $(BIN)/python ] || $(BIN)/python -m deploy.local down $(if $(FRESH),--fresh)

.PHONY: test
test: setup $(CONNECTORS_JAR) $(BENCHMARKS_JAR) ## Run all tests: JUnit's, and pytest's beside them
	@mkdir -p out
	@rm -rf runtime/target/surefire-reports out/pytest.xml
	@# pytest's clusters often wait, and JUnit takes the processor then.
	@nice $(MVN) -f runtime/pom.xml test >out/junit.log 2>&1 & junit=$$!; status=0; \
	echo "pytest"; $(BIN)/python -m pytest --junitxml=out/pytest.xml || status=1; \
	echo "JUnit"; wait $$junit || status=1; cat out/junit.log; \
	$(BIN)/python tests/summary.py runtime/target/surefire-reports out/pytest.xml; \
	exit $$status

.PHONY: chaos
chaos: setup $(CONNECTORS_JAR) ## Let parts fail while payments go through the job: PAYMENTS=500000 FAILURES=21 SEED=1 MINUTES=0
	$(BIN)/python -m tests.chaos --payments $(or $(PAYMENTS),500000) --failures $(or $(FAILURES),21) \
		--seed $(or $(SEED),1) --minutes $(or $(MINUTES),0)

.PHONY: lint
lint: $(INSTALLED) | jdk ## Check formatting, types and SQL
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/sqlfluff lint sql rules
	@for pom in */pom.xml deploy/*/pom.xml; do echo $(MVN) -f $$pom spotless:check; $(MVN) -f $$pom spotless:check; done

.PHONY: format
format: $(INSTALLED) | jdk ## Format Python and Java
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	@for pom in */pom.xml deploy/*/pom.xml; do echo $(MVN) -f $$pom spotless:apply; $(MVN) -f $$pom spotless:apply; done

.PHONY: bench
bench: setup $(BENCHMARKS_JAR) $(CONNECTORS_JAR) ## Measure speed against flink-cep, MATCH_RECOGNIZE and plain Python, and the main job on Kafka; QUICK=1: once
	$(BIN)/python -m benchmarks $(if $(QUICK),--quick)

.PHONY: differential
differential: | jdk ## Compare N=100000 random patterns and streams, from SEED=1 on, with flink-cep
	$(MVN) -f runtime/pom.xml test -Dtest=DifferentialTest -Ddifferential.cases=$(N) -Ddifferential.seed=$(SEED)

.PHONY: differential-sql
differential-sql: | jdk ## Compare N=100000 random expressions, from SEED=1 on, with Flink SQL
	$(MVN) -f runtime/pom.xml test -Dtest=SqlDifferentialTest -Ddifferential.sql=$(N) -Ddifferential.seed=$(SEED)

.PHONY: state
state: | jdk ## Store the state that VERSION=x.y.z writes, for later versions to read
	$(if $(VERSION),,$(error the version is missing: make state VERSION=x.y.z))
	$(MVN) -f runtime/pom.xml test-compile org.codehaus.mojo:exec-maven-plugin:3.5.0:exec -Dexec.classpathScope=test \
		-Dexec.executable="$${JAVA_HOME:+$$JAVA_HOME/bin/}java" -Dexec.args="-cp %classpath org.pyflinkcep.flink.StoredStateTest $(VERSION)"

.PHONY: jar
jar: $(JAR) ## Build the jar of runtime/

.PHONY: connectors
connectors: $(CONNECTORS_JAR) ## Build the jar of connectors and formats

.PHONY: wheel
wheel: setup ## Build the wheel into dist/
	$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

.PHONY: lock
lock: $(INSTALLED) ## Pin the newest dependencies that fit together
	$(BIN)/uv pip compile --quiet --universal --upgrade --no-emit-index-url --no-header \
		--group dev --extra kafka --extra lake --extra schemas --output-file requirements.lock pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --no-emit-index-url --no-header --constraint requirements.lock \
		--group jobs --extra kafka --extra schemas --output-file deploy/images/flink/requirements.lock pyproject.toml

.PHONY: clean
clean: ## Remove all that was built, but not .venv
	rm -rf runtime/target benchmarks/target deploy/connectors/target out dist pyflink_cep/lib $$(find . -name __pycache__ -not -path './.venv/*')

.PHONY: jdk
jdk:
	@.ci/require-jdk

$(JAR): $(call sources,runtime) | jdk
	$(MVN) -f runtime/pom.xml package -Dmaven.test.skip=true
	@mkdir -p $(@D)
	cp runtime/target/pyflink-cep-runtime.jar $@

$(CONNECTORS_JAR): $(call sources,deploy/connectors) $(wildcard schemas/*/*.proto) | jdk
	$(MVN) -f deploy/connectors/pom.xml clean package

# Maven finds the runtime in its local repository alone.
$(BENCHMARKS_JAR): $(call sources,benchmarks) $(JAR) | jdk
	$(MVN) -f runtime/pom.xml install -Dmaven.test.skip=true
	$(MVN) -f benchmarks/pom.xml package

$(INSTALLED): requirements.lock pyproject.toml
	@python="$$(.ci/find-python)"; [ -x $(BIN)/python ] || "$$python" -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@
