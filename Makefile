# The daily tasks of development. They need Rust, a C compiler and make. A target installs the other
# tools that it needs.

CARGO ?= cargo
NEXTEST_VERSION := 0.9.151

.DEFAULT_GOAL := help

.PHONY: help
help: ## Prints this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Uses the dev profile, whose first build takes a third of the time of a release build.
.PHONY: run
run: ## Builds and starts the service with a development pool: no AWS account needed
	$(CARGO) run --locked -- sandbox

.PHONY: test
test: nextest curl node python3 ## Runs every test
	tests/with-postgres tests/with-redis tests/with-ministack $(CARGO) nextest run --locked --workspace
	$(CARGO) test --locked --workspace --doc

.PHONY: nextest
nextest:
	@$(CARGO) nextest --version >/dev/null 2>&1 || $(CARGO) install --locked cargo-nextest@$(NEXTEST_VERSION)

# A test runs the line that `make run` prints.
.PHONY: curl
curl:
	@command -v curl >/dev/null || { apt-get update -qq && apt-get install -y -qq --no-install-recommends curl; }

# Tests run the triggers in docs/triggers/.
.PHONY: node
node:
	@command -v node >/dev/null || { apt-get update -qq && apt-get install -y -qq --no-install-recommends nodejs; }

.PHONY: python3
python3:
	@command -v python3 >/dev/null || { apt-get update -qq && apt-get install -y -qq --no-install-recommends python3; }

.PHONY: lint
lint: ## Checks formatting, lints and documentation as CI does
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets --all-features -- -D warnings
	$(CARGO) clippy --locked --no-default-features -- -D warnings
	RUSTDOCFLAGS='-D warnings' $(CARGO) doc --locked --workspace --all-features --no-deps

# One build, so that the service and the programs that it is compared with share their packages.
.PHONY: bench-build
bench-build:
	$(CARGO) build --locked --release --no-default-features --features otlp --bins --examples

.PHONY: bench
bench: bench-build wrk nginx fastify ## Compares the service with a bare handler that makes the same call, and measures its steps
	tests/with-postgres benches/load/run --binaries "$${CARGO_TARGET_DIR:-target}/release"
	$(CARGO) bench --locked --no-default-features --features otlp --bench request

.PHONY: bench-connections
bench-connections: bench-build wrk nginx fastify ## Measures up to 5,000 connections at two latencies of Cognito, and draws docs/performance/
	tests/with-postgres benches/load/connections --binaries "$${CARGO_TARGET_DIR:-target}/release" \
		--output "$${CARGO_TARGET_DIR:-target}/connections.json"
	benches/load/plot "$${CARGO_TARGET_DIR:-target}/connections.json" docs/performance

.PHONY: bench-memory
bench-memory: bench-build wrk ## Prints the memory of the service during five minutes at full load, with and without limits
	benches/load/run --binaries "$${CARGO_TARGET_DIR:-target}/release" --minutes 5

# ROWS=10000,100000 is a short run. The last step takes some minutes and 16 GB of disk.
ROWS ?= 10000,100000,1000000,10000000
.PHONY: bench-growth
bench-growth: ## Times the store as it grows, on both engines
	$(CARGO) build --locked --release --no-default-features --features otlp --example growth
	tests/with-postgres benches/store/run "$${CARGO_TARGET_DIR:-target}/release/examples/growth" $(ROWS)

.PHONY: bench-limits
bench-limits: ## Floods the limits with five million clients, and prints the memory
	$(CARGO) build --locked --release --no-default-features --features otlp --example memory
	"$${CARGO_TARGET_DIR:-target}/release/examples/memory"

.PHONY: flood
flood: bench-build ## Floods the service on loopback for two minutes, beside legitimate sign-ups
	benches/flood/run --binaries "$${CARGO_TARGET_DIR:-target}/release"

.PHONY: chaos
chaos: bench-build python3 ## Kills replicas while users sign up and Cognito fails, and checks the responses
	tests/with-postgres benches/chaos/run --binaries "$${CARGO_TARGET_DIR:-target}/release"

