# make demo   install what is pinned, synthesise the demo app, run it on this machine (LISTEN=127.0.0.1:0 takes a free port)
# make test   everything; what CI runs
# make check  the fast part of it, for the inner loop
# make bench  the edge signer against other signers and against the cost of its hashes
# make load   requests to the demo under furl local for a minute, with 20 processes killed (LOAD='-body 1000000 -kills 0')
# make soak   10,000,000 random requests through the edge signer, another seed each time (COUNT=1000000, SEED=1 to repeat one)
# make ric    compile AWS's own runtime client, which judges ours in make test
# make client build the browser module, client/browser/furl.mjs, from its sources
# make picture  make README's picture of the demo anew, docs/demo.png
# make newest synthesise a user's app with the newest CDK, and say what differs from the pinned one

# Not make's own way of running simple commands, which in old versions (macOS has 3.81) does not see the PATH below.
SHELL := /bin/bash

# The pinned Node and tools come before the machine's own: jsii warns about an older Node, and the edge signer is written for 22.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
export JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION := 1

# The CDK CLI puts its own idea of the region into CDK_DEFAULT_REGION; this is how it is told. Not us-east-1, so that the way
# across regions is the one always exercised.
export AWS_REGION ?= ap-northeast-1

LISTEN ?= 127.0.0.1:8080

GOFUMPT := mvdan.cc/gofumpt@v0.12.0
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2

# Packages that load the CDK, and so jsii: slow to compile, and not for the race detector (jsii's own runtime has data races).
CDK_PACKAGES := . ./constructs ./test
# local comes first, since its tests take longest.
OTHER_PACKAGES := ./local/... ./client/... ./cmd/... ./lambdas/... ./viewer/... ./test/load/... ./test/docs/...

# Their folders with a test that knows -short.
SHORTENED = $(sort $(dir $(shell grep -rl --include='*_test.go' 'testing\.Short()' $(OTHER_PACKAGES:./%/...=%))))

# The example is a module of its own, so that Furl's users do not get its dependencies. Its app loads the CDK, and its
# server does not.
EXAMPLE := examples/mcp

.PHONY: demo test programs synthesised whole check javascript race lint portable vectors
.PHONY: chromium ric articles bench load soak client picture newest clean

demo: node_modules/.package-lock.json
	@echo 'Compiling the demo app (about 2 minutes the first time: the CDK packages are large) ...'
	@go build -o .build/demo .
	@echo 'Synthesising it for this machine ...'
	@cdk synth -q --app .build/demo -c furl:target=host -o cdk.out
	@echo 'Compiling furl ...'
	@go build -o .build/furl ./cmd/furl
	@exec .build/furl local --listen $(LISTEN)

# check runs the tests of OTHER_PACKAGES with the race detector. Then come the tests that load the CDK, and those that
# -short skips or makes smaller. ./test runs in two processes, since its tests run one after another in each.
test: FRESH := -count=1
test: chromium articles
	@$(MAKE) --no-print-directory -j 2 check ric FRESH=$(FRESH)
	go vet $(CDK_PACKAGES)
	go run $(STATICCHECK) $(CDK_PACKAGES)
	go -C $(EXAMPLE) vet .
	go -C $(EXAMPLE) run $(STATICCHECK) .
	@$(MAKE) --no-print-directory -j 3 programs synthesised whole

# The tests of ./test that run the demo, the example and newcomers' apps as programs take half of its time.
PROGRAMS := ^Test(Browser|ChangedSignerDiff|Consumer|Demo.*|FirstHour|FortySecondCall|GoldenDemo|LeasePolicies|Mcp.*|TwoRegionsShareNoName)$$

programs:
	go test -count=1 -timeout 30m -run '$(PROGRAMS)' ./test

synthesised:
	go test -count=1 -timeout 30m -skip '$(PROGRAMS)' $(CDK_PACKAGES)

# A test that -short skips or makes smaller runs whole here, with the others of its package. Lambda's need ric.
whole:
	go test -count=1 -timeout 30m $(addprefix ./,$(SHORTENED))

# Many tests wait for a timeout, so all parts run at once, and the tests of three Go packages in them.
check: node_modules/.package-lock.json vectors
	@$(MAKE) --no-print-directory -j 4 race javascript lint portable FRESH=$(FRESH)

