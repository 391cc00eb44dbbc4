# One word each; each does its own set-up. SCRATCH is where the build lives.
SCRATCH ?= .build
# One configuration and one set of flags for building and testing, so that nothing is compiled twice.
BUILD := --scratch-path $(SCRATCH)

export SCRATCH

TESTS := swift test --skip-build --disable-xctest $(BUILD)
# Tests with time-outs of real sockets, which a processor that others keep busy would break.
SOCKETS := HTTPAPITests|LiveKitTests|SandboxTests

# Tests on PostgreSQL at once: each has some twenty connections, and two cores do not get more of them done.
AT_ONCE := SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=4
# With all of them at once a test that has a socket waits for its turn longer than a request may take.
FEW := SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=16

.PHONY: help run test check demo bench simulate crash chaos clean

help:
	@echo 'make run     build (release), start on SQLite and the sandbox, print a key and what to paste'
	@echo 'make test    everything: check, unit tests, the Python client, end-to-end scripts'
	@echo 'make check   format, and what each module may import'
	@echo 'make demo    twenty calls to the sandbox, live; some are cancelled in every state'
	@echo 'make bench   build (release), measure on this machine, and compare with the bounds (half an hour)'
	@echo 'make simulate [SEEDS=100000]   build (release), run the whole system on a simulated clock with seeded faults; SEED=n: one again; POSTGRES=1: there'
	@echo 'make crash   build (release), kill it ROUNDS=1000 times amid its work, and ask the phones; POSTGRES=1: there; SEED=1 repeats the choices'
	@echo 'make chaos   build (release), three nodes on one PostgreSQL under load while things go wrong (50 minutes); SECONDS=20 ONLY=kill: short'
	@echo 'make clean   forget what was built; data in .switchboard/ stays'

run:
	@Scripts/run

check:
	@Scripts/setup test
	swift format lint --strict -r Sources Tests Benchmarks Package.swift
	Scripts/check-imports
	swift build --build-tests $(BUILD)

test: check
	$(AT_ONCE) Scripts/with-postgres $(TESTS) --skip '$(SOCKETS)|EndToEndTests|SimulationTests'
	$(FEW) $(TESTS) --filter '$(SOCKETS)'
	Scripts/with-postgres $(TESTS) --filter SimulationTests
	$(TESTS) --filter EndToEndTests
	BINARY=$(SCRATCH)/debug/switchboard Scripts/python-check
	@set -e; for script in Tests/EndToEnd/*; do \
		echo "$$script"; BINARY=$(SCRATCH)/debug/switchboard timeout 300 "$$script"; done
	POSTGRES=1 BINARY=$(SCRATCH)/debug/switchboard timeout 300 Tests/EndToEnd/crash 6

demo:
	@Scripts/setup run
	@Scripts/demo

# BINARY=PATH measures that one, without building. SUBJECTS='list_calls postgres' only these.
bench:
	@Scripts/setup test
	@if [ -z "$(BINARY)" ]; then swift build -c release --product switchboard --scratch-path $(SCRATCH); fi
	@if [ -z "$(DRAIN)" ]; then swift build -c release --product drain --scratch-path $(SCRATCH); fi
	@Benchmarks/run $(SUBJECTS)

# SEEDS=n FIRST=n: so many, from that one on. SEED=n: that one only, with its whole story. POSTGRES=1: on a PostgreSQL of its own.
SEEDS ?= $(if $(POSTGRES),2000,100000)
FIRST ?= 1
simulate:
	@Scripts/setup run
	swift build -c release --product simulate $(BUILD)
	@$(if $(POSTGRES),Scripts/with-postgres) $(SCRATCH)/release/simulate $(if $(POSTGRES),--postgres) $(if $(SEED),--seed $(SEED),--seeds $(SEEDS) --first $(FIRST))

# BINARY=PATH kills that one, without building.
crash:
	@Scripts/setup test
	@if [ -z "$(BINARY)" ]; then swift build -c release --product switchboard --scratch-path $(SCRATCH); fi
	@POSTGRES=$(POSTGRES) Tests/EndToEnd/crash $(or $(ROUNDS),1000) $(SEED)

# SECONDS: how long each disturbance lasts; ONLY="kill stop": these alone; RATE: the sustainable load, where it is known.
# BINARY=PATH disturbs that one, without building.
chaos:
	@Scripts/setup test
	@if [ -z "$(BINARY)" ]; then swift build -c release --product switchboard --scratch-path $(SCRATCH); fi
	@Tests/Chaos/run $(if $(SECONDS),--seconds $(SECONDS)) $(if $(RATE),--rate $(RATE)) $(ONLY)

clean:
	rm -rf $(SCRATCH) .venv
