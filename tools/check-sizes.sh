#!/bin/sh
# C files, headers, functions, parameters and nesting stay under their stop lines.
exec python3 "$(dirname "$0")/sizes.py" "$@"
