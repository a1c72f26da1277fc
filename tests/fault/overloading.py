"""A server without time for more: whoever is new is told to come again, whoever is there does not notice."""

import json
import time
import urllib.error

from attacks import Call
from server import wait_until


def answer(call, path):
    """200, or the problem's code."""
    try:
        call.server.post(path)
        return 200
    except urllib.error.HTTPError as error:
        problem = json.load(error)
        assert error.code == 503 and int(error.headers["Retry-After"]) >= 1, problem
        return problem["code"]


def with_one_worker(server):
    server.WORKERS = 1
    server.set(media_workers=1)


def test_a_worker_without_time_lets_nobody_new_in():
    # Of one processor the call takes a few percent: that is too much here.
    with Call(with_one_worker, limits_cpu_percent=1) as call:
        join, create = f"/join-room/{call.room}", "/create-room"
        member = None
        try:
            member = call.join()        # it came in time
        except urllib.error.HTTPError:
            pass
        wait_until("refused", lambda: answer(call, join) == "overloaded", 10)
        assert answer(call, create) == "overloaded"
        assert call.metric("parley_worker_busy_ratio") > 0.01
        assert call.metric("parley_control_overloads_total") >= 2
        if member:
            assert member.ask({"type": "chat", "text": "does it work?"})["type"] == "ok"
            member.close()


def test_a_room_goes_to_the_worker_that_has_time():
    with Call(limits_cpu_percent=1) as call:
        wait_until("refused or moved on", lambda: call.metric("parley_worker_busy_ratio") > 0.01, 10)
        time.sleep(1)
        member = call.join()            # the same room, in the other worker
        assert answer(call, "/create-room") == 200
        shares = [float(line.split()[-1]) for line in call.server.get("/metrics").decode().splitlines() if line.startswith("parley_worker_participants{")]
        assert sorted(shares) == [1, 5], shares
        member.close()


def test_without_sockets_left_the_answer_is_clear():
    with Call(limits_sockets=8) as call:
        there = [call.join() for _ in range(3)]     # with the five of the call
        assert answer(call, f"/join-room/{call.room}") == "overloaded"
        there.pop().close()
        wait_until("in again", lambda: answer(call, f"/join-room/{call.room}") == 200, 5)
        for member in there:
            member.close()
