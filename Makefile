# slugline: `make demo` to see it, `make test` to test it, `make help` for the rest.

CARGO ?= cargo
KAFKA := deploy/dev/kafka
# The labelled stream of `make parity`: JSON lines with a `story` for each article.
STREAM ?= schemas/samples/news_days.jsonl

.PHONY: help demo test parity purity kafka-up kafka-down kafka-status build release fmt lint doc deny check clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 16

demo: ## the service on an in-process broker with days of sample news (DEMO_ARGS=--once to end by itself)
	$(CARGO) run --quiet -- demo $(DEMO_ARGS)

test: ## all tests; those on a real Kafka wherever Java 17 and Maven, or Docker, are present
	$(CARGO) test --doc
	$(KAFKA)/with-kafka.sh $(CARGO) test --all-targets --no-fail-fast

parity: ## the same assignments from a file, a Kafka topic, a backfill and six partitions (STREAM=FILE)
	SLUGLINE_STREAM=$(abspath $(STREAM)) SLUGLINE_REQUIRE_KAFKA=1 $(KAFKA)/with-kafka.sh \
		$(CARGO) test --test kafka -- --nocapture --test-threads 1 parity

purity: ## show that clocks, hash order, I/O and logging are refused in src/engine
	tests/purity.sh

kafka-up: ## start a real Apache Kafka on loopback (NODES=1 or 3, KAFKA_PORT=9092)
	$(KAFKA)/kafka.sh up

kafka-down: ## stop it and remove its data
	$(KAFKA)/kafka.sh down

kafka-status: ## tell which of its nodes run
	$(KAFKA)/kafka.sh status

build: ## debug build
	$(CARGO) build

release: ## optimised build: target/release/slugline
	$(CARGO) build --release

fmt: ## format the source
	$(CARGO) fmt --all

lint: ## formatting and lints, warnings denied
	$(CARGO) fmt --all --check
	$(CARGO) clippy --all-targets -- -D warnings
	$(CARGO) clippy --lib --no-default-features -- -D warnings

doc: ## the API's documentation, warnings denied
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --no-deps --document-private-items

deny: ## licences, bans and sources of the dependencies
	$(CARGO) deny check bans licenses sources

check: lint doc deny test ## everything that CI checks

clean: ## remove what was built
	$(CARGO) clean
