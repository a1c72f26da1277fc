#!/usr/bin/env python3
"""System calls of control and of a media worker fail, each in its turn, while people come, talk and leave.

As a program: calling.py [--process control|media0] [--turn N] tries all that a visit makes, one at a time; with --calls 31 those of a call of real
clients, in 31 calls of which each has another 31st part of its system calls fail."""

import argparse
import contextlib
import errno
import mmap
import os
import signal
import struct
import subprocess
import time

import needs
from loading import load
from needs import Skip
from server import ROOT, Server, wait_until
from tracing import numbers
from visiting import Refused, visit

TRACER = os.path.join(os.path.abspath(os.environ.get("PARLEY_TEST_BUILD", os.path.join(ROOT, "build-test"))), "tests", "fault", "nth_call")
LIMITS = {"limits_rooms_per_minute": 100000, "limits_joins_per_minute": 100000, "limits_timelines_per_minute": 100000,
          "rooms_resume_s": 1, "media_workers": 1}
HEAD, FAILURE, MOST_FAILURES = "<8Q", "<2I", 4096       # struct order of nth_call.c
ATTACHED, SEEN, FAILED = 5, 6, 7
# One call of two who talk: short, and with everything in it that a long one has.
CALL = ["--publishers", "2", "--subscribers", "1", "--video-kbps", "300", "--lead", "0", "--settle", "0", "--duration", "1",
        "--decrypt", "all", "--quiet"]
STRIDE, EVERY = 4, 31       # of a test run; as a program all are tried


class Failing:
    """With it: a process is traced, and what is ordered fails in it."""

    def __init__(self, server, process):
        needs.root()
        self.names = {number: name for name, number in numbers().items()}
        if not os.path.exists(TRACER):
            raise Skip("nth_call, of a build with tests")
        self.pid, self.path = server.children()[process], server.path(f"calls.{process}")

    def __enter__(self):
        with open(self.path, "w+b") as file:
            file.truncate(struct.calcsize(HEAD) + MOST_FAILURES * struct.calcsize(FAILURE))
            self.memory = mmap.mmap(file.fileno(), 0)
        self.tracer = subprocess.Popen([TRACER, str(self.pid), self.path])
        wait_until("attached", lambda: self[ATTACHED] or self.tracer.poll() is not None, 5)
        assert self.tracer.poll() is None, "the tracer did not attach"
        return self

    def __exit__(self, *_):
        self.tracer.send_signal(signal.SIGTERM)
        try:
            self.tracer.wait(5)
        except subprocess.TimeoutExpired:
            self.tracer.kill()
            self.tracer.wait()

    def __getitem__(self, field):
        return struct.unpack_from(HEAD, self.memory)[field]

    @contextlib.contextmanager
    def armed(self, nth, every=0, turn=0, only=None):
        struct.pack_into("<5Q", self.memory, 0, 0, nth, every, nth + turn, numbers()[only] if only else 0)
        struct.pack_into("<2Q", self.memory, struct.calcsize("<6Q"), 0, 0)
        struct.pack_into("<Q", self.memory, 0, 1)
        try:
            yield
        finally:
            struct.pack_into("<Q", self.memory, 0, 0)

    def failures(self):
        """What failed, in words."""
        size = struct.calcsize(FAILURE)
        pairs = [struct.unpack_from(FAILURE, self.memory, struct.calcsize(HEAD) + i * size) for i in range(self[FAILED])]
        return [f"{self.names[call]} {errno.errorcode[error]}" for call, error in pairs]


def call(server):
    """What was wrong with a call of real clients, or nothing."""
    done = load("--url", f"http://127.0.0.1:{server.http}", *CALL, timeout=40)
    return "" if done.returncode == 0 else (done.stdout + done.stderr).strip()


