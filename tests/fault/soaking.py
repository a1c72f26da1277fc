"""A server under joins and leaves, for as long as one likes: what it takes it has to give back.

As a program (make soak): soaking.py --hours H --per-minute N --json FILE."""

import argparse
import http.client
import json
import os
import shutil
import subprocess
import sys
import time

import needs
from loading import of_workers
from relaying import answers, credentials
from server import BINARY, Server, wait_until
from turn import Turn

LIMITS = {"limits_rooms_per_minute": 100000, "limits_joins_per_minute": 100000, "limits_sockets_per_address": 100000}
# A round is all of these at once, each in rooms of its own.
SCENES = {
    "sound": ["--rooms", "6", "--publishers", "3", "--subscribers", "2", "--audio-only"],
    "pictures": ["--rooms", "5", "--publishers", "2", "--subscribers", "2", "--video-kbps", "300"],
    "layers": ["--rooms", "2", "--publishers", "2", "--subscribers", "3", "--video-kbps", "600", "--simulcast"],
}
HOW = ["--join-rate", "30", "--lead", "0", "--settle", "0", "--duration", "2", "--quiet"]
JOINS_A_ROUND = 60
ALLOCATIONS = 3     # on coturn, a round
LEFT_WITHIN_S = 45   # whoever was cut off before saying goodbye is given up after 30
# Workers touch more of their pools for some 15 rounds, 3.6 MB in all: between the third and the fifth up to 1.3 MB were measured,
# in control 8 kB. Should the 120 who come in between stay, it would be 3.3 MB in each worker (55 kB a person, docs/benchmarks.md).
SETTLING_ROUNDS = 3
GROWTH_KB = {"media0": 2048, "media1": 2048}
GROWTH_OF_OTHERS_KB = 256
# Rooms stay in the store, and its page cache (512 KiB) is full after 7,500 of them. That is no growth to be looked for.
STORED_ROOMS = 8000


def descriptors(pid):
    """A moment later: what was closed at the other end a moment ago is still open here."""
    time.sleep(0.02)
    return len(os.listdir(f"/proc/{pid}/fd"))


def footprint(pid):
    """{rss_kb, pss_kb, fds} of a process."""
    found = {"fds": min(descriptors(pid) for _ in range(5))}
    with open(f"/proc/{pid}/smaps_rollup", encoding="utf-8") as file:
        for line in file:
            word, _, rest = line.partition(":")
            if word in ("Rss", "Pss"):
                found[word.lower() + "_kb"] = int(rest.split()[0])
    return found


def slope(points):
    """Of the straight line with the least squares through (x, y)."""
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0


