#!/bin/sh
# The sans-IO folders call nothing but what tools/sans-io.allow lists: no clock, no socket, no file, no
# thread, no environment, no random source. Looks at the undefined symbols of their static libraries,
# once those they give each other are taken out.
#   check-sans-io.sh [BUILD_DIR]      (default: build)
set -eu
cd "$(dirname "$0")/.."
build=${1:-build}
libraries=

for folder in base wire engine client; do
    library=$build/src/$folder/libparley_$folder.a
    # A folder without C files yet has no library; one with C files must have it.
    if [ -f "$library" ]; then
        libraries="$libraries $library"
    elif ls src/$folder/*.c >/dev/null 2>&1; then
        echo "$library is missing: build first" >&2
        exit 1
    fi
done

# shellcheck disable=SC2086
{
    nm -A --defined-only --extern-only $libraries | awk 'NF > 1 { print "defined", $NF }'
    nm -A --undefined-only $libraries |
        awk 'NF > 1 { sub(/:$/, "", $1); sub(/.*[:\/]/, "", $1); print "used", $NF, $1 }'
} | awk '
    # sans-io.allow: "pattern" or "pattern file.c"; * stands for any characters.
    FNR == NR {
        sub(/#.*/, "")
        if (NF > 0) {
            pattern = $1
            gsub(/\*/, ".*", pattern)
            patterns[++count] = "^" pattern "$"
            only[count] = NF > 1 ? $2 ".o" : ""
        }
        next
    }
    $1 == "defined" { defined[$2] = 1; next }
    { used[$2 " " $3] = 1 }
    END {
        for (key in used) {
            split(key, part, " ")
            symbol = part[1]
            object = part[2]
            ok = symbol in defined
            for (i = 1; i <= count && !ok; i++)
                ok = symbol ~ patterns[i] && (only[i] == "" || only[i] == object)
            if (!ok) {
                print object ": calls " symbol ", which tools/sans-io.allow does not have"
                failed = 1
            }
        }
        exit failed
    }
' tools/sans-io.allow -