def attempt_visit(server, failing, nth, turn=0):
    """Whether a visit has so many calls that may fail. What must hold is checked."""
    children, refused, silent = server.children(), None, None
    with failing.armed(nth, turn=turn):
        try:
            visit(server)
        except Refused as error:
            refused = str(error)
        except AssertionError as error:
            silent = str(error)
    what = f"call {nth}, {failing.failures()}, failed"
    # Control's libev has no way to say that a new connection could not be added: libwebsockets closes it after its 10 s.
    unwatched = all(failure.startswith("epoll_ctl") for failure in failing.failures())
    assert not silent or (failing[FAILED] and unwatched), f"{what}: {silent}"
    assert failing[FAILED] or not refused, f"refused, and nothing failed: {refused}"
    try:
        visit(server)
    except Refused as error:
        raise AssertionError(f"{what}, {refused}; then again: {error}\n{server.log_text()[-600:]}") from error
    assert server.children() == children, f"{what}: a process ended\n{server.log_text()[-600:]}"
    return failing[FAILED] > 0


def attempt_call(server, failing, nth, every, turn=0):
    """How many calls failed in a call of which only the people's networks may notice anything."""
    children = server.children()
    with failing.armed(nth, every, turn):
        wrong = call(server)
    what = f"calls {nth}, {nth + every}, … of {failing[SEEN]} failed: {failing.failures()}"
    assert server.children() == children, f"{what}: a process ended\n{server.log_text()[-600:]}"
    assert not wrong, f"{what}: {wrong}\n{server.log_text()[-600:]}"
    assert failing[FAILED], what
    return failing[FAILED]


def attempt_restart(server, failing, name, turn):
    """Control dies, and its worker's first such call fails when the next one comes."""
    before = server.children()
    with failing.armed(1, turn=turn, only=name):
        os.kill(before["control"], signal.SIGKILL)
        wait_until("a new control", lambda: server.children().get("control", before["control"]) != before["control"], 5)
        try:
            wait_until("healthy", server.healthy, 5)
        except AssertionError as error:
            raise AssertionError(f"{failing.failures()}, failed: {error}\n{server.log_text()[-600:]}") from error
    assert failing[FAILED], f"no {name} was made"
    assert server.children()["media0"] == before["media0"], f"{failing.failures()}, failed: the worker ended\n{server.log_text()[-600:]}"
    visit(server)


@contextlib.contextmanager
def traced(process):
    with Server(**LIMITS) as server:
        server.WORKERS = 1
        server.start()
        wait_until("healthy", server.healthy, 10)
        visit(server)
        with Failing(server, process) as failing:
            yield server, failing


def test_control_survives_each_failed_system_call():
    with traced("control") as (server, failing):
        nth = 1
        while attempt_visit(server, failing, nth):
            nth += STRIDE
        assert nth > 100, f"only {nth} calls that may fail were seen"


def test_a_media_worker_survives_each_failed_system_call():
    with traced("media0") as (server, failing):
        nth = 1
        while attempt_visit(server, failing, nth):
            nth += 1
        assert nth > 15, f"only {nth} calls that may fail were seen"
        failed = sum(attempt_call(server, failing, nth, EVERY) for nth in range(1, EVERY + 1, EVERY // 3))
        assert failed > 40, f"only {failed} calls failed"


def test_a_media_worker_takes_the_next_control_whatever_call_fails():
    for name, errnos in (("recvmsg", 3), ("epoll_ctl", 2)):
        for turn in range(errnos):
            with traced("media0") as (server, failing):
                attempt_restart(server, failing, name, turn)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--process", default="control")
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--stride", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=1e9)
    parser.add_argument("--turn", type=int, default=0, help="0..5: with which of its errnos each begins")
    parser.add_argument("--calls", type=int, default=0, metavar="EVERY", help="real calls in which each EVERYth fails, all EVERY of them")
    options = parser.parse_args()
    started, nth, tried, failed = time.monotonic(), options.first, 0, []
    goes_on = True
    while goes_on and time.monotonic() - started < options.seconds:
        try:
            with traced(options.process) as (server, failing):
                while goes_on and time.monotonic() - started < options.seconds:
                    if options.calls:
                        tried += attempt_call(server, failing, nth, options.calls, options.turn)
                        goes_on = nth + options.stride <= options.calls
                    else:
                        goes_on = attempt_visit(server, failing, nth, options.turn)
                        tried += goes_on
                    nth += options.stride
        except AssertionError as error:
            print(f"FAIL {error}", flush=True)
            failed.append(nth)
            nth += options.stride
            goes_on = not options.calls or nth <= options.calls
    print(f"up to {nth}: {tried} calls failed, {len(failed)} wrongly handled: {failed}; {time.monotonic() - started:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    needs.program(main)
