#!/usr/bin/env python3
"""Runs every test suite and ends with one line: N passed, N failed.

Each suite says what it ran in a file of its own (meson's log, vitest's and the browser tests' JSON);
what does not even start counts as one failure. --only c|control|web|fault|e2e,... runs some of them."""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.path.join(ROOT, "build-test")
JOBS = str(os.cpu_count() or 1)


class Result:
    def __init__(self, passed=0, failures=(), skipped=0):
        self.passed = passed
        self.failures = list(failures)
        self.skipped = skipped


def run(command, **options):
    print("$ " + " ".join(command), flush=True)
    return subprocess.run(command, cwd=options.pop("cwd", ROOT), check=False, **options).returncode


def read_json(path):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError):
        return None


def build_sanitized(*targets):
    """With address and undefined behaviour sanitizers. None, or what failed."""
    if not os.path.exists(os.path.join(BUILD, "build.ninja")):
        if run(["meson", "setup", BUILD, "-Db_sanitize=address,undefined", "-Db_lundef=false"],
               stdout=subprocess.DEVNULL) != 0:
            return "meson setup"
    failed = run(["ninja", "-C", BUILD, "-j", JOBS, "--quiet", *targets]) != 0
    return "build with sanitizers" if failed else None


def c_tests(_):
    """Unit tests, simulations, fuzz replays: with address and undefined behaviour sanitizers."""
    problem = build_sanitized()
    if problem:
        return Result(failures=[problem])
    run(["meson", "test", "-C", BUILD, "--no-rebuild", "--print-errorlogs", "--quiet"])
    result = Result()
    try:
        with open(os.path.join(BUILD, "meson-logs", "testlog.json"), encoding="utf-8") as log:
            for line in log:
                test = json.loads(line)
                if test["result"] in ("OK", "EXPECTEDFAIL"):
                    result.passed += 1
                elif test["result"] == "SKIP":
                    result.skipped += 1
                else:
                    result.failures.append(f"{test['name']}: {test['result']}")
    except (OSError, ValueError, KeyError) as error:
        result.failures.append(f"meson's log: {error}")
    return result


def npm_ci(folder):
    lock = os.path.join(ROOT, folder, "package-lock.json")
    mark = os.path.join(ROOT, folder, "node_modules", ".package-lock.json")
    if os.path.exists(mark) and os.path.getmtime(mark) >= os.path.getmtime(lock):
        return 0
    code = run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"],
               cwd=os.path.join(ROOT, folder))
    if code == 0:
        os.utime(mark)
    return code


def web_tests(scratch):
    """The page's unit tests (vitest)."""
    report = os.path.join(scratch, "web.json")
    if npm_ci("web") != 0:
        return Result(failures=["web: npm ci"])
    run(["npm", "test", "--silent", "--", "--reporter=default", "--reporter=json",
         f"--outputFile.json={report}"], cwd=os.path.join(ROOT, "web"))
    found = read_json(report)
    if found is None:
        return Result(failures=["web: vitest gave no report"])
    failures = [f"{test['fullName']}" for suite in found["testResults"]
                for test in suite["assertionResults"] if test["status"] == "failed"]
    failures += [f"{suite['name']} does not run" for suite in found["testResults"]
                 if suite["status"] == "failed" and not suite["assertionResults"]]
    return Result(found["numPassedTests"], failures,
                  found["numPendingTests"] + found.get("numTodoTests", 0))


def from_own_report(path, name, code):
    found = read_json(path)
    if found is None:
        return Result(failures=[f"{name}: no report (exit code {code})"])
    failures = [f["name"] if isinstance(f, dict) else str(f) for f in found.get("failures", [])]
    if len(failures) != found["failed"]:
        failures = failures or [f"{name}: {found['failed']} failed"]
    if code != 0 and not failures:
        failures.append(f"{name}: exit code {code}")
    skipped = found.get("skipped", 0)
    return Result(found["passed"], failures, len(skipped) if isinstance(skipped, list) else skipped)


def fault_tests(scratch):
    """Processes killed, ports taken, bad configuration, coturn's refusals."""
    report = os.path.join(scratch, "fault.json")
    problem = build_sanitized("tests/fault/hostile", "tests/fault/nth_allocation.so",
                              *(["tests/fault/nth_call"] if platform.machine() == "x86_64" else []))
    if problem:
        return Result(failures=[f"fault: {problem}"])
    code = run([sys.executable, "tests/fault/run.py", "--json", report])
    return from_own_report(report, "fault", code)


def e2e_tests(scratch):
    """Real browsers."""
    report = os.path.join(scratch, "e2e.json")
    if npm_ci("tests/e2e") != 0:
        return Result(failures=["e2e: npm ci"])
    code = run(["node", "tests/e2e/run.mjs", "--json", report])
    return from_own_report(report, "e2e", code)


def control_tests(_):
    """The protocol and the REST interface against their documents, on the sanitized server."""
    folder = os.path.join(ROOT, "tests", "control")
    if npm_ci("tests/control") != 0:
        return Result(failures=["control: npm ci"])
    problem = build_sanitized("parley", "tests/control/lone_control")
    if problem:
        return Result(failures=[f"control: {problem}"])
    environment = dict(os.environ)
    environment.setdefault("PARLEY_BINARY", os.path.join(BUILD, "parley"))
    result = Result()
    for name in sorted(f for f in os.listdir(folder) if f.endswith(".test.mjs")):
        done = subprocess.run(["node", "--test", "--test-reporter=tap", name], cwd=folder,
                              env=environment, check=False, stdout=subprocess.PIPE, text=True)
        lines = done.stdout.splitlines()
        passed = sum(line.startswith("ok ") for line in lines)
        failures = [line.split(" - ", 1)[-1] for line in lines if line.startswith("not ok ")]
        if done.returncode != 0 or passed == 0:
            print(done.stdout, flush=True)
            failures = failures or [f"{name}: exit code {done.returncode}"]
        result.passed += passed
        result.failures += failures
    return result


SUITES = {"c": c_tests, "control": control_tests, "web": web_tests, "fault": fault_tests, "e2e": e2e_tests}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default=",".join(SUITES))
    names = parser.parse_args().only.split(",")
    passed, skipped, failures = 0, 0, []
    with tempfile.TemporaryDirectory() as scratch:
        for name in names:
            started = time.monotonic()
            print(f"\n== {name}: {SUITES[name].__doc__}", flush=True)
            result = SUITES[name](scratch)
            print(f"== {name}: {result.passed} passed, {len(result.failures)} failed, "
                  f"{result.skipped} skipped, {time.monotonic() - started:.0f} s", flush=True)
            passed += result.passed
            skipped += result.skipped
            failures += [f"{name}: {failure}" for failure in result.failures]
    print()
    for failure in failures:
        print(f"FAILED {failure}")
    if skipped:
        print(f"{skipped} skipped")
    print(f"{passed} passed, {len(failures)} failed")
    return 1 if failures or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
