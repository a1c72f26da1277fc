#!/usr/bin/env python3
"""More than a server can use, under a call that must not notice: datagrams that are none of its own, connections that say nothing,
messages without end.

As a program: flooding.py [--only PATTERN] [--seconds N] prints the figures as JSON."""

import argparse
import contextlib
import json
import os
import random
import re
import resource
import socket
import subprocess
import threading
import time

import needs
from attacks import HOSTILE, SLOW, Call, Hostile, attack, is_closed, masked
from needs import Skip

FLOOD = os.path.join(os.path.dirname(HOSTILE), "flood")
TEMPLATES = 512
SLOW_CONNECTIONS = 10_000
PINGS = 50          # in a write


def forged_srtp(count):
    """RTP of the usual payload types, of anybody's SSRC, with a tag that nobody made."""
    for i in range(count):
        yield bytes([0x80, (96, 111)[i % 2]]) + os.urandom(random.choice((80, 1100)))


def datagrams(kind, ufrag):
    return {"junk": lambda: attack.junk(TEMPLATES),
            "stun_of_strangers": lambda: (attack.binding_request("nobody", b"x" * 24) for _ in range(TEMPLATES)),
            "stun_forged": lambda: (attack.binding_request(ufrag, b"x" * 24) for _ in range(TEMPLATES)),
            "dtls": lambda: (attack.client_hello() for _ in range(TEMPLATES)),
            "srtp": lambda: forged_srtp(TEMPLATES)}[kind]()


KINDS = ("junk", "stun_of_strangers", "stun_forged", "dtls", "srtp")


def flood(call, kind, per_second, seconds):
    if not os.path.exists(FLOOD):
        raise Skip(f"{FLOOD} (make test builds it)")
    someone = Hostile(call, "none", seconds + 3)
    lines = "".join(d.hex() + "\n" for d in datagrams(kind, someone.ufrag))

    def send(seconds):
        done = subprocess.run([FLOOD, *map(str, call.media), str(per_second), str(seconds)], input=lines, capture_output=True, text=True, check=True)
        return json.loads(done.stdout)
    send(1)     # what is made once: larger batches than before
    before = call.memory_kb()
    said = send(seconds)
    after = call.memory_kb()
    someone.ended()
    return {"kind": kind, "per_second": said["per_second"], "out_per_in": said["answer_bytes"] / max(said["sent_bytes"], 1),
            "rss_before_kb": before, "rss_grown": (after - before) / before}


def datagram_flood(kind, per_second, seconds):
    with Call() as call:
        seen = flood(call, kind, per_second, seconds)
    return {**seen, "lost_ratio": call.figures["loss"]["lost_ratio"], "pause_s": call.figures["pauses_ms"]["audio"]["max"] / 1000}


def joins_s(call, count):
    took = []
    for _ in range(count):
        began = time.monotonic()
        call.join().close()
        took.append(time.monotonic() - began)
    return sorted(took)


def p99(took):
    return took[min(len(took) - 1, int(0.99 * len(took)))]


def slow_connections(count, joins):
    """Each says the beginning of a request and no more; who is turned out comes again."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard < count + 200:
        raise Skip(f"{count} open files")
    with Call() as call:
        alone = joins_s(call, joins)
        slow, end = [], threading.Event()

        def one(i):
            with contextlib.suppress(OSError):
                s = socket.create_connection(("127.0.0.1", call.server.http), timeout=5, source_address=(f"127.0.1.{i % 250 + 1}", 0))
                s.sendall(SLOW[i % len(SLOW)])
                return s

        def keep_on():
            """Whoever was turned out comes again."""
            while not end.is_set():
                for i, s in enumerate(slow):
                    if end.is_set():
                        return
                    if s is None or is_closed(s):
                        slow[i] = one(i)
        slow += [one(i) for i in range(count)]
        thread = threading.Thread(target=keep_on)
        thread.start()
        meanwhile = joins_s(call, joins)
        end.set()
        thread.join()
        for s in slow:
            if s:
                s.close()
    return {"connections": count, "join_p99_alone_s": p99(alone), "join_p99_s": p99(meanwhile), "lost_ratio": call.figures["loss"]["lost_ratio"]}


def messages(per_second, seconds, joins):
    """From one participant, who joins again whenever the server hangs up."""
    with Call() as call:
        alone, sent, end = joins_s(call, joins), [0], threading.Event()
        ping = masked(0x81, b'{"type":"ping"}') * PINGS

        def flood_on():
            began = time.monotonic()
            member = call.join()
            while not end.is_set():
                if sent[0] > (time.monotonic() - began) * per_second:
                    time.sleep(0.0005)
                    continue
                try:
                    member._socket.sendall(ping)
                    sent[0] += PINGS
                except OSError:
                    with contextlib.suppress(OSError):
                        member = call.join()
        thread = threading.Thread(target=flood_on)
        began = time.monotonic()
        thread.start()
        meanwhile = []
        while time.monotonic() - began < seconds or len(meanwhile) < joins:
            meanwhile += joins_s(call, 1)
        passed = time.monotonic() - began
        end.set()
        thread.join()
        refused = call.metric("parley_control_refused_total")
    assert refused > 10, refused
    return {"messages_per_second": sent[0] / passed, "join_p99_alone_s": p99(alone), "join_p99_s": p99(sorted(meanwhile)),
            "lost_ratio": call.figures["loss"]["lost_ratio"], "pause_s": call.figures["pauses_ms"]["audio"]["max"] / 1000}


def test_floods_of_datagrams_change_nothing_and_are_not_answered():
    with Call() as call:
        for kind in KINDS:
            seen = flood(call, kind, 50_000, 1)
            assert seen["rss_grown"] < 0.05, seen
            assert seen["out_per_in"] == 0 or (kind == "stun_forged" and seen["out_per_in"] <= 1), seen


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    measures = {**{kind: lambda kind=kind: datagram_flood(kind, 200_000, options.seconds) for kind in KINDS},
                "slow_connections": lambda: slow_connections(SLOW_CONNECTIONS, 200),
                "messages": lambda: messages(50_000, options.seconds, 100)}
    for name, measure in measures.items():
        if re.search(options.only, name):
            print(json.dumps({"name": name, **measure()}), flush=True)


if __name__ == "__main__":
    needs.program(main)
