#!/usr/bin/env bash
# Synthesises an app with the pinned CDK and with the newest one, and says what differs. The app is a module of its own,
# as a user's is, and takes Furl from this checkout. A difference between templates is told. The script fails where the
# app does not compile or synthesise with the newest CDK, where a construct has an error, and where CDK's validation
# finds one or leaves no report. The app runs without the CDK CLI, since the pinned one refuses a newer schema.
# Run it by make newest, which puts the pinned Node on the PATH and names the version of staticcheck.
set -euo pipefail

cdk=github.com/aws/aws-cdk-go/awscdk/v2
repository=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export GOWORK=off AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_EC2_METADATA_DISABLED=true

# newest is the newest version that the module proxy has. Some proxies answer no query for "latest", but have a list.
newest() {
	cd "$repository"
	go list -m -f '{{.Version}}' "$cdk@latest" 2>"$work/refused" && return
	echo "The newest version of the module proxy's list is taken: $(cat "$work/refused")" >&2
	go list -m -versions -f '{{range .Versions}}{{println .}}{{end}}' "$cdk" | grep -v -e - -e '^$' | tail -n 1 | grep .
}

# build makes the module in the folder of that name, with that version of the CDK or else with the pinned one.
build() {
	mkdir "$work/$1" && cd "$work/$1"
	cp "$repository/test/testdata/consumer/main.go" "$repository/go.sum" .
	{
		echo 'module example.com/consumer'
		tail -n +2 "$repository/go.mod"
		echo 'require github.com/furl-cdk/furl v0.0.0'
		echo "replace github.com/furl-cdk/furl => $repository"
	} >go.mod
	if [ $# = 2 ]; then go get "$cdk@$2"; fi
	if ! go build -mod=mod -o consumer .; then
		echo "Furl does not compile with the $1 CDK" >&2
		return 1
	fi
	go list -m "$cdk" github.com/aws/constructs-go/constructs/v10 github.com/aws/jsii-runtime-go >versions
}

# synthesise runs the app there for a region, and masks in the templates what changes with every asset.
synthesise() {
	cd "$work/$1"
	if ! CDK_DEFAULT_REGION=$2 CDK_OUTDIR=$2 CDK_CONTEXT_JSON=$context ./consumer >"$2.log" 2>&1; then
		cat "$2.log" >&2
		echo "The app does not synthesise for $2 with the $1 CDK" >&2
		return 1
	fi
	mkdir "templates-$2"
	for template in "$2"/*.template.json; do
		sed -E 's/[0-9a-f]{64}/ASSET/g; s/(CurrentVersion[0-9A-F]{8})[0-9a-f]{32}([0-9A-F]{8})?/\1VERSION/g' \
			"$template" >"templates-$2/$(basename "$template")"
	done
}

# annotations prints the messages of a level, warning or error, that constructs left in the assembly.
annotations() {
	grep -hEA 1 "\"type\": *\"aws:cdk:$3\"" "$work/$1/$2"/*.json
}

# validated fails where a construct has an error, which the CDK CLI would refuse, and where CDK's validation found one.
# Its report is validation-report.json or, in other versions, policy-validation-report.json.
validated() {
	if annotations "$1" "$2" error >&2; then
		echo "$2: a construct has an error" >&2
		return 1
	fi
	local status=0
	grep -Ei -B 5 '"severity": *"(error|fatal)"' "$work/$1/$2"/*validation-report.json >&2 || status=$?
	case $status in
	0) echo "$2: CDK's validation found an error" >&2 ;;
	1) return 0 ;; # there is a report, without an error
	*) echo "$2: CDK left no validation report" >&2 ;;
	esac
	return 1
}

# warnings prints those that the synthesis printed, with deprecations, and those of constructs.
warnings() {
	grep -Ei 'warning|deprecat' "$work/$1/$2.log" || true
	annotations "$1" "$2" warning || true
}

context=$(node -p 'JSON.stringify(require(process.argv[1]).context)' "$repository/cdk.json")
version=$(newest)
build pinned
build newest "$version"
echo "From the pinned versions to the newest:"
paste -d ' ' "$work/pinned/versions" "$work/newest/versions" | awk '{ print "  " $1, $2, "->", $4 }'

for region in ap-northeast-1 us-east-1; do
	synthesise pinned "$region"
	synthesise newest "$region"
	validated newest "$region"
	echo "Templates for $region:"
	cd "$work"
	diff -ru "pinned/templates-$region" "newest/templates-$region" && echo '  no difference'
	echo "Warnings and deprecations for $region:"
	told=$(warnings newest "$region")
	echo "${told:-  none}"
done

echo 'Deprecated Go names that constructs/ uses:'
cd "$work/newest"
if go run "$STATICCHECK" -checks SA1019 github.com/furl-cdk/furl/constructs; then echo '  none'; fi
