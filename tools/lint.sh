#!/bin/sh
# Everything that can be checked without running the product. Needs a build (make build).
set -u
cd "$(dirname "$0")/.."
failed=0

check() {
    what=$1
    shift
    if "$@"; then
        echo "ok      $what"
    else
        echo "FAILED  $what"
        failed=1
    fi
}

formatted() {
    git ls-files 'src/*.[ch]' 'tests/*.[ch]' 'bench/*.[ch]' | xargs clang-format --dry-run --Werror
}

config_docs_current() {
    build/parley serve --print-config=markdown | diff -u docs/configuration.md - ||
        { echo "docs/configuration.md is old: build/parley serve --print-config=markdown > docs/configuration.md"; return 1; }
}

config_round_trip() {
    scratch=$(mktemp -d)
    build/parley serve --print-config >"$scratch/a.yaml" &&
        build/parley serve -c "$scratch/a.yaml" --print-config | cmp - "$scratch/a.yaml"
    result=$?
    rm -r "$scratch"
    return $result
}

scripts_fine() {
    for script in $(git ls-files '*.sh' .ci/run); do
        sh -n "$script" || return 1
    done
}

web() {
    cd web && npm run --silent lint && npm run --silent typecheck
}

check "clang-format" formatted
for script in tools/check-*; do
    [ -x "$script" ] && check "$script" "$script"
done
check "docs/configuration.md is current" config_docs_current
check "--print-config loads again" config_round_trip
check "shell scripts parse" scripts_fine
check "eslint and tsc of the page" web
[ $failed = 0 ]