# The random events of the edge signer's tests are fewer in make check than in make test.
javascript:
	node client/browser/build.mjs --check
	$(if $(FRESH),,SHORT=1) node --test --test-reporter=dot lambdas/*/test/*.test.mjs client/browser/test/*.test.mjs test/*.test.mjs

race:
	go test -race -short -p 3 $(FRESH) $(OTHER_PACKAGES)
	go -C $(EXAMPLE) test -race $(FRESH) ./server

# The code must compile on macOS too, tests included. On Windows furl runs under WSL, which is Linux.
portable:
	GOOS=darwin GOARCH=arm64 go vet $(OTHER_PACKAGES)
	GOOS=darwin GOARCH=arm64 go -C $(EXAMPLE) vet ./server

lint: node_modules/.package-lock.json
	@biome=$$(ls node_modules/@biomejs/cli-*/biome 2>/dev/null); \
	if [ -n "$$biome" ]; then echo biome check && $$biome check; \
	elif [ "$$CI" = true ]; then echo 'biome is not installed, and with CI=true that is a failure' >&2; exit 1; \
	else echo 'SKIPPED: biome check, since there is no biome for this machine in package.json'; fi
	@unformatted=$$(go run $(GOFUMPT) -l .) && test -z "$$unformatted" || { echo "gofumpt would change: $$unformatted"; exit 1; }
	@node test/columns.mjs
	go vet $(OTHER_PACKAGES)
	go run $(STATICCHECK) $(OTHER_PACKAGES)
	go -C $(EXAMPLE) vet ./server
	go -C $(EXAMPLE) run $(STATICCHECK) ./server

# go test and node --test show no reason of a skipped test, so it is told here.
vectors:
	@vectors="$${SIGV4_VECTORS:-../shared/sigv4-vectors}"; \
	if [ -d "$$vectors" ]; then exit 0; fi; \
	if [ "$$CI" = true ]; then echo "AWS's signing test suite is not in $$vectors, and with CI=true that is a failure" >&2; exit 1; fi; \
	echo "SKIPPED: AWS's signing test suite, since there is no folder $$vectors (SIGV4_VECTORS names another one)"

# The browser test's, with a font that has the Japanese text of the demo. Debian's, where there is none yet.
chromium:
	@if command -v chromium >/dev/null; then exit 0; fi; \
	mkdir -p .build; if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
		echo 'Installing chromium ...'; \
		{ apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends chromium fonts-noto-cjk; } >.build/apt.log 2>&1 || tail -5 .build/apt.log >&2; \
	fi; \
	if command -v chromium >/dev/null; then exit 0; fi; \
	if [ "$$CI" = true ]; then echo 'chromium is not installed, and with CI=true that is a failure' >&2; exit 1; fi; \
	echo 'SKIPPED: the demo page in a browser, since there is no chromium on the PATH'

# AWS's own runtime client for Node.js, which judges ours (TestNodeStreamsAsAWSDoes). Its native part is compiled here,
# with the headers of the pinned Node. It takes some 4 minutes, once.
RIC := aws-lambda-ric@4.0.2

ric: node_modules/.package-lock.json
	@client=.build/ric/node_modules/aws-lambda-ric/rapid-client.node; if [ -f $$client ]; then exit 0; fi; \
	mkdir -p .build/ric; if ! { command -v cmake && command -v g++; } >/dev/null && command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
		echo 'Installing cmake and g++ ...'; \
		{ apt-get update -q && DEBIAN_FRONTEND=noninteractive \
			apt-get install -y -q --no-install-recommends cmake g++ make; } >.build/ric/apt.log 2>&1 || tail -5 .build/ric/apt.log >&2; \
	fi; \
	if [ "$$(uname)" != Darwin ] && command -v cmake >/dev/null && command -v g++ >/dev/null; then \
		echo 'Compiling $(RIC) (some 4 minutes, once) ...'; echo '{}' >.build/ric/package.json; \
		export npm_config_nodedir="$$(node -p 'require("node:path").resolve(fs.realpathSync(process.execPath), "../..")')"; \
		npm install --prefix .build/ric --no-save --foreground-scripts $(RIC) \
			>.build/ric/npm.log 2>&1 || tail -20 .build/ric/npm.log >&2; \
	fi; \
	if [ -f $$client ]; then exit 0; fi; \
	if [ "$$CI" = true ]; then echo '$(RIC) is not compiled, and with CI=true that is a failure' >&2; exit 1; fi; \
	echo 'SKIPPED: the runtime for Node.js beside $(RIC), which needs Linux, cmake and g++' >&2