class Soak:
    def __init__(self, server, relayed):
        self.server, self.relayed = server, relayed
        self.started = time.monotonic()
        self.samples, self.joins, self.failed, self.reasons = [], 0, 0, []
        self.first = self.processes()
        self.sample()

    def processes(self):
        """name → pid, of all that the server is made of"""
        return {"supervisor": self.server.process.pid, **self.server.children()}

    def sample(self):
        found = {name: {"pid": pid, **footprint(pid)} for name, pid in self.processes().items()}
        self.samples.append({"at_s": round(time.monotonic() - self.started, 1), "joins": self.joins, "processes": found})

    def relay(self):
        """Comes to coturn and goes again, as a relayed participant does."""
        name, password = credentials(self.server)
        for _ in range(ALLOCATIONS):
            turn = Turn("127.0.0.1", self.server.turn, name, password)
            turn.allocate()
            turn.release()
            turn.close()

    def note(self, scene, process, path):
        process.wait(timeout=120)
        try:
            with open(path, encoding="utf-8") as file:
                joins = json.load(file)["joins"]
        except OSError:
            self.reasons.append({"reason": f"{scene}: no report, exit code {process.returncode}", "count": 1})
            self.failed += 1
            return
        self.joins += joins["wanted"]
        self.failed += joins["wanted"] - joins["joined"] + joins["watching"] - joins["with_media"]
        self.reasons += joins["failures"]
        os.remove(path)

    def everybody_has_left(self):
        return (b"\nparley_participants 0\n" in self.server.get("/metrics") and
                max(of_workers(self.server, "parley_worker_rooms"), default=0) == 0)

    def round(self):
        running = {}
        for scene, arguments in SCENES.items():
            path = self.server.path(scene + ".json")
            running[scene] = path, subprocess.Popen(
                [BINARY, "load", "--url", f"http://127.0.0.1:{self.server.http}", "--json", path, *arguments, *HOW],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if self.relayed:
            self.relay()
        for scene, (path, process) in running.items():
            self.note(scene, process, path)
        wait_until("everybody has left", self.everybody_has_left, LEFT_WITHIN_S)
        self.sample()

    # ---- what came of it

    def died(self):
        """Processes that are not those of the start."""
        now = self.processes()
        return sorted(name for name in {*self.first, *now} if self.first.get(name) != now.get(name))

    def series(self, name, key, since=0):
        """(hours, value) of the samples from the given one on."""
        return [(s["at_s"] / 3600, s["processes"][name][key]) for s in self.samples[since:] if name in s["processes"]]

    def slopes_mb_h(self, name, key):
        """After the first half, which counts as warming up."""
        return slope(self.series(name, key, len(self.samples) // 2)) / 1024

    def descriptors_gained(self, name):
        # coturn opens two for good when the first one comes.
        counts = [value for _, value in self.series(name, "fds", 1 if name == "turnserver" else 0)]
        return counts[-1] - counts[0]

    def report(self):
        names = [name for name in self.first if name in self.samples[-1]["processes"]]
        return {
            "seconds": self.samples[-1]["at_s"], "rounds": len(self.samples) - 1, "joins": self.joins, "failed": self.failed,
            "failures": self.reasons[:20], "died": self.died(),
            "processes": {name: {
                "rss_mb_h": self.slopes_mb_h(name, "rss_kb"), "pss_mb_h": self.slopes_mb_h(name, "pss_kb"),
                "rss_kb": self.samples[-1]["processes"][name]["rss_kb"], "descriptors_gained": self.descriptors_gained(name),
            } for name in names},
            "samples": self.samples,
        }


def start(server):
    """With coturn where the machine has it; whether it has."""
    relayed = shutil.which("turnserver", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/bin") is not None
    server.set(turn_managed=str(relayed).lower())
    server.start()
    wait_until("healthy", server.healthy, 10)
    if relayed:
        wait_until("coturn", lambda: answers(server), 5)
    return relayed


def test_joins_and_leaves_cost_nothing_that_stays():
    needs.root()        # to see descriptors of others
    with Server(**LIMITS) as server:
        soak = Soak(server, start(server))
        for _ in range(SETTLING_ROUNDS + 2):
            soak.round()
        assert soak.joins == (SETTLING_ROUNDS + 2) * JOINS_A_ROUND and soak.failed == 0, (soak.joins, soak.reasons)
        assert soak.died() == [] and "event=died" not in server.log_text(), soak.died()
        for name in soak.first:
            assert soak.descriptors_gained(name) == 0, (name, soak.series(name, "fds"))
            rss_kb = [value for _, value in soak.series(name, "rss_kb", SETTLING_ROUNDS)]
            assert rss_kb[-1] <= rss_kb[0] + GROWTH_KB.get(name, GROWTH_OF_OTHERS_KB), (name, rss_kb)


def fill_store(server):
    """As it is after some days, before anything is measured."""
    connection = http.client.HTTPConnection("127.0.0.1", server.http, timeout=10)
    for _ in range(STORED_ROOMS):
        connection.request("POST", "/create-room", "{}", {"content-type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 201, answer.status
    connection.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--hours", type=float, required=True)
    parser.add_argument("--per-minute", type=float, default=180)
    parser.add_argument("--json", required=True)
    options = parser.parse_args()
    needs.root()
    with Server(**LIMITS) as server:
        relayed = start(server)
        fill_store(server)
        soak = Soak(server, relayed)
        try:
            while time.monotonic() - soak.started < options.hours * 3600:
                due = soak.started + 60 * (soak.joins + JOINS_A_ROUND) / options.per_minute
                soak.round()
                last = {name: f"{p['rss_kb']} kB {p['fds']} fds" for name, p in soak.samples[-1]["processes"].items()}
                print(f"{soak.samples[-1]['at_s']:.0f} s  {soak.joins} joins, {soak.failed} failed  {last}", file=sys.stderr, flush=True)
                time.sleep(max(0.0, due - time.monotonic()))
        except KeyboardInterrupt:
            pass        # what was seen counts
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(soak.report(), file)


if __name__ == "__main__":
    needs.program(main)
