"""parley load against a server of its own: it loads, reports, and says what is wrong."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time

import needs
from server import BINARY, Server, wait_until

LIMITS = {"limits_rooms_per_minute": 1000, "limits_joins_per_minute": 1000, "limits_sockets_per_address": 1000}


def load(*arguments, timeout=60):
    return subprocess.run([BINARY, "load", *arguments], capture_output=True, text=True, timeout=timeout,
                          check=False, env={"PATH": os.environ.get("PATH", "")})


def report_of(server, *arguments):
    """exit code, report, what was said."""
    path = server.path("load.json")
    done = load("--url", f"http://127.0.0.1:{server.http}", "--json", path, *arguments)
    try:
        with open(path, encoding="utf-8") as file:
            report = json.load(file)
    except OSError as error:
        raise AssertionError(f"no report: {done.stderr}{done.stdout}") from error
    return done.returncode, report, done.stdout + done.stderr


def refusal(*arguments):
    """The one line in which it refuses to run."""
    done = load(*arguments)
    lines = done.stderr.splitlines()
    assert done.returncode == 2, f"exit code {done.returncode}, {done.stderr}"
    assert len(lines) == 1 and lines[0].startswith("parley: load: ") and done.stdout == "", done.stderr
    return lines[0]


def check_flow(report, people, watching, least_per_s):
    joins = report["joins"]
    assert joins["joined"] == joins["wanted"] == people, joins
    assert joins["with_media"] == joins["watching"] == watching, joins
    assert joins["failures"] == [] and report["fine"], joins
    assert joins["connect_ms"]["count"] == people and joins["first_media_ms"]["count"] == watching
    assert report["received"]["packets_per_s"] > least_per_s, report["received"]
    assert report["loss"]["expected"] > 0 and report["loss"]["lost_ratio"] < 0.01, report["loss"]
    assert report["delay_ms"]["count"] > 0 and report["delay_ms"]["p50"] < 1000, report["delay_ms"]
    assert report["judged"]["stream_errors"] == 0 and report["judged"]["unauthentic"] == 0, report["judged"]
    assert report["judged"]["unknown_ssrcs"] == 0, report["judged"]
    assert isinstance(report["generator_limited"], bool) and report["generator"]["cpu"] > 0
    assert report["generator_limited"] == (report["generator_limits"] != [])
    assert len(report["series"]) >= 3


def test_load_fills_rooms_and_reports():
    with Server(**LIMITS) as server:
        server.start()
        # So little that no estimate has to grow first.
        code, report, text = report_of(server, "--rooms", "2", "--publishers", "2", "--subscribers", "3",
                                       "--video-kbps", "200", "--duration", "3")
        assert code == 0, text
        # Eight streams of sound per room are there in any case: 50 packets/s each.
        check_flow(report, people=10, watching=10, least_per_s=16 * 40)
        assert report["args"]["rooms"] == 2 and report["args"]["decrypt"] == "sample"
        assert 2.5 < report["window_s"] < 10
        assert "one-way delay" in text and "joined 10/10" in text
        # Nobody counts as lost and is waited for (30 s).
        wait_until("everybody has left", lambda: b"\nparley_participants 0\n" in server.get("/metrics"), 5)


def test_load_decrypts_everything_on_two_threads():
    with Server(**LIMITS) as server:
        server.start()
        code, report, text = report_of(server, "--publishers", "3", "--subscribers", "2", "--simulcast",
                                       "--video-kbps", "900", "--decrypt", "all", "--threads", "2", "--duration", "2", "--quiet")
        assert code == 0, text
        check_flow(report, people=5, watching=5, least_per_s=12 * 40)
        assert report["judged"]["clients"] == 5 and report["judged"]["frames"] > 0
        assert len(report["generator"]["threads"]) == 2
        # Each packet that came in the window told its delay.
        packets = report["received"]["packets_per_s"] * report["window_s"]
        assert report["delay_ms"]["count"] > 0.9 * packets, (report["delay_ms"], packets)


def of_workers(server, name):
    """The counter or gauge of each worker."""
    lines = server.get("/metrics").decode().splitlines()
    return [int(line.split()[1]) for line in lines if line.startswith(name + "{")]


def test_a_room_in_two_workers_is_one_room():
    with Server(media_room_part=3, **LIMITS) as server:
        server.start()
        with subprocess.Popen([BINARY, "load", "--url", f"http://127.0.0.1:{server.http}", "--json", server.path("load.json"),
                               "--publishers", "4", "--subscribers", "8", "--simulcast", "--video-kbps", "900",
                               "--duration", "4", "--quiet"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as running:
            wait_until("everybody is there", lambda: sum(of_workers(server, "parley_worker_participants")) == 12, 20)
            shares = of_workers(server, "parley_worker_participants")
            text = running.communicate(timeout=60)[0]
        with open(server.path("load.json"), encoding="utf-8") as file:
            report = json.load(file)
        assert running.returncode == 0, text
        assert min(shares) >= 3, shares
        # Eleven streams of sound for each publisher, and pictures.
        check_flow(report, people=12, watching=12, least_per_s=4 * 11 * 40)
        sent, full = of_workers(server, "parley_worker_pipe_sent_total"), of_workers(server, "parley_worker_pipe_full_total")
        assert min(sent) > 100 and max(full) == 0, (sent, full)
        assert max(of_workers(server, "parley_engine_pipe_frames_ignored_total")) < 20
        wait_until("everybody has left", lambda: b"\nparley_participants 0\n" in server.get("/metrics"), 5)
        assert of_workers(server, "parley_worker_rooms") == [0, 0]


def report_around(server, ready, name, *arguments):
    """The report of a load under which a process is killed, a moment after it is ready to be."""
    path = server.path("load.json")
    with subprocess.Popen([BINARY, "load", "--url", f"http://127.0.0.1:{server.http}", "--json", path, *arguments, "--quiet"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as running:
        wait_until("everybody is there", ready, 20)
        time.sleep(2)       # being measured
        os.kill(server.children()[name], signal.SIGKILL)
        text = running.communicate(timeout=60)[0]
    assert running.returncode == 0, text
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def test_load_goes_on_when_control_is_killed():
    with Server(**LIMITS) as server:
        server.start()
        report = report_around(server, lambda: sum(of_workers(server, "parley_worker_participants")) == 4, "control",
                               "--publishers", "2", "--subscribers", "2", "--audio-only", "--settle", "1", "--duration", "5")
        check_flow(report, people=4, watching=4, least_per_s=6 * 40)
        assert report["joins"]["resumes"] == 4 and report["loss"]["lost"] == 0, (report["joins"], report["loss"])


def test_load_connects_anew_when_a_media_worker_is_killed():
    with Server(**LIMITS) as server:
        server.start()
        # A room in each worker.
        report = report_around(server, lambda: of_workers(server, "parley_worker_participants") == [3, 3], "media0", "--rooms", "2",
                               "--publishers", "2", "--subscribers", "1", "--video-kbps", "200", "--settle", "1", "--duration", "6")
        check_flow(report, people=6, watching=6, least_per_s=8 * 40)
        restarts, pauses = report["restarts"], report["pauses_ms"]
        assert restarts["connections"] == 3 and restarts["absent"] == 0, restarts
        # Two streams for who only watches, one for each of the others; as many in the other room.
        for kind in ("audio", "video"):
            assert restarts[kind + "_ms"]["count"] == pauses[kind]["count"] == 4, (restarts, pauses)
            assert 0 < restarts[kind + "_ms"]["max"] < 6000, restarts
        assert report["loss"]["lost"] == 0 and report["joins"]["resumes"] == 0, report


def test_load_makes_sound_alone():
    with Server(**LIMITS) as server:
        server.start()
        code, report, text = report_of(server, "--publishers", "2", "--subscribers", "4", "--audio-only",
                                       "--publishers-watch", "no", "--duration", "2", "--quiet")
        assert code == 0, text
        check_flow(report, people=6, watching=4, least_per_s=8 * 40)
        assert report["sent"]["frames_per_s"] == 0


def test_load_tells_why_joins_were_refused():
    with Server(limits_joins_per_minute=3) as server:
        server.start()
        code, report, text = report_of(server, "--subscribers", "5", "--settle", "0", "--duration", "1",
                                       "--quiet")
        assert code == 1, text
        joins = report["joins"]
        assert joins["wanted"] == 6 and joins["joined"] == 3 and not report["fine"], joins
        assert sum(failure["count"] for failure in joins["failures"]) == 3, joins
        assert "429 too_many_requests" in joins["failures"][0]["reason"], joins
        assert "docs/load.md" in text, text


def test_load_tells_when_sockets_are_refused():
    with Server(**{**LIMITS, "limits_sockets_per_address": 2}) as server:
        server.start()
        code, report, text = report_of(server, "--subscribers", "3", "--settle", "0", "--duration", "1",
                                       "--quiet")
        assert code == 1, text
        assert report["joins"]["joined"] == 2, report["joins"]
        assert "429 too_many_requests" in report["joins"]["failures"][0]["reason"], report["joins"]


def test_load_uses_https_when_told_to_trust():
    with Server(**LIMITS) as server:
        server.start()
        url = f"https://127.0.0.1:{server.https}"
        assert "--insecure" in refusal("--url", url)
        done = load("--url", url, "--insecure", "--subscribers", "2", "--audio-only", "--settle", "1",
                    "--duration", "1", "--quiet", "--json", "-")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["args"]["tls"] is True


def test_load_says_when_nobody_answers():
    with Server() as server:
        line = refusal("--url", f"http://127.0.0.1:{server.http}")
        assert f"127.0.0.1:{server.http}" in line, line


def test_load_says_when_no_room_is_made():
    with Server(limits_rooms_per_minute=1) as server:
        server.start()
        line = refusal("--url", f"http://127.0.0.1:{server.http}", "--rooms", "3", "--quiet")
        assert "429 too_many_requests" in line, line


def test_load_names_bad_arguments():
    assert '--rooms must be 1..10000, is "0"' in refusal("--rooms", "0")
    assert 'unknown option "--colour"' in refusal("--colour")
    assert "a value is missing" in refusal("--publishers")
    assert "--url must be http://HOST:PORT" in refusal("--url", "localhost:8080")
    done = load("--help")
    assert done.returncode == 0 and "--join-rate" in done.stdout and done.stderr == ""


@contextlib.contextmanager
def two_hosts():
    """Two network namespaces with a wire between them: 10.9.0.1 and 10.9.0.2."""
    a, b = f"pf-a{os.getpid()}", f"pf-b{os.getpid()}"

    def ip(*arguments, check=True):
        subprocess.run(["ip", *arguments], check=check, capture_output=not check)

    try:
        ip("netns", "add", a)
        ip("netns", "add", b)
        ip("link", "add", "wire", "netns", a, "type", "veth", "peer", "name", "wire", "netns", b)
        for name, address in ((a, "10.9.0.1/24"), (b, "10.9.0.2/24")):
            ip("-n", name, "addr", "add", address, "dev", "wire")
            ip("-n", name, "link", "set", "lo", "up")
            ip("-n", name, "link", "set", "wire", "up")
        yield ["ip", "netns", "exec", a], ["ip", "netns", "exec", b]
    finally:
        ip("netns", "del", a, check=False)
        ip("netns", "del", b, check=False)


def test_short_runs_leave_past_the_udp_stack():
    needs.namespaces()
    with two_hosts() as (here, there), Server(media_xdp_interface="wire", media_workers=1, media_addresses="10.9.0.1",
                                              **LIMITS) as server:
        server.prefix = here
        server.start()
        url, path = f"http://10.9.0.1:{server.http}", server.path("load.json")
        done = subprocess.run([*there, BINARY, "load", "--url", url, "--json", path, "--publishers", "2", "--subscribers", "6",
                               "--video-kbps", "600", "--decrypt", "all", "--duration", "3", "--quiet"],
                              capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        with open(path, encoding="utf-8") as file:
            check_flow(json.load(file), people=8, watching=8, least_per_s=14 * 40)
        read = subprocess.run([*here, sys.executable, "-c",
                               f"import urllib.request as u; print(u.urlopen('{url}/metrics').read().decode())"],
                              capture_output=True, text=True, timeout=10, check=True).stdout
        counts = {line.split("{")[0]: float(line.split()[1]) for line in read.splitlines() if "{worker=" in line}
        by_xdp, all_out = counts["parley_worker_xdp_sent_total"], counts["parley_engine_datagrams_out_total"]
        # The first to each, and one every five seconds, is the kernel's.
        assert by_xdp > 0.8 * all_out > 0, (by_xdp, all_out)


def test_without_such_an_interface_the_socket_does_it_all():
    with Server(media_xdp_interface="nosuch0", **LIMITS) as server:
        server.start()
        code, report, text = report_of(server, "--publishers", "1", "--subscribers", "2", "--audio-only",
                                       "--publishers-watch", "no", "--duration", "2", "--quiet")
        assert code == 0, text
        check_flow(report, people=3, watching=2, least_per_s=2 * 40)
        assert "event=no_xdp" in server.log_text()
