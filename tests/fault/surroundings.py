#!/usr/bin/env python3
"""What a server lives in fails for a while under a call: its database, its disk, the clock, processor time, descriptors. The call must
not notice; who is new gets in or is told that it cannot be now; after it all is well within 5 s.

As a program: surroundings.py --times N [--only PATTERN] [--seconds N] does each so often and prints the figures as JSON."""

import argparse
import contextlib
import json
import mmap
import os
import re
import signal
import socket
import sqlite3
import struct
import subprocess
import time
import urllib.error

import needs
from attacks import Call
from loading import of_workers
from needs import Skip
from server import ROOT, wait_until

MODULES = os.path.join(os.path.abspath(os.environ.get("PARLEY_TEST_BUILD", os.path.join(ROOT, "build-test"))), "tests", "fault")
DAY_S = 86_400
WELL_S = 5          # after the fault
DISK = "4m"
FILES = 256


def attempt(call, path, **body):
    """The status of a request, and how long it took."""
    began = time.monotonic()
    try:
        call.server.post(path, **body)
        status = 200
    except urllib.error.HTTPError as error:
        problem = json.load(error)
        assert error.code == 503 and problem["detail"] and int(error.headers["Retry-After"]) >= 1, (error.code, problem, dict(error.headers))
        status = 503
    return status, time.monotonic() - began


def come(call):
    """Somebody new, through all of it."""
    began = time.monotonic()
    call.join().close()
    return time.monotonic() - began


def well_again(call):
    """Seconds until a room can be made and joined."""
    def well():
        try:
            return attempt(call, "/create-room")[0] == 200 and come(call) < WELL_S
        except OSError:
            return False
    return wait_until("well again", well, WELL_S)


# ---- the faults: each gives what it saw, {"refused": status, …}, and leaves all as it was

def lock_database(call, seconds):
    database = sqlite3.connect(os.path.join(call.server.environment["PARLEY_DATA_DIR"], "parley.db"), isolation_level=None)
    database.execute("BEGIN EXCLUSIVE")
    try:
        end, seen = time.monotonic() + seconds, []
        while time.monotonic() < end:
            seen.append(attempt(call, "/create-room"))
            come(call)      # into a room that is there: nothing is written for it
            time.sleep(0.2)
    finally:
        database.execute("ROLLBACK")
        database.close()
    assert all(status == 503 for status, _ in seen), seen
    return {"answer_s": max(took for _, took in seen)}


def on_a_small_disk(server):
    needs.root()
    data = server.environment["PARLEY_DATA_DIR"]
    os.mkdir(data)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", data], check=True)
    server.at_end = lambda: subprocess.run(["umount", "-l", data], check=True)


def fill_disk(call, seconds):
    path = os.path.join(call.server.environment["PARLEY_DATA_DIR"], "filler")
    with open(path, "wb", buffering=0) as filler, contextlib.suppress(OSError):
        while True:
            filler.write(bytes(4096))
    try:
        end, seen = time.monotonic() + seconds, []
        while time.monotonic() < end or (503 not in [s for s, _ in seen] and len(seen) < 2000):
            seen.append(attempt(call, "/create-room"))
            if len(seen) % 50 == 1:
                come(call)
    finally:
        os.unlink(path)
    assert 503 in [status for status, _ in seen], "the disk was never full"
    return {"answer_s": max(took for _, took in seen)}


def with_a_wall_clock(server):
    module = os.path.join(MODULES, "wall_clock.so")
    if not os.path.exists(module):
        raise Skip("wall_clock.so, of a build with tests")
    path = server.path("wall_clock")
    with open(path, "w+b") as file:
        file.truncate(8)
        server.wall_clock = mmap.mmap(file.fileno(), 8)
    os.chmod(path, 0o644)
    server.environment.update(LD_PRELOAD=module, WALL_CLOCK=path)


