"""SIGUSR2: another release takes the server over, and nobody in a call notices."""

import contextlib
import json
import os
import signal
import subprocess
import threading
import time

import needs
from loading import LIMITS, check_flow, of_workers
from server import BINARY, Server, alive, wait_until


def put(server, content, mode=0o755):
    """A file of these bytes where the server's binary lies, as a package manager puts it there."""
    fresh = server.binary + ".new"
    with open(fresh, "wb") as file:
        file.write(content)
    os.chmod(fresh, mode)
    os.rename(fresh, server.binary)


def release(digit):
    """The binary, but of release 0.1.<digit>."""
    with open(BINARY, "rb") as file:
        content = file.read()
    assert b"0.1.0\0" in content, "which release is it?"
    return content.replace(b"0.1.0\0", b"0.1.%d\0" % digit)


@contextlib.contextmanager
def upgradable(**settings):
    """A server from a binary of its own."""
    with Server(**LIMITS, **settings) as server:
        os.mkdir(server.path("bin"), 0o755)
        server.binary = server.path("bin/parley")
        put(server, release(1))
        yield server


def said(server, word):
    return server.log_text().count(word)


def upgrade(server, digit):
    put(server, release(digit))
    before = said(server, "event=upgraded ")
    server.process.send_signal(signal.SIGUSR2)
    wait_until("the upgrade", lambda: said(server, "event=upgraded ") > before, 20)
    assert f"event=upgraded release=0.1.{digit} " in server.log_text(), server.log_text()[-2000:]
    wait_until("healthy", server.healthy, 30)


def executes(pid):
    """The file that a process is of; None: it has just ended."""
    try:
        status = os.stat(f"/proc/{pid}/exe")
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino


def file_of(path):
    status = os.stat(path)
    return status.st_dev, status.st_ino


