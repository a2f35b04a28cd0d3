# The targets build, demo, test, check and bench are a contract: scripts and
# people depend on them.
GO ?= go
TAGS := embedweb

.PHONY: build demo test check bench fuzz web clean generate

build: web
	$(GO) build -tags $(TAGS) -trimpath -o bin/searchlight ./cmd/searchlight

# The assets come from the npm lock file and are never committed.
web: web/dist/swagger/swagger-ui-bundle.js
web/dist/swagger/swagger-ui-bundle.js: web/package-lock.json web/build.mjs
	cd web && npm ci --no-audit --no-fund --loglevel=error && npm run --silent build

demo: build
	bin/searchlight demo --data-dir ./searchlight-demo $(DEMO_FLAGS)

# Starts what the tests need, runs them all, and stops it again.
test: web
	scripts/test.sh

check: web
	scripts/check.sh

# Writes the reference pages in docs/ anew from the tables in the code.
generate:
	$(GO) generate ./internal/gen

bench: web
	$(GO) run -tags $(TAGS) ./bench $(BENCH_FLAGS)

# Runs each fuzzer for a while: make fuzz FUZZTIME=1m
FUZZTIME ?= 20s
fuzz:
	scripts/fuzz.sh $(FUZZTIME)

clean:
	rm -rf bin .tmp web/dist web/node_modules
