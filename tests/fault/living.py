"""Processes that die, are told to end, or get new certificates; ICE-TCP connections that misbehave."""

import os
import signal
import socket
import ssl
import struct
import threading
import time

import needs
from server import Server, alive, wait_until
from starting import make_certificate


def test_a_killed_media_worker_is_back_within_half_a_second():
    with Server().start() as server:
        wait_until("healthy", server.healthy, 5)
        pid = server.children()["media0"]
        os.kill(pid, signal.SIGKILL)
        took = wait_until("a new media0",
                          lambda: server.children().get("media0", pid) != pid, 0.5)
        took += wait_until("healthy again", server.healthy, 1)
        assert server.children()["control"], "control went too"
        assert took < 1, took


def test_a_killed_control_is_back_within_a_second_and_no_connection_is_refused():
    with Server().start() as server:
        wait_until("healthy", server.healthy, 5)
        refused, stop = [], threading.Event()

        def knock():
            while not stop.is_set():
                try:
                    socket.create_connection(("127.0.0.1", server.http), timeout=2).close()
                except OSError as error:
                    refused.append(error)
                time.sleep(0.005)

        knocker = threading.Thread(target=knock)
        knocker.start()
        workers = {name: pid for name, pid in server.children().items() if name != "control"}
        pid = server.children()["control"]
        os.kill(pid, signal.SIGKILL)
        wait_until("a new control", lambda: server.children().get("control", pid) != pid, 0.5)
        wait_until("healthy again", server.healthy, 1)
        stop.set()
        knocker.join()
        assert not refused, refused[:3]
        now = server.children()
        assert workers == {name: now.get(name) for name in workers}, "workers were restarted"


def test_rooms_survive_a_killed_control():
    with Server().start() as server:
        room = server.post("/create-room")["room_id"]
        os.kill(server.children()["control"], signal.SIGKILL)
        wait_until("healthy again", server.healthy, 3)
        assert server.post(f"/join-room/{room}")["token"]


def test_a_process_that_dies_again_and_again_is_started_again_with_pauses():
    with Server().start() as server:
        for _ in range(4):
            wait_until("healthy", server.healthy, 5)
            os.kill(server.children()["control"], signal.SIGKILL)
            time.sleep(0.05)
        started = time.monotonic()
        wait_until("healthy again", server.healthy, 5)
        assert time.monotonic() - started > 0.2, "no pause after the fourth death"


def test_children_end_when_the_supervisor_is_killed():
    needs.turnserver()
    with Server(turn_managed="true").start() as server:
        children = server.children()
        assert {"control", "media0", "media1", "turnserver"} <= set(children), children
        server.process.kill()
        server.process.wait()
        wait_until("all gone", lambda: not any(alive(pid) for pid in children.values()), 2)


def ends_cleanly(how):
    with Server().start() as server:
        children = server.children()
        code, took = server.stop(how)
        assert code == 0, code
        assert took < 4, took
        assert not any(alive(pid) for pid in children.values())


def test_sigterm_ends_everything():
    ends_cleanly(signal.SIGTERM)


def test_ctrl_c_ends_everything():
    ends_cleanly(signal.SIGINT)


def test_a_stuck_control_does_not_keep_the_server_from_ending():
    with Server().start() as server:
        os.kill(server.children()["control"], signal.SIGSTOP)
        code, took = server.stop()
        assert code == 0 and took < 5, (code, took)


def served_name(server):
    context = ssl._create_unverified_context()
    with socket.create_connection(("127.0.0.1", server.https), timeout=5) as plain:
        with context.wrap_socket(plain) as secure:
            certificate = secure.getpeercert(binary_form=True)
    return certificate


def test_sighup_reads_a_new_certificate():
    with Server() as server:
        make_certificate(server, "served")
        server.set(http_certificate=server.path("served.pem"), http_key=server.path("served.key"))
        server.start()
        first = served_name(server)
        make_certificate(server, "served")
        server.process.send_signal(signal.SIGHUP)
        wait_until("the new certificate", lambda: served_name(server) != first, 3)


def test_sighup_with_a_broken_certificate_keeps_the_old_one():
    with Server() as server:
        make_certificate(server, "served")
        server.set(http_certificate=server.path("served.pem"), http_key=server.path("served.key"))
        server.start()
        first = served_name(server)
        with open(server.path("served.pem"), "w", encoding="utf-8") as file:
            file.write("junk")
        server.process.send_signal(signal.SIGHUP)
        wait_until("a complaint", lambda: "event=reload_failed" in server.log_text(), 3)
        assert served_name(server) == first
        assert server.healthy()


def status_of(pid, field):
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        return next(line.split()[1] for line in file if line.startswith(field + ":"))


def test_children_of_root_are_not_root_and_workers_are_sandboxed():
    needs.root()
    with Server().start() as server:
        children = server.children()
        for name, pid in children.items():
            assert status_of(pid, "Uid") != "0", f"{name} runs as root"
            assert status_of(pid, "NoNewPrivs") == "1", name
        assert status_of(children["media0"], "Seccomp") == "2"


def memory_holds(pid, secret):
    """Whether a process that may be read has these bytes anywhere."""
    with open(f"/proc/{pid}/maps", encoding="utf-8") as maps, open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in maps:
            span, rights = line.split()[:2]
            if not rights.startswith("rw"):
                continue
            first, last = (int(end, 16) for end in span.split("-"))
            if last - first > 64 << 20:     # a sanitizer's shadow, not data
                continue
            try:
                memory.seek(first)
                if secret in memory.read(last - first):
                    return True
            except OSError:
                pass
    return False


def test_workers_hold_no_secrets_of_others():
    needs.root()
    key, secret = "k3y" * 14, "s3cret" * 7
    with Server(http_api_key=key, turn_secret=secret) as server:
        server.start()
        children = server.children()
        wait_until("all are connected", server.healthy, 5)
        assert memory_holds(children["control"], key.encode()), "the search finds nothing"
        for name in ("media0", "media1"):
            for word in (key, secret):
                assert not memory_holds(children[name], word.encode()), f"{name} has {word}"


def connect(server):
    s = socket.create_connection(("127.0.0.1", server.udp), timeout=5)
    s.settimeout(1)
    return s


def is_closed(s):
    try:
        return s.recv(1) == b""
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False


def test_one_address_gets_only_so_many_media_connections():
    with Server(limits_media_connections_per_address=3).start() as server:
        kept = [connect(server) for _ in range(3)]
        assert is_closed(connect(server)), "the fourth was kept"
        assert not is_closed(kept[0])
        kept[1].close()
        time.sleep(0.1)
        assert not is_closed(connect(server)), "a freed place was not given"


def test_a_media_connection_with_an_impossible_frame_is_closed():
    with Server().start() as server:
        s = connect(server)
        s.sendall(struct.pack(">H", 60000) + b"x" * 100)
        assert is_closed(s)


def test_a_media_connection_that_says_nothing_is_closed():
    with Server().start() as server:
        s = connect(server)
        s.settimeout(15)
        started = time.monotonic()
        assert is_closed(s)
        assert time.monotonic() - started > 5


def test_junk_on_the_media_port_is_dropped_and_counted():
    with Server().start() as server:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            for size in (0, 1, 19, 20, 100, 1500, 1501, 9000):
                s.sendto(os.urandom(size), ("127.0.0.1", server.udp))
        children = server.children()

        def counted():
            for line in server.get("/metrics").decode().splitlines():
                if line.startswith("parley_engine_datagrams_in_total"):
                    if float(line.rsplit(" ", 1)[1]) >= 7:
                        return True
            return False

        wait_until("the count", counted, 5)
        assert server.children() == children
