#!/bin/sh
# Every header of src/ compiles alone and twice in a row, with gcc and with clang.
set -u
cd "$(dirname "$0")/.."
failed=0
warnings="-Wall -Wextra -Wconversion -Wshadow -Wvla -Wmissing-prototypes -Wstrict-prototypes -Werror"

for compiler in gcc clang; do
    command -v $compiler >/dev/null || { echo "$compiler is not installed" >&2; exit 1; }
    for header in src/*/*.h; do
        case $header in
        src/base/* | src/wire/* | src/engine/* | src/client/* | src/ipc/*) dialect=-std=c11 ;;
        *) dialect="-std=gnu11 -D_GNU_SOURCE" ;;
        esac
        name=${header#src/}
        # A translation unit may not be empty, hence the declaration.
        # shellcheck disable=SC2086
        printf '#include "%s"\n#include "%s"\nextern int nothing;\n' "$name" "$name" |
            $compiler $dialect $warnings -Isrc -fsyntax-only -x c - ||
            { echo "$header does not compile alone with $compiler"; failed=1; }
    done
done
exit $failed
