"""parley serve --drain: no new rooms, the others go on to their end, and whoever waits is told."""

import contextlib
import json
import os
import signal
import stat
import subprocess
import urllib.error

from loading import LIMITS
from server import BINARY, Server, wait_until
from upgrading import upgradable, upgrade


def command(server, word="--drain"):
    return subprocess.Popen([BINARY, "serve", word], env=server.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            text=True)


def finish(process):
    """exit code, lines of standard output, standard error"""
    out, err = process.communicate(timeout=40)
    return process.returncode, out.splitlines(), err


def gauge(server, name):
    return next(int(line.split()[1]) for line in server.get("/metrics").decode().splitlines() if line.startswith(name + " "))


def refused(server, path):
    """Retry-After of a 503 that says why; None: it was not refused."""
    try:
        server.post(path)
        return None
    except urllib.error.HTTPError as error:
        problem = json.load(error)
        assert error.code == 503 and problem["code"] == "draining" and problem["status"] == 503, problem
        return int(error.headers["Retry-After"])


def joins(server, room, people, duration_s):
    return subprocess.Popen([BINARY, "load", "--url", f"http://127.0.0.1:{server.http}", "--room", room, "--publishers", "1",
                             "--subscribers", str(people - 1), "--audio-only", "--lead", "0", "--settle", "1",
                             "--duration", str(duration_s), "--quiet"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def new_room(server):
    """For load, which wants one of mode sfu."""
    return server.post("/create-room", mode="sfu", capacity=20)["room_id"]


@contextlib.contextmanager
def in_call(server, room, people=3, duration_s=6):
    with joins(server, room, people, duration_s) as call:
        try:
            wait_until("everybody is there", lambda: gauge(server, "parley_participants") == people, 20)
            yield call
        finally:
            if call.poll() is None:
                call.kill()


def test_draining_refuses_new_rooms_and_ends_with_the_last_one():
    with Server(**LIMITS) as server:
        server.start()
        room, idle = new_room(server), new_room(server)
        with in_call(server, room) as call:
            drain = command(server)
            wait_until("draining", lambda: gauge(server, "parley_draining") == 1, 5)
            assert refused(server, "/create-room") == 60
            assert refused(server, f"/join-room/{idle}") == 60, "a room with nobody in it is a new one"
            assert refused(server, f"/join-room/{room}") is None
            assert json.loads(server.get("/healthz"))["draining"] is True and server.healthy()
            with joins(server, room, 2, 1) as late:
                text = late.communicate(timeout=40)[0]
                assert late.returncode == 0, text
            assert drain.poll() is None, "it did not wait"
            text = call.communicate(timeout=40)[0]
            assert call.returncode == 0, text
        code, lines, err = finish(drain)
        assert code == 0, err
        assert lines[0] == "1 room with 3 participants left" and lines[-1] == "0 rooms with 0 participants left", lines
        assert "1 room with 5 participants left" in lines, lines
        assert all(a != b for a, b in zip(lines, lines[1:])), lines
        # Nobody slips in between its end and that of the server.
        assert refused(server, "/create-room") == 60
        assert finish(command(server, "--drain=off"))[:2] == (0, ["new rooms are taken"])
        assert refused(server, "/create-room") is None
        assert gauge(server, "parley_draining") == 0


def test_an_empty_server_is_drained_at_once():
    with Server() as server:
        server.start()
        assert finish(command(server))[:2] == (0, ["0 rooms with 0 participants left"])


def test_draining_outlives_who_asked_for_it_and_control():
    with Server(**LIMITS) as server:
        server.start()
        with in_call(server, new_room(server), duration_s=5) as call:
            first, second = command(server), command(server)
            wait_until("draining", lambda: gauge(server, "parley_draining") == 1, 5)
            assert "left" in first.stdout.readline()     # it runs: between fork and exec a signal is lost
            first.send_signal(signal.SIGINT)
            assert first.wait(timeout=5) == -signal.SIGINT
            assert refused(server, "/create-room") == 60
            pid = server.children()["control"]
            os.kill(pid, signal.SIGKILL)
            wait_until("a new control", lambda: server.children().get("control", pid) != pid, 2)
            wait_until("healthy", server.healthy, 5)
            assert refused(server, "/create-room") == 60, "the new control takes rooms"
            text = call.communicate(timeout=40)[0]
            assert call.returncode == 0, text
        code, lines, err = finish(second)
        assert code == 0 and lines[-1] == "0 rooms with 0 participants left", (lines, err)
        first.communicate()


def test_draining_outlives_an_upgrade():
    with upgradable() as server:
        server.start()
        assert finish(command(server))[0] == 0
        upgrade(server, 2)
        assert refused(server, "/create-room") == 60
        assert finish(command(server, "--drain=off"))[0] == 0
        upgrade(server, 3)
        assert refused(server, "/create-room") is None


def test_draining_says_when_there_is_no_server():
    with Server() as server:
        code, lines, err = finish(command(server))
        assert code == 2 and lines == [], (code, lines)
        assert err.count("\n") == 1 and "no server is to be reached in " in err, err
        server.start()
        with in_call(server, new_room(server), people=2, duration_s=20):
            drain = command(server)
            assert drain.stdout.readline() == "1 room with 2 participants left\n"
            server.stop()
            code, _, err = finish(drain)
            assert code == 1 and "the server has ended" in err, (code, err)
        assert finish(command(server))[0] == 2, "its socket still answers"


def test_only_who_started_the_server_may_drain_it():
    with Server() as server:
        server.start()
        status = os.stat(server.path("data/run/parley.sock"))
        assert stat.S_ISSOCK(status.st_mode) and stat.S_IMODE(status.st_mode) == 0o600
        assert status.st_uid == os.geteuid()
