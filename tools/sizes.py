#!/usr/bin/env python3
"""Checks the sizes of the C code against the stop lines of the house style.

What is over a line must stand in tools/sizes.allow with its present number: it may shrink (then the
number there has to shrink too), never grow. --report prints the distribution instead.

    file     lines of a .c file          800
    header   lines of a .h file          250
    function lines of a function          70
    params   parameters of a function      7
    nesting  control statements in each other  4
"""
import pathlib
import re
import statistics
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDERS = ("src", "tests", "bench")
STOP = {"file": 800, "header": 250, "function": 70, "params": 7, "nesting": 4}
CONTROL = re.compile(r"(\} )?(if|else|for|while|do|switch|LIST_EACH)\b")


def blank(match):
    """Comments become spaces, so that lines keep their numbers."""
    return re.sub(r"[^\n]", " ", match.group(0))


def strip(text):
    text = re.sub(r"/\*.*?\*/", blank, text, flags=re.S)
    text = re.sub(r"//[^\n]*", blank, text)
    text = re.sub(r'"(\\.|[^"\\\n])*"', '""', text)
    return re.sub(r"'(\\.|[^'\\\n])+'", "''", text)


def signature_start(lines, brace):
    """The first line of the definition whose body opens on line brace (column 0)."""
    start = brace
    while start > 0:
        above = lines[start - 1].strip()
        if not above or above.endswith((";", "}")) or above.startswith("#"):
            break
        start -= 1
    return start


def parameters(signature):
    """How many parameters, and the name; None if this is no function."""
    match = re.search(r"(\w+)\(", signature)
    if match is None:
        return None
    depth, count, inside = 0, 1, ""
    for char in signature[match.end() - 1:]:
        depth += char in "([{"
        depth -= char in ")]}"
        if depth == 0:
            break
        count += char == "," and depth == 1
        inside += char
    return match.group(1), 0 if inside.strip("( ") in ("", "void") else count


def nesting(lines):
    """How deep control statements lie in each other. clang-format keeps every block's indentation at
    four spaces per level, so the indentation of a control statement is its depth."""
    deepest = 0
    stack = []
    for line in lines:
        text = line.strip()
        if not CONTROL.match(text):
            continue
        indent = len(line) - len(line.lstrip())
        while stack and stack[-1] >= indent:
            stack.pop()
        if not re.match(r"\} while", text):
            stack.append(indent)
            deepest = max(deepest, len(stack))
    return deepest


def functions(text):
    """(name, first line, lines, parameters, nesting) of each function definition."""
    lines = strip(text).split("\n")
    for number, line in enumerate(lines):
        if line.rstrip() != "{":
            continue
        start = signature_start(lines, number)
        found = parameters(" ".join(lines[start:number]))
        end = next((i for i in range(number, len(lines)) if lines[i].startswith("}")), None)
        if found is not None and end is not None:
            yield found[0], start + 1, end - start + 1, found[1], nesting(lines[number + 1:end])


def measure():
    """{(kind, where): number} of everything."""
    sizes = {}
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.[ch]")):
            name = path.relative_to(ROOT).as_posix()
            text = path.read_text()
            sizes["header" if path.suffix == ".h" else "file", name] = text.count("\n")
            for function, _, length, params, depth in functions(text):
                where = f"{name}:{function}"
                sizes["function", where] = length
                sizes["params", where] = params
                sizes["nesting", where] = depth
    return sizes


def allowed():
    entries = {}
    for line in (ROOT / "tools" / "sizes.allow").read_text().splitlines():
        words = line.split("#")[0].split()
        if words:
            entries[words[0], words[1]] = int(words[2])
    return entries


def report(sizes):
    for kind, stop in STOP.items():
        for folder in ("src", "tests"):
            values = sorted(n for (k, where), n in sizes.items()
                            if k == kind and where.startswith(folder))
            if values:
                print(f"{kind:9} {folder:6} median {statistics.median(values):5g}  "
                      f"90% {values[int(0.9 * (len(values) - 1))]:4}  most {values[-1]:4}  stop {stop}")


def main():
    sizes, exceptions, failed = measure(), allowed(), False
    if "--report" in sys.argv[1:]:
        report(sizes)
        return 0
    for key, number in sorted(sizes.items()):
        kind, where = key
        limit = exceptions.pop(key, None)
        if limit is None and number > STOP[kind]:
            print(f"{where}: {kind} {number}, stop line {STOP[kind]}")
        elif limit is not None and number > limit:
            print(f"{where}: {kind} grew from {limit} to {number}")
        elif limit is not None and number < limit:
            print(f"{where}: {kind} is {number} now: lower or remove its line in tools/sizes.allow")
        else:
            continue
        failed = True
    for kind, where in exceptions:
        print(f"{where}: gone: remove its {kind} line from tools/sizes.allow")
        failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