class Call:
    """Native clients in one room."""

    def __init__(self, server, duration_s, people=(2, 2)):
        self.server, self.people, self.path = server, sum(people), server.path(f"load{time.monotonic()}.json")
        self.process = subprocess.Popen(
            [BINARY, "load", "--url", f"http://127.0.0.1:{server.http}", "--json", self.path, "--publishers", str(people[0]),
             "--subscribers", str(people[1]), "--video-kbps", "200", "--decrypt", "all", "--lead", "0", "--settle", "1",
             "--duration", str(duration_s), "--quiet"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def wait_for_all(self):
        wait_until("everybody is there", lambda: sum(of_workers(self.server, "parley_worker_participants")) == self.people, 20)
        time.sleep(1.5)     # connected, and being measured

    def end(self):
        text = self.process.communicate(timeout=90)[0]
        with open(self.path, encoding="utf-8") as file:
            return self.process.returncode, json.load(file), text

    def end_well(self, resumes):
        """Nothing was lost, nothing was odd, and each client's signalling came back so many times."""
        code, report, text = self.end()
        assert code == 0, text
        check_flow(report, people=self.people, watching=self.people, least_per_s=6 * 40)
        assert report["loss"]["lost"] == 0 and report["loss"]["repaired"] == 0, report["loss"]
        assert report["judged"]["undecodable"] == 0, report["judged"]
        assert report["joins"]["resumes"] == resumes * self.people, report["joins"]


def by_slot(server, name):
    """slot → value of a worker's gauge"""
    lines = server.get("/metrics").decode().splitlines()
    return {int(line.split('"')[1]): int(line.split()[1]) for line in lines if line.startswith(name + "{")}


def room_of_workers(server, slots):
    """Which of these workers has a room."""
    rooms = by_slot(server, "parley_worker_rooms")
    return [slot for slot in slots if rooms.get(slot)]


def test_a_call_goes_on_over_an_upgrade():
    with upgradable() as server:
        server.start()
        old = file_of(server.binary)
        with Call(server, 18) as call:
            call.wait_for_all()
            before = server.children()
            busy = f"media{room_of_workers(server, (0, 1))[0]}"
            upgrade(server, 2)
            new = file_of(server.binary)
            after = server.children()
            assert executes(server.process.pid) == executes(after["control"]) == new != old
            assert after["control"] != before["control"] and not alive(before["control"])
            assert after[busy] == before[busy] and executes(after[busy]) == old
            assert executes(after["media2"]) == executes(after["media3"]) == new
            # The other one has nothing to wait for.
            wait_until("an empty worker's end", lambda: len(server.children()) == 4, 10)
            assert by_slot(server, "parley_worker_leaving") == {int(busy[-1]): 1, 2: 0, 3: 0}
            with Call(server, 2) as other:
                wait_until("a room in a new worker", lambda: room_of_workers(server, (2, 3)), 20)
                other.end_well(resumes=0)
            assert alive(before[busy]), "it ended under its call"
            call.end_well(resumes=1)
        wait_until("the end of the old worker", lambda: set(server.children()) == {"control", "media2", "media3"}, 10)
        assert said(server, "event=died") == 0, server.log_text()
        # And back: the first ports are free again.
        upgrade(server, 3)
        wait_until("the first workers' ports", lambda: set(server.children()) == {"control", "media0", "media1"}, 10)
        code, took = server.stop()
        assert code == 0 and took < 4, (code, took)


def test_a_room_of_several_workers_goes_on_over_an_upgrade():
    with upgradable(media_room_part=2) as server:
        server.start()
        with Call(server, 8, people=(2, 4)) as call:
            call.wait_for_all()
            before = server.children()
            upgrade(server, 2)
            assert by_slot(server, "parley_worker_rooms") == {0: 1, 1: 1, 2: 0, 3: 0}
            call.end_well(resumes=1)
        wait_until("the end of the old workers", lambda: set(server.children()) == {"control", "media2", "media3"}, 10)
        assert not alive(before["media0"]) and not alive(before["media1"])
        # The new ones have rings of their own.
        with Call(server, 3, people=(2, 4)) as call:
            wait_until("both have a part", lambda: by_slot(server, "parley_worker_rooms") == {2: 1, 3: 1}, 20)
            call.end_well(resumes=0)


def refused(server, content, why, mode=0o755):
    put(server, content, mode)
    server.process.send_signal(signal.SIGUSR2)
    wait_until("a refusal", lambda: why in server.log_text(), 15)
    line = next(line for line in server.log_text().splitlines() if why in line)
    assert "event=upgrade_refused" in line, line


def test_a_binary_that_does_not_work_is_refused_and_the_call_goes_on():
    with upgradable() as server:
        server.start()
        with Call(server, 15) as call:
            call.wait_for_all()
            before = server.children()
            refused(server, b"\x7fELF junk", "Exec format error")
            refused(server, release(2), "Permission denied", mode=0o644)
            refused(server, b"#!/bin/sh\necho 'libssl.so.9: not found' >&2; exit 127\n", "does not work: libssl.so.9: not found")
            refused(server, b"#!/bin/sh\necho hello\n", "not one of parley")
            refused(server, b"#!/bin/sh\necho 'parley 0.9.0 ipc 99 handover 1'\n", "release 0.9.0 cannot take calls over")
            refused(server, b"#!/bin/sh\nexec sleep 60\n", "does not answer")
            assert server.children() == before and server.healthy()
            call.end_well(resumes=0)
        # The way out: a good one.
        upgrade(server, 2)


def test_a_configuration_that_does_not_work_stops_an_upgrade():
    with upgradable() as server:
        path = server.path("config.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write("log:\n  level: info\n")
        server.start("-c", path)
        before = server.children()
        with open(path, "w", encoding="utf-8") as file:
            file.write("log:\n  level: loud\n")
        refused(server, release(2), "log.level must be")
        with open(server.path("data/secret"), "w", encoding="utf-8") as file:
            file.write("junk")
        with open(path, "w", encoding="utf-8") as file:
            file.write("log:\n  level: debug\n")
        refused(server, release(2), "secret is damaged")
        assert server.children() == before and server.healthy()


def test_a_second_upgrade_waits_for_the_rooms_of_before_the_first():
    with upgradable() as server:
        server.start()
        with Call(server, 20) as call:
            call.wait_for_all()
            busy = room_of_workers(server, (0, 1))[0]
            upgrade(server, 2)
            wait_until("the empty one's end", lambda: len(server.children()) == 4, 10)
            upgrade(server, 3)
            assert "event=upgrade_waits" in server.log_text()
            # The position without a room is of the newest release already; the other has two workers.
            wait_until("settled", lambda: set(server.children()) == {"control", f"media{busy}", f"media{busy + 2}", f"media{1 - busy}"}, 10)
            call.end_well(resumes=2)
        wait_until("all are of the newest release", lambda: set(server.children()) == {"control", "media0", "media1"}, 10)
        assert all(executes(pid) == file_of(server.binary) for pid in server.children().values())
        wait_until("healthy", server.healthy, 5)
        assert said(server, "event=died") == 0, server.log_text()


def test_two_wishes_at_once_are_one_upgrade_or_two():
    with upgradable() as server:
        server.start()
        with Call(server, 8) as call:
            call.wait_for_all()
            put(server, release(2))
            server.process.send_signal(signal.SIGUSR2)
            time.sleep(0.005)
            server.process.send_signal(signal.SIGUSR2)
            wait_until("an upgrade", lambda: said(server, "event=upgraded "), 20)
            code, report, text = call.end()
            assert code == 0 and report["loss"]["lost"] == 0, text
        wait_until("only new ones", lambda: all(executes(pid) == file_of(server.binary) for pid in server.children().values()), 10)
        wait_until("healthy", server.healthy, 5)


def test_rooms_of_a_worker_that_dies_after_an_upgrade_move_to_a_new_one():
    with upgradable() as server:
        server.start()
        with Call(server, 10) as call:
            call.wait_for_all()
            busy = room_of_workers(server, (0, 1))[0]
            upgrade(server, 2)
            os.kill(server.children()[f"media{busy}"], signal.SIGKILL)
            wait_until("the move", lambda: f"from={busy} to=" in server.log_text(), 3)
            code, report, text = call.end()
            assert code == 0 and report["restarts"]["connections"] == 4 and report["restarts"]["absent"] == 0, (report["restarts"], text)
        wait_until("only new ones", lambda: set(server.children()) == {"control", "media2", "media3"}, 10)


class Killer:
    """Kills processes of these names as soon as they are there."""

    def __init__(self, server, names):
        self.server, self.deaths, self.stop = server, dict.fromkeys(names, 0), threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while not self.stop.wait(0.002):
            for name, pid in self.server.children().items():
                if name in self.deaths and alive(pid):
                    os.kill(pid, signal.SIGKILL)
                    self.deaths[name] += 1
                    wait_until("its end", lambda pid=pid: not alive(pid), 5)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()


def test_old_workers_take_rooms_while_the_new_ones_do_not_work():
    with upgradable() as server:
        server.start()
        with Killer(server, ("media2", "media3")) as killer:
            put(server, release(2))
            server.process.send_signal(signal.SIGUSR2)
            # Until there are long pauses between their starts.
            wait_until("many deaths", lambda: min(killer.deaths.values()) >= 6, 40)
            assert {"media0", "media1"} <= set(server.children()), "an old worker went before its successor worked"
            call = Call(server, 4)
            wait_until("a room in an old worker", lambda: room_of_workers(server, (0, 1)), 3)
        with call:
            call.end_well(resumes=0)
        wait_until("the end of the old ones", lambda: set(server.children()) == {"control", "media2", "media3"}, 10)
        wait_until("healthy", server.healthy, 5)


def test_a_control_that_dies_in_an_upgrade_is_replaced_by_the_new_release():
    with upgradable() as server:
        server.start()
        with Call(server, 8) as call:
            call.wait_for_all()
            pid = server.children()["control"]
            put(server, release(2))
            server.process.send_signal(signal.SIGUSR2)
            wait_until("the new control", lambda: server.children().get("control", pid) != pid, 20)
            os.kill(server.children()["control"], signal.SIGKILL)
            wait_until("healthy", server.healthy, 10)
            assert executes(server.children()["control"]) == file_of(server.binary)
            code, report, text = call.end()
            assert code == 0 and report["loss"]["lost"] == 0 and report["joins"]["resumes"] >= 4, (report["joins"], text)


def test_a_control_that_does_not_go_is_killed():
    with upgradable() as server:
        server.start()
        pid = server.children()["control"]
        os.kill(pid, signal.SIGSTOP)
        put(server, release(2))
        server.process.send_signal(signal.SIGUSR2)
        wait_until("the new control", lambda: not alive(pid), 20)
        wait_until("healthy", server.healthy, 5)


def test_a_link_to_the_next_release_is_followed():
    with upgradable() as server:
        for digit in (1, 2):
            os.mkdir(server.path(f"parley-0.1.{digit}"), 0o755)
            server.binary = server.path(f"parley-0.1.{digit}/parley")
            put(server, release(digit))
        server.binary = server.path("current/parley")
        os.symlink("parley-0.1.1", server.path("current"))
        server.start()
        os.symlink("parley-0.1.2", server.path("next"))
        os.rename(server.path("next"), server.path("current"))
        server.process.send_signal(signal.SIGUSR2)
        wait_until("the upgrade", lambda: "event=upgraded release=0.1.2" in server.log_text(), 20)
        wait_until("healthy", server.healthy, 10)


def test_coturn_is_left_alone():
    needs.turnserver()
    with upgradable(turn_managed="true") as server:
        server.start()
        room = server.post("/create-room")["room_id"]
        urls = server.post(f"/join-room/{room}")["ice_servers"][0]["urls"]
        pid = server.children()["turnserver"]
        upgrade(server, 2)
        assert server.children()["turnserver"] == pid
        assert server.post(f"/join-room/{room}")["ice_servers"][0]["urls"] == urls
        os.kill(pid, signal.SIGKILL)
        wait_until("another coturn", lambda: server.children().get("turnserver", pid) != pid, 3)


def test_a_changed_port_waits_for_a_restart():
    with upgradable() as server:
        path = server.path("config.yaml")
        del server.environment["PARLEY_HTTP_PORT"]
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"http:\n  port: {server.http}\n")
        server.start("-c", path)
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"http:\n  port: {server.base + 11}\n")
        upgrade(server, 2)
        assert f"event=port_kept key=http.port port={server.http}" in server.log_text()
