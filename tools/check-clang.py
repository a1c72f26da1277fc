#!/usr/bin/env python3
"""Reads all C sources with clang, every warning an error: make build and make test use gcc, and
only make fuzz builds with clang. Needs nothing built: clang parses, and makes no code."""

import json
import os
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.path.join(ROOT, "build-clang")


def prepare():
    if not os.path.exists(os.path.join(BUILD, "build.ninja")):
        subprocess.run(["meson", "setup", BUILD, "-Dfuzz=true"], cwd=ROOT, check=True,
                       env={**os.environ, "CC": "clang"}, stdout=subprocess.DEVNULL)
    # A generated header; and with it the list of commands follows the meson.build files.
    subprocess.run(["ninja", "-C", BUILD, "--quiet", "src/control/openapi_text.h"], check=True)


def commands():
    with open(os.path.join(BUILD, "compile_commands.json")) as file:
        entries = json.load(file)
    # A source may be in several programs: with the same warnings, so once is enough.
    return {entry["file"]: entry for entry in entries}.values()


def read(entry):
    words = shlex.split(entry["command"])
    for option in "-o", "-MF", "-MQ":
        at = words.index(option)
        del words[at:at + 2]
    words.remove("-MD")
    return subprocess.run(words[:1] + ["-fsyntax-only"] + words[1:], cwd=entry["directory"],
                          stderr=subprocess.PIPE, text=True)


prepare()
with ThreadPoolExecutor(os.cpu_count()) as pool:
    bad = [done.stderr for done in pool.map(read, commands()) if done.returncode != 0]
print("".join(bad), end="")
sys.exit(1 if bad else 0)