def set_clock(off_s):
    def change(call, seconds):
        def by(off):
            call.server.wall_clock[:] = struct.pack("=q", off)
        said = len(call.server.log_text())
        try:
            by(off_s)
            took = []
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                took += [attempt(call, "/create-room")[1], come(call)]
                time.sleep(0.2)
        finally:
            by(0)
        call.server.healthy()
        return {"join_s": max(took), "log_bytes": len(call.server.log_text()) - said}
    return change


def worker_of(call):
    """The one that has the call."""
    there = of_workers(call.server, "parley_worker_participants")
    return f"media{there.index(max(there))}"


def stop(which):
    def pause(call, seconds):
        pid = which(call)
        os.kill(pid, signal.SIGSTOP)
        try:
            time.sleep(seconds)
        finally:
            os.kill(pid, signal.SIGCONT)
        return {}
    return pause


def with_few_files(server):
    server.prefix = ["prlimit", f"--nofile={FILES}:{FILES}"]


def cpu_s(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def take_files(call, seconds):
    """More connections than it may have open, to the page's port and to the media port."""
    began = {name: cpu_s(pid) for name, pid in call.children.items()}
    held = []
    for i in range(2 * FILES):
        with contextlib.suppress(OSError):
            held.append(socket.create_connection(("127.0.0.1", call.server.udp if i % 2 else call.server.http), timeout=1))
    took, refused = [], 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            took.append(come(call))
        except OSError:
            refused += 1
        time.sleep(0.2)
    passed = time.monotonic() - end + seconds
    busy = {name: (cpu_s(pid) - began[name]) / passed for name, pid in call.children.items()}
    for s in held:
        s.close()
    assert not refused, f"{refused} could not join"
    assert max(busy.values()) < 0.5, busy       # nobody waits in a busy loop
    return {"join_s": max(took), "busiest_process": max(busy.values())}


FAULTS = {      # name: (what is done, how the server is prepared, how long the call may then be without sound, in s)
    "database_locked": (lock_database, None, 1),
    "disk_full": (fill_disk, on_a_small_disk, 1),
    "clock_a_day_ahead": (set_clock(DAY_S), with_a_wall_clock, 1),
    "clock_a_day_back": (set_clock(-DAY_S), with_a_wall_clock, 1),
    "control_stopped": (stop(lambda call: call.children["control"]), None, 1),
    "supervisor_stopped": (stop(lambda call: call.server.process.pid), None, 1),
    "worker_stopped": (stop(lambda call: call.children[worker_of(call)]), None, None),
    "few_files": (take_files, with_few_files, 1),
}


def inject(name, seconds, times=1):
    """What each time gave, and the longest that a stream in the call paused."""
    do, prepare, most_s = FAULTS[name]
    most_s = most_s or seconds + 1      # from its end on no more than 1 s
    with Call(prepare, limits_rooms_per_minute=100_000) as call:
        seen = [{**do(call, seconds), "well_s": well_again(call)} for _ in range(times)]
    pause_s = call.figures["pauses_ms"]["audio"]["max"] / 1000
    assert pause_s < most_s, f"{pause_s} s without sound"
    assert call.figures["restarts"]["connections"] == 0, "connections were made anew"
    return {"name": name, "times": times, "seconds": seconds, "pause_s": pause_s, "lost_ratio": call.figures["loss"]["lost_ratio"],
            **{key: max(one[key] for one in seen) for key in seen[0]}}


def test_a_locked_database_keeps_new_rooms_out_and_nobody_else():
    inject("database_locked", 2)


def test_a_full_disk_keeps_new_rooms_out_and_nobody_else():
    inject("disk_full", 1)


def test_the_wall_clock_jumps_a_day():
    inject("clock_a_day_ahead", 1)
    inject("clock_a_day_back", 1)


def test_processes_that_stand_still_for_a_while():
    for name in ("control_stopped", "supervisor_stopped", "worker_stopped"):
        inject(name, 2)


def test_with_256_descriptors_a_call_goes_on_and_others_get_in():
    inject("few_files", 2)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    for name in FAULTS:
        if re.search(options.only, name):
            print(json.dumps(inject(name, options.seconds, options.times)), flush=True)


if __name__ == "__main__":
    needs.program(main)