# The second article's page loads the AWS SDK for JavaScript v2 from a server on the internet. The test serves the same
# file of the npm package. The package is 100 MB, so it is not in package.json.
SDK_V2 := aws-sdk@2.1693.0

articles:
	@if [ ! -f .build/aws-sdk.min.js ]; then \
		mkdir -p .build; echo 'Fetching $(SDK_V2) ...'; npm pack --silent --pack-destination .build $(SDK_V2) >.build/sdk.log 2>&1; \
		tar xzmf .build/aws-sdk-*.tgz -C .build --strip-components 2 package/dist/aws-sdk.min.js; rm -f .build/aws-sdk-*.tgz; \
	fi
	@for file in .build/aws-sdk.min.js ../shared/cases/articles/r2_page.html; do \
		if [ -f $$file ]; then continue; fi; \
		echo "SKIPPED: the articles' own programs, since there is no $$file" >&2; \
	done
	@python3 -c 'import boto3' 2>/dev/null || echo "SKIPPED: the first article's edge signer, and aws commands of the pages, since python3 has no boto3" >&2

client: node_modules/.package-lock.json
	node client/browser/build.mjs

# Keys and times are in the picture, so it differs in each run.
picture: chromium node_modules/.package-lock.json
	@go build -o .build/demo . && cdk synth -q --app .build/demo -c furl:target=host -o cdk.out
	@go build -o .build/furl ./cmd/furl
	@node test/picture.mjs "$$(command -v chromium)" .build/furl cdk.out docs/demo.png

# Not part of make test: what is newest changes by itself.
newest: node_modules/.package-lock.json
	@STATICCHECK=$(STATICCHECK) test/newest.sh

# The peer is not a dependency: npm would bring its own, the CDK for JavaScript, with it.
PEER := cdk-nextjs-standalone@4.3.3

bench: node_modules/.package-lock.json .build/peer/package/assets/lambdas/sign-fn-url/index.js
	@node --expose-gc lambdas/edge-signer/test/bench.mjs .build/peer/package/assets/lambdas/sign-fn-url/index.js

.build/peer/package/assets/lambdas/sign-fn-url/index.js:
	@mkdir -p .build/peer && cd .build/peer && npm pack --silent $(PEER) >/dev/null && tar xzf *.tgz package/assets/lambdas/sign-fn-url
	@echo '{}' >.build/peer/package.json # or node takes it for a module of ours

LOAD ?= -kills 20

# The demo's web ACL blocks an address after 2,000 requests in five minutes. 2,000,000,000 is the most that WAF takes.
load: node_modules/.package-lock.json
	@echo 'Compiling and synthesising the demo app ...'
	@go build -o .build/demo . && cdk synth -q --app .build/demo -c furl:target=host -o .build/load.out
	@for template in .build/load.out/*.template.json; do \
		sed 's/"Limit": 2000$$/"Limit": 2000000000/' $$template >.build/load.json && mv .build/load.json $$template; done
	@go build -o .build/furl ./cmd/furl && go run ./test/load $(LOAD)

COUNT ?= 10000000
SEED ?= $(shell date +%s)

soak: node_modules/.package-lock.json
	@echo 'Verifying $(COUNT) requests from seed $(SEED) on (on two cores some 4 minutes for a million) ...'
	@go test -count=1 -timeout 0 -v -run '^TestEdgeSigner$$' ./local/internal/sigv4 -args -edge-requests $(COUNT) -edge-seed $(SEED)

# npm writes this file last, so it says that an installation was finished, and from which lock file.
node_modules/.package-lock.json: package-lock.json .npmrc
	@echo 'Installing the pinned npm packages ...'
	@npm ci --no-audit --no-fund --loglevel=error
	@touch $@

clean:
	rm -rf .build cdk.out node_modules $(EXAMPLE)/.build $(EXAMPLE)/cdk.out