.PHONY: soak
soak: bench-build python3 ## Kills, pauses and restarts Redis and PostgreSQL for ten minutes, and compares memory
	tests/with-postgres tests/with-redis true
	benches/soak/run --binaries "$${CARGO_TARGET_DIR:-target}/release"

.PHONY: wrk
wrk:
	@command -v wrk >/dev/null || { apt-get update -qq && apt-get install -y -qq --no-install-recommends wrk; }

# tests/with-redis installs nginx without starting Debian's server.
.PHONY: nginx
nginx:
	@command -v nginx >/dev/null || tests/with-redis true

.PHONY: fastify
fastify: benches/load/fastify/node_modules/.package-lock.json

# Another program to compare with. It needs Node.js 20 or later with npm.
benches/load/fastify/node_modules/.package-lock.json: benches/load/fastify/package-lock.json
	@if command -v npm >/dev/null; then \
		npm ci --prefix $(<D)/ --ignore-scripts --no-audit --no-fund --silent && touch $@; \
	else echo "npm is missing: the table has no row of Fastify"; fi

SECONDS ?= 20
.PHONY: fuzz
fuzz: ## Runs each fuzz target for 20 seconds, with a C++ compiler; SECONDS=600 for longer
	CARGO="$(CARGO)" fuzz/run $(SECONDS)

SEED ?= 1
.PHONY: fuzz-api
fuzz-api: ## Sends generated requests to the sandbox and checks the responses; SEED=2 for other ones
	@# With the features of `make test`, so that no crate is compiled twice.
	$(CARGO) test --locked --workspace --no-run --test architecture
	tests/fuzz-api/run "$${CARGO_TARGET_DIR:-target}/debug/vestibule" $(SEED)

.PHONY: clients
clients: ## Tests the TypeScript client, and compiles generated clients in TypeScript, Python and Kotlin
	@# With the features of `make test`, so that no crate is compiled twice.
	$(CARGO) test --locked --workspace --no-run --test architecture
	clients/typescript/test/run "$${CARGO_TARGET_DIR:-target}/debug/vestibule"
	tests/generated-clients/run

.PHONY: page
page: ## Tests the sign-up page, the sandbox, and the forms of docs/front-end.md, in a browser
	@# With the features of `make test`, so that no crate is compiled twice.
	$(CARGO) test --locked --workspace --no-run --test architecture
	VESTIBULE_SCREENSHOTS="$${CARGO_TARGET_DIR:-target}/sign-up-page" \
		pages/sign-up/test/run "$${CARGO_TARGET_DIR:-target}/debug/vestibule"

.PHONY: deploy-check
deploy-check: ## Checks deploy/: files, proxies, and the fleet with Prometheus
	@# With the features of `make test`, so that no crate is compiled twice.
	$(CARGO) test --locked --workspace --no-run --test architecture
	tests/deploy/run "$${CARGO_TARGET_DIR:-target}/debug/vestibule"

# BINARIES="FILE" compares a binary with one build, and BINARIES="FILE FILE" two binaries without a build.
.PHONY: reproducible
reproducible: ## Builds the binary of the image twice, in two folders, and compares the bytes
	@$(CARGO) auditable --version >/dev/null 2>&1 \
		|| $(CARGO) install --locked "$$(grep -o 'cargo-auditable@[0-9.]*' Dockerfile)"
	tools/reproducible $(BINARIES)

CYCLONEDX_VERSION := 0.5.9
.PHONY: sbom
sbom: ## Writes the packages of the image's binary to target/vestibule.cdx.json (CycloneDX)
	@$(CARGO) cyclonedx --version >/dev/null 2>&1 || $(CARGO) install --locked cargo-cyclonedx@$(CYCLONEDX_VERSION)
	SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(CARGO) cyclonedx --format json --spec-version 1.5 --no-default-features --features otlp
	mkdir -p target && mv vestibule.cdx.json target/
	@# The command also writes a file for each crate of the workspace.
	rm -f crates/*/*.cdx.json fuzz/*.cdx.json

.PHONY: container
container: ## Builds the image and tests it (root on Debian 12; no Docker engine needed)
	tests/container/run
