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

.PHONY: test-systemd
test-systemd: build ## the units in a booted systemd; as root
	TRIBUTARY_BIN=$(bin) "$$(Tests/Tools/venv end-to-end)" -m pytest -q Tests/Deploy/booted_units.py

.PHONY: bench-capture
bench-capture: build test-packages ## the listener beside curl and gzip, and a tweepy script: CPU, memory, bytes
	TRIBUTARY_BIN=$(bin) "$$(Tests/Tools/venv end-to-end)" Tests/Benchmarks/capture

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
