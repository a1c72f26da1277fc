#!/usr/bin/env python3
"""Faults of the processes and of their surroundings: run.py [--json FILE] [--only PATTERN].

Every test starts a server of its own. Names say the behaviour; what a test needs and does not find
(root, coturn) makes it a skipped one."""

import argparse
import json
import os
import re
import sys
import time
import traceback

import allocating
import attacks
import calling
import confined
import doctoring
import flooding
import starting
import living
import overloading
import loading
import relaying
import soaking
import surroundings
import upgrading
import draining
from needs import Skip


def collect():
    for module in (starting, living, confined, attacks, loading, relaying, upgrading, draining, doctoring, allocating,
                   calling, soaking, surroundings, overloading, flooding):
        for name, test in list(vars(module).items()):
            if callable(test) and name.startswith("test_"):
                yield name[5:], test


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--json")
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    report = {"passed": 0, "failed": 0, "skipped": 0, "failures": []}
    for name, test in collect():
        if not re.search(options.only, name):
            continue
        started = time.monotonic()
        try:
            test()
            word = "ok  "
            report["passed"] += 1
        except Skip as skip:
            word, name = "skip", f"{name}: needs {skip}"
            report["skipped"] += 1
        except Exception:       # whatever it is, the others must run
            word = "FAIL"
            report["failed"] += 1
            report["failures"].append({"name": name, "message": traceback.format_exc()})
            traceback.print_exc(limit=4)
        print(f"{word} {name} ({time.monotonic() - started:.1f} s)", flush=True)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(report, file)
    print(f"{report['passed']} passed, {report['failed']} failed")
    return 1 if report["failed"] or not report["passed"] else 0


if __name__ == "__main__":
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    sys.exit(main())
