# What one does with Vestibule from day to day. Rust, a C compiler and make are enough;
# what else a target needs, it installs.

CARGO ?= cargo
NEXTEST_VERSION := 0.9.151

.DEFAULT_GOAL := help

.PHONY: help
help: ## Shows this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# The dev profile: the first build takes a third of the time of a release build, and a
# development pool does not need the rest.
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

# A test pastes the line that `make run` prints.
.PHONY: curl
curl:
	@command -v curl >/dev/null || { apt-get update -qq && apt-get install -y -qq --no-install-recommends curl; }

# Tests run the triggers of docs/triggers/.
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

# Built in one go, so that the service and what it is measured beside share their packages.
.PHONY: bench-build
bench-build:
	$(CARGO) build --locked --release --no-default-features --bins --examples

.PHONY: bench
bench: bench-build wrk nginx fastify ## Measures the service beside a bare handler that makes the same call, and its own steps
	tests/with-postgres benches/load/run --binaries "$${CARGO_TARGET_DIR:-target}/release"
	$(CARGO) bench --locked --no-default-features --bench request

.PHONY: bench-memory
bench-memory: bench-build wrk ## Shows the memory of the service in five minutes at full load, with limits and without
	benches/load/run --binaries "$${CARGO_TARGET_DIR:-target}/release" --minutes 5

# ROWS=10000,100000 is enough for a first look; the last step takes some minutes and 16 GB of disk.
ROWS ?= 10000,100000,1000000,10000000
.PHONY: bench-growth
bench-growth: ## Times the store as it grows, on both engines
	$(CARGO) build --locked --release --no-default-features --example growth
	tests/with-postgres benches/store/run "$${CARGO_TARGET_DIR:-target}/release/examples/growth" $(ROWS)

.PHONY: bench-limits
bench-limits: ## Floods the limits with five million callers, and shows the memory this takes
	$(CARGO) build --locked --release --no-default-features --example memory
	"$${CARGO_TARGET_DIR:-target}/release/examples/memory"

.PHONY: wrk
wrk:
	@command -v wrk >/dev/null || { apt-get update -qq && apt-get install -y -qq --no-install-recommends wrk; }

# tests/with-redis installs nginx without starting Debian's server.
.PHONY: nginx
nginx:
	@command -v nginx >/dev/null || tests/with-redis true

.PHONY: fastify
fastify: benches/load/fastify/node_modules/.package-lock.json

# Another reference. It needs Node.js 20 or later with npm.
benches/load/fastify/node_modules/.package-lock.json: benches/load/fastify/package-lock.json
	@if command -v npm >/dev/null; then \
		npm ci --prefix $(<D)/ --ignore-scripts --no-audit --no-fund --silent && touch $@; \
	else echo "npm is missing: the row of Fastify is left out"; fi

SEED ?= 1
.PHONY: fuzz-api
fuzz-api: ## Sends generated requests to the sandbox and checks the responses; SEED=2 for other ones
	@# With the features of `make test`, so that nothing is compiled twice.
	$(CARGO) test --locked --workspace --no-run --test architecture
	tests/fuzz-api/run "$${CARGO_TARGET_DIR:-target}/debug/vestibule" $(SEED)

.PHONY: clients
clients: ## Generates clients in TypeScript and Python and compiles them
	tests/generated-clients/run

.PHONY: container
container: ## Builds the image and tests it (root on Debian 12; no Docker engine needed)
	tests/container/run
