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

# Versions differ in what they make of one .clang-format; the code follows Debian 12's.
formatted() {
    if ! clang-format --version | grep -q 'version 14\.'; then
        echo "        not checked: this is not clang-format 14"
        return 0
    fi
    # tests/netlab is a program of its own, in its own style.
    git ls-files 'src/*.[ch]' 'tests/*.[ch]' 'bench/*.[ch]' ':!tests/netlab' |
        xargs clang-format --dry-run --Werror
}

# What make build does not need, but the checks of symbols look at.
libraries() {
    targets=
    for folder in base wire engine client; do
        [ ! -f "src/$folder/meson.build" ] || targets="$targets src/$folder/libparley_$folder.a"
    done
    # shellcheck disable=SC2086
    ninja -C build --quiet $targets
}

# Nor do make build and make test need these: nobody would see that they no longer link.
benches() {
    targets=$(ninja -C build -t targets all | sed -n 's/^\(bench\/bench_[a-z_]*\): .*/\1/p')
    # shellcheck disable=SC2086
    ninja -C build --quiet $targets
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

check "libraries build" libraries
check "benches build" benches
check "clang-format" formatted
for script in tools/check-*; do
    [ -x "$script" ] && check "$script" "$script"
done
check "docs/configuration.md is current" config_docs_current
check "--print-config loads again" config_round_trip
check "shell scripts parse" scripts_fine
check "eslint and tsc of the page" web
[ $failed = 0 ]
