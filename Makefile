# make run: from a fresh clone to a running server. make test: everything that proves it works.

PREFIX       ?= /usr/local
DESTDIR      ?=
FUZZ_SECONDS ?= 60
SEEDS        ?= 100000
FIRST        ?= 1
HOURS        ?= 2
PER_MINUTE   ?= 180
RUNS         ?= 20
JOBS         ?= $(shell nproc)

INSTALL_DEPS = tools/install-deps.sh
# Found when a recipe needs it, not on every make.
WITH_NODE    = node_dir=$$(tools/node.sh) && export PATH="$$node_dir:$$PATH" &&

WEB_SOURCES := $(shell find web -type f \( -path web/node_modules -o -path web/dist -o \
    -path 'web/node_modules/*' -o -path 'web/dist/*' \) -prune -o -type f -print 2>/dev/null) \
    docs/protocol.schema.json

.PHONY: all run build server page test bench bench-build bench-first-call bench-quality bench-allocator bench-gcm bench-xdp bench-faults soak fuzz swarm nth lint format \
    install clean deps

all: build

# ---- building --------------------------------------------------------------------------------

deps:
	@$(INSTALL_DEPS) build run

build: deps
	@$(MAKE) --no-print-directory -j2 server page

server: build/build.ninja
	@ninja -C build -j $(JOBS) --quiet parley

# Optimised as a whole at link time: a quarter less time per forwarded packet than file by file.
BUILD_OPTIONS := -Dbuildtype=release -Db_lto=true -Dtests=false

build/build.ninja: Makefile
	@meson setup $(if $(wildcard build/meson-private/coredata.dat),--reconfigure) build $(BUILD_OPTIONS) >/dev/null || \
	    { rm -rf build; echo "meson setup failed: run it by hand to see why" >&2; exit 1; }
	@touch $@

page: web/dist/index.html
	@:

web/node_modules/.package-lock.json: web/package-lock.json web/package.json
	@$(WITH_NODE) cd web && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

web/dist/index.html: web/node_modules/.package-lock.json $(WEB_SOURCES)
	@$(WITH_NODE) cd web && npm run --silent build
	@touch $@

# ---- running ---------------------------------------------------------------------------------

# In the foreground; data in ./data; Ctrl-C stops everything.
run: build
	@exec build/parley serve $(if $(wildcard config.yaml),-c config.yaml)

# ---- proving ---------------------------------------------------------------------------------

test: build
	@$(INSTALL_DEPS) test
	@$(WITH_NODE) exec tools/run-tests.py

# What the server costs and carries, beside Janus: half an hour, and the machine for itself.
bench: bench-build
	@$(WITH_NODE) exec bench/run --suite sfu $(BENCH)

bench-build: build/build.ninja
	@$(INSTALL_DEPS) build bench
	@ninja -C build -j $(JOBS) --quiet parley bench/bench_engine bench/bench_gcm bench/bench_bare bench/bench_janus

# The page's way into a call, in browsers.
bench-first-call: build
	@$(INSTALL_DEPS) test
	@$(WITH_NODE) exec bench/run

# Calls on bad networks; needs root. An hour.
bench-quality: build
	@$(INSTALL_DEPS) test
	@$(WITH_NODE) exec bench/run --suite quality

# What one decision about layers costs: seconds, no browser.
bench-allocator: build/build.ninja
	@ninja -C build -j $(JOBS) --quiet bench/bench_allocator
	@build/bench/bench_allocator

# What sealing one packet costs, beside OpenSSL: seconds.
bench-gcm: build/build.ninja
	@ninja -C build -j $(JOBS) --quiet bench/bench_gcm
	@build/bench/bench_gcm

# AF_XDP beside sendmmsg on single packets: seconds, needs root.
bench-xdp: build/build.ninja
	@ninja -C build -j $(JOBS) --quiet bench/bench_bare bench/bench_xdp
	@bench/xdp.sh build

# Processes that die or are replaced under calls, each so many times. RUNS=20: twenty minutes.
bench-faults: build
	@$(INSTALL_DEPS) test
	@[ -f build-swarm/build.ninja ] || meson setup build-swarm -Dbuildtype=release >/dev/null
	@ninja -C build-swarm -j $(JOBS) --quiet tests/fault/hostile tests/fault/flood tests/fault/wall_clock.so
	@$(WITH_NODE) exec env PARLEY_TEST_BUILD=build-swarm PARLEY_HOSTILE=build-swarm/tests/fault/hostile \
	    bench/run --suite faults --runs $(RUNS) $(BENCH)

# A server under joins and leaves; needs root.
soak: build
	@$(INSTALL_DEPS) test
	@$(WITH_NODE) exec bench/run --suite soak --hours $(HOURS) --per-minute $(PER_MINUTE)

fuzz:
	@$(INSTALL_DEPS) build fuzz
	@tools/run-fuzz.sh $(FUZZ_SECONDS)

# Whole meetings in virtual time, each drawn from its seed, on all cores. A failing one says which it
# was: build-swarm/tests/sim/sim_swarm --seed N --verbose.
swarm:
	@$(INSTALL_DEPS) build
	@[ -f build-swarm/build.ninja ] || meson setup build-swarm -Dbuildtype=release >/dev/null
	@ninja -C build-swarm -j $(JOBS) --quiet tests/sim/sim_swarm
	@build-swarm/tests/sim/sim_swarm --first $(FIRST) --seeds $(SEEDS) --jobs $(JOBS)

# Each allocation and each system call of a whole call fails once: ten minutes. Root for the latter.
nth: server
	@$(INSTALL_DEPS) build
	@[ -f build-swarm/build.ninja ] || meson setup build-swarm -Dbuildtype=release >/dev/null
	@ninja -C build-swarm -j $(JOBS) --quiet tests/sim/sim_nth_allocation tests/fault/nth_allocation.so tests/fault/nth_call
	@build-swarm/tests/sim/sim_nth_allocation --of ours --jobs $(JOBS)
	@build-swarm/tests/sim/sim_nth_allocation --of openssl --jobs $(JOBS)
	@export PARLEY_TEST_BUILD=build-swarm && tests/fault/allocating.py && \
	    for turn in 0 1 2 3 4 5; do tests/fault/calling.py --process control --turn $$turn || exit 1; done && \
	    tests/fault/calling.py --process media0 && tests/fault/calling.py --process media0 --calls 31

lint: build
	@$(INSTALL_DEPS) lint
	@$(WITH_NODE) exec tools/lint.sh

format:
	@$(INSTALL_DEPS) lint
	@git ls-files 'src/*.[ch]' 'tests/*.[ch]' 'bench/*.[ch]' ':!tests/netlab' | xargs clang-format -i

# ---- installing ------------------------------------------------------------------------------

install: build
	install -D -m 755 build/parley $(DESTDIR)$(PREFIX)/bin/parley
	mkdir -p $(DESTDIR)$(PREFIX)/share/parley/web
	cp -R web/dist/. $(DESTDIR)$(PREFIX)/share/parley/web/
	mkdir -p $(DESTDIR)$(PREFIX)/lib/systemd/system
	sed 's|@PREFIX@|$(PREFIX)|g' deploy/parley.service > $(DESTDIR)$(PREFIX)/lib/systemd/system/parley.service

clean:
	rm -rf build build-* web/dist web/node_modules tests/e2e/node_modules .node
