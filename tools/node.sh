#!/bin/sh
# Prints the directory of a node that is at least version 20: the machine's own, or one that npm
# brings (in .node/, kept). Debian 12's is 18, which the page's build tools do not run on.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
wanted=20
fetched=22

is_new_enough() {
    version=$("$1" --version 2>/dev/null | sed 's/^v\([0-9]*\).*/\1/')
    [ -n "$version" ] && [ "$version" -ge "$wanted" ]
}

own=$(command -v node || true)
if [ -n "$own" ] && is_new_enough "$own"; then
    dirname "$own"
    exit 0
fi

case "$(uname -m)" in
x86_64) arch=x64 ;;
aarch64) arch=arm64 ;;
*) arch= ;;
esac
binary="$root/.node/node_modules/node-linux-$arch/bin"
if [ -n "$arch" ] && is_new_enough "$binary/node"; then
    echo "$binary"
    exit 0
fi

if [ -n "$arch" ] && command -v npm >/dev/null; then
    echo "node is ${own:+too old ($($own --version)), }needed is $wanted or newer: getting node $fetched by npm into .node/" >&2
    mkdir -p "$root/.node"
    if npm install --silent --no-audit --no-fund --prefix "$root/.node" "node-linux-$arch@$fetched" >&2 &&
        is_new_enough "$binary/node"; then
        echo "$binary"
        exit 0
    fi
fi
echo "The page's build needs Node $wanted or newer: install one (https://nodejs.org) and put it first in PATH." >&2
exit 1
