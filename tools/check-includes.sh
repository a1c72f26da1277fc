#!/bin/sh
# Includes go down the folder order only, and the sans-IO folders include no header of a system call.
set -u
cd "$(dirname "$0")/.."
failed=0

# allow FOLDER FOLDER...: the first may include headers of the others and its own.
allow() {
    folder=$1
    pattern=$(echo "$*" | tr ' ' '|')
    found=$(grep -nE '^[ \t]*#[ \t]*include[ \t]+"' src/"$folder"/*.[ch] 2>/dev/null |
        grep -vE "\"($pattern)/")
    [ -z "$found" ] && return
    echo "src/$folder may include from: $*"
    echo "$found"
    failed=1
}

allow base
allow wire base
allow engine base wire
allow client base wire engine
allow config base
allow ipc base
allow sandbox
allow worker base wire engine config ipc sandbox
allow control base config ipc sandbox
allow cli base wire client config ipc worker control engine

# sys/time.h is struct timeval alone, which libssl's DTLS interface wants.
pure='arpa/inet|assert|ctype|errno|float|inttypes|limits|math|stdalign|stdarg|stdbool|stddef|stdint'
pure="$pure|stdio|stdlib|stdnoreturn|string|strings|sys/time|openssl/[a-z0-9_]+"
found=$(grep -nE '^[ \t]*#[ \t]*include[ \t]+<' src/base/*.[ch] src/wire/*.[ch] src/engine/*.[ch] \
    src/client/*.[ch] 2>/dev/null | grep -vE "<($pure)\.h>" |
    # Instructions of the CPU.
    grep -vE '^src/engine/gcm[a-z0-9_]*\.[ch]:.*<(cpuid|immintrin)\.h>')
if [ -n "$found" ]; then
    echo "base, wire, engine and client do no I/O:"
    echo "$found"
    failed=1
fi
exit $failed
