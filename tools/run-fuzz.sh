#!/bin/sh
# Builds every libFuzzer target with clang and runs each for so many seconds: run-fuzz.sh [SECONDS]
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-60}
build=build-fuzz

[ -f $build/build.ninja ] || CC=clang meson setup $build -Dfuzz=true -Dtests=false \
    -Db_sanitize=address,undefined -Db_lundef=false -Dbuildtype=debugoptimized \
    -Dc_args=-fsanitize=fuzzer-no-link >/dev/null
targets=$(cd tests/fuzz && ls fuzz_*.c | sed 's|\(.*\)\.c|tests/fuzz/\1|')
# shellcheck disable=SC2086
ninja -C $build --quiet $targets

failed=0 passed=0
for target in "$build"/tests/fuzz/fuzz_*; do
    [ -f "$target" ] && [ -x "$target" ] || continue
    name=$(basename "$target")
    found="$build/found/$name" # new inputs, and what crashed
    mkdir -p "$found"
    seeds="tests/fuzz/corpus/${name#fuzz_}"
    [ -d "$seeds" ] || seeds=
    echo "$name: $seconds s"
    # shellcheck disable=SC2086
    if "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=0 \
        -verbosity=0 -artifact_prefix="$found/" "$found" $seeds; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "$name FAILED: the input is in $found"
    fi
done
echo "$passed passed, $failed failed"
[ $failed = 0 ] && [ $passed != 0 ]
