#!/usr/bin/env python3
"""One allocation of control fails, each in its turn, while two people come, talk and leave.

As a program: allocating.py [--of parley|libjansson|libsqlite3|…] [--first N] [--stride N] [--seconds N] tries all of one of its libraries."""

import argparse
import mmap
import os
import re
import signal
import struct
import time

import needs
from needs import Skip
from server import ROOT, Server, wait_until
from visiting import Refused, visit

MODULE = os.path.join(os.path.abspath(os.environ.get("PARLEY_TEST_BUILD", os.path.join(ROOT, "build-test"))), "tests", "fault", "nth_allocation.so")
LIMITS = {"limits_rooms_per_minute": 100000, "limits_joins_per_minute": 100000, "limits_timelines_per_minute": 100000,
          "rooms_resume_s": 1}     # whoever is hung up on does not come back
ORDER = "<6Q"       # struct order of nth_allocation.c
SEEN, FAILED_AT = 4, 5
STRIDE = 9          # of a test run; as a program all are tried
SEVERAL_S = 120     # on a machine that others use, too: a few of it


class Order:
    """What a child of the server is to fail at. Its file must be there before the child starts."""

    def __init__(self, path):
        with open(path, "w+b") as file:
            file.truncate(struct.calcsize(ORDER))
            os.fchmod(file.fileno(), 0o666)
            self.memory = mmap.mmap(file.fileno(), 0)

    def __getitem__(self, field):
        return struct.unpack(ORDER, self.memory[:])[field]

    def arm(self, code, nth):
        self.memory[:] = struct.pack(ORDER, 0, *code, nth, 0, 0)
        self.memory[0:8] = struct.pack("<Q", 1)

    def disarm(self):
        self.memory[0:8] = struct.pack("<Q", 0)


def code_of(pid, name):
    """The addresses at which a program or library has its code."""
    with open(f"/proc/{pid}/maps", encoding="utf-8") as maps:
        found = [re.match(r"(\w+)-(\w+)", line).groups() for line in maps
                 if line.split()[1] == "r-xp" and re.search(rf"/{re.escape(name)}[^/]*$", line)]
    assert found, f"{name} is not in process {pid}"
    return int(found[0][0], 16), int(found[-1][1], 16)


class Trial:
    """A server whose control, or media worker, does what is ordered."""

    def __init__(self, whose, process="control"):
        if not os.path.exists(MODULE):
            raise Skip("nth_allocation.so, of a build with tests")
        self.whose, self.process = whose, process
        self.server = Server(**LIMITS)
        self.order = Order(self.server.path(f"nth.{process}"))
        self.server.environment.update(LD_PRELOAD=MODULE, NTH_ALLOCATION=self.server.path("nth"))
        self.refused, self.tried = {}, 0

    def __enter__(self):
        self.server.start()
        wait_until("healthy", self.server.healthy, 10)
        visit(self.server)      # what is set up once is not part of a visit
        self.children = self.server.children()
        self.code = code_of(self.children[self.process], self.whose)
        return self

    def __exit__(self, *_):
        self.server.__exit__()

    def where(self, nth):
        failed_at = self.order[FAILED_AT]
        return f"allocation {nth} of {self.whose}" + (f", at +0x{failed_at - self.code[0]:x}," if failed_at else ", which was not made,")

    def attempt(self, nth):
        """Whether a visit makes so many allocations. What must hold is checked."""
        self.order.arm(self.code, nth)
        refused, silent = None, None
        try:
            visit(self.server)
        except Refused as error:
            refused = str(error)
        except AssertionError as error:
            silent = str(error)
        self.order.disarm()
        failed = self.order[FAILED_AT] != 0
        assert self.server.children() == self.children, f"{self.where(nth)} failed: a process ended\n{self.server.log_text()[-600:]}"
        assert failed or not refused, f"refused, and nothing failed: {refused}"
        try:
            visit(self.server)
        except Refused as error:
            raise AssertionError(f"{self.where(nth)} failed, {refused}; then again: {error}\n{self.server.log_text()[-600:]}") from error
        assert self.server.children() == self.children, f"{self.where(nth)} failed: a process ended afterwards: {self.children} {self.server.children()} {self.server.log_text()[-1500:]}"
        assert not silent, f"{self.where(nth)} failed: {silent}; then all was well again"
        self.tried += failed
        if refused:
            self.refused[nth] = refused
        return failed

    def count(self):
        self.order.arm(self.code, 0)
        visit(self.server)
        self.order.disarm()
        return self.order[SEEN]


def test_control_survives_each_failed_allocation_of_its_own():
    with Trial("parley") as trial:
        wanted = trial.count()
        assert wanted > 1000, f"only {wanted} allocations were seen"
        ends = time.monotonic() + SEVERAL_S
        nth = 1
        while trial.attempt(nth):
            nth += STRIDE
            assert time.monotonic() < ends, f"{nth} allocations took too long"
        assert trial.tried >= wanted // STRIDE - 5 and trial.refused, (trial.tried, wanted, trial.refused)
        nobody_is_left(trial.server)


def test_a_media_worker_takes_the_next_control_whatever_allocation_fails():
    nth, failed = 1, True
    while failed and nth < 20:
        with Trial("parley", "media0") as trial:
            trial.order.arm(trial.code, nth)
            os.kill(trial.children["control"], signal.SIGKILL)
            wait_until("a new control", lambda: trial.server.children().get("control", trial.children["control"]) != trial.children["control"], 5)
            wait_until(f"healthy after {trial.where(nth)} failed", trial.server.healthy, 5)
            trial.order.disarm()
            failed = trial.order[FAILED_AT] != 0
            assert trial.server.children()["media0"] == trial.children["media0"], f"{trial.where(nth)} failed: the worker ended"
            visit(trial.server)
        nth += 1
    assert nth > 2, "no allocation was seen"


def nobody_is_left(server):
    """Whoever came during a failure, too: their places are not kept for ever."""
    wait_until("everybody has left", lambda: b"\nparley_participants 0\n" in server.get("/metrics"), 5)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--of", default="parley")
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--stride", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=1e9)
    options = parser.parse_args()
    started, nth = time.monotonic(), options.first
    failures = []
    with Trial(options.of) as trial:
        print(f"{trial.count()} allocations in a visit")
    while True:
        try:
            with Trial(options.of) as trial:
                while trial.attempt(nth) and time.monotonic() - started < options.seconds:
                    nth += options.stride
                print(f"up to {nth}: {trial.tried} in this server, {len(trial.refused)} refused: {sorted(set(trial.refused.values()))}")
                break
        except AssertionError as error:
            print(f"FAIL {error}", flush=True)
            failures.append(nth)
            nth += options.stride
    print(f"{len(failures)} failed: {failures}; {time.monotonic() - started:.0f} s")
    return 1 if failures else 0


if __name__ == "__main__":
    needs.program(main)
