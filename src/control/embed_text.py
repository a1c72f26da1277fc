#!/usr/bin/env python3
"""Writes a text file as a C string: embed_text.py NAME INPUT OUTPUT"""
import sys

name, source, target = sys.argv[1:]
with open(source, "rb") as file:
    data = file.read()
with open(target, "w", encoding="ascii") as out:
    out.write(f"static const char {name}[] =\n")
    for line in data.splitlines(keepends=True):
        escaped = "".join(chr(b) if 32 <= b < 127 and chr(b) not in '"\\?' else f"\\{b:03o}" for b in line)
        out.write(f'    "{escaped}"\n')
    out.write("    ;\n")
