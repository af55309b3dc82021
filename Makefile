# The only entry point: what CI runs is `make test`.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

bin := $(CURDIR)/.build/release

.PHONY: help
help: ## say what there is to make
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "%-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: packages ## build listener, merger and simulator for use
	swift build -c release

.PHONY: demo
demo: build ## three listeners, one killed, one cut off; merge, query, coverage
	TRIBUTARY_BIN=$(bin) deploy/demo

.PHONY: test
test: test-packages ## everything that must pass
	swift format lint --strict --parallel --recursive Package.swift Sources Tests
	swift build --build-tests
	swift build -c release
	Tests/Tools/with-s3-stores Tests/Tools/test-all

.PHONY: test-s3
test-s3: test-packages ## the object store's contract on more servers: Ceph and LocalStack too
	swift build --build-tests
	Tests/Tools/with-s3-stores --all swift test --skip-build --filter ObjectStore

.PHONY: test-zlib
test-zlib: test-packages ## what compresses, with zlib alone in place of libdeflate
	swift test --disable-default-traits --scratch-path .build/zlib \
		--filter 'Gzip|Segment|Merge|OutputFile|Canonical|Adopt'

.PHONY: test-systemd
test-systemd: build ## the units in a booted systemd; as root
	TRIBUTARY_BIN=$(bin) "$$(Tests/Tools/venv end-to-end)" -m pytest -q Tests/Deploy/booted_units.py

.PHONY: bench-capture
bench-capture: build test-packages ## the listener beside curl and gzip, and a tweepy script: CPU, memory, bytes
	TRIBUTARY_BIN=$(bin) "$$(Tests/Tools/venv end-to-end)" Tests/Benchmarks/capture

.PHONY: bench-known
bench-known: build test-packages ## runs of the merger that find many segments known: SEGMENTS= (10000)
	TRIBUTARY_BIN=$(bin) "$$(Tests/Tools/venv end-to-end)" Tests/Benchmarks/known \
		$(if $(SEGMENTS),--segments $(SEGMENTS))

.PHONY: bench-query
bench-query: build test-packages ## questions to an index of 100 million tweets, 6 GB in .build/bench: TWEETS=
	TRIBUTARY_BIN=$(bin) "$$(Tests/Tools/venv end-to-end)" Tests/Benchmarks/query .build/bench/query \
		$(if $(TWEETS),--tweets $(TWEETS))

peers := $(or $(PEERS),best)

.PHONY: bench
bench: build ## the merger beside a C++ limit and peers: SIZE= (S), PEERS= (best), RUNS= (1)
	deploy/packages --bench $(peers)
	TRIBUTARY_BIN=$(bin) "$$(Tests/Tools/venv merge-peers$(if $(filter all,$(peers)),-all))" \
		Tests/Benchmarks/merge/bench.py --peers $(peers) \
		$(if $(SIZE),--size $(SIZE)) $(if $(RUNS),--runs $(RUNS))

.PHONY: soak
soak: build test-packages ## a listener under all faults at once: SEED=, MINUTES= (30)
	TRIBUTARY_BIN=$(bin) "$$(Tests/Tools/venv end-to-end)" Tests/Soak/soak.py \
		$(if $(SEED),--seed $(SEED)) $(if $(MINUTES),--minutes $(MINUTES))

.PHONY: dist
dist: packages ## build listener and merger with the Swift runtime inside, into .build/dist
	swift build -c release --static-swift-stdlib --scratch-path .build/static --product listener
	swift build -c release --static-swift-stdlib --scratch-path .build/static --product merger
	install -D -s -t .build/dist .build/static/release/listener .build/static/release/merger
	deploy/manuals .build/dist/share .build/dist/listener .build/dist/merger

.PHONY: docs
docs: build ## write man pages and shell completions into .build/dist/share
	deploy/manuals .build/dist/share $(bin)/listener $(bin)/merger

.PHONY: format
format: ## lay out the code
	swift format --in-place --parallel --recursive Package.swift Sources Tests

.PHONY: clean
clean: ## remove what was built
	rm -rf .build

.PHONY: packages
packages:
	@deploy/packages

.PHONY: test-packages
test-packages:
	@deploy/packages --tests
