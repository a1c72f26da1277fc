"""parley doctor: what it says of installations that are fine, and of those that are not."""

import json
import os
import re
import shutil
import socket
import subprocess
import threading
import time

import needs
from draining import command, finish
from relaying import answers
from server import BINARY, Server, wait_until
from upgrading import said, upgradable, upgrade

# Of the machine that the tests run on.
OF_THE_MACHINE = ("clock", "socket buffers", "addresses")


def doctor(server, *arguments, prefix=(), **environment):
    """exit status, {what: (verdict, text)}"""
    done = subprocess.run([*prefix, BINARY, "doctor", *arguments], check=False, capture_output=True,
                          text=True, timeout=90, env={**server.environment, **environment})
    assert done.stderr == "", done.stderr
    lines = {}
    for line in done.stdout.splitlines():
        verdict, what, text = line[:4].strip(), line[6:28].strip(), line[30:]
        assert verdict in ("ok", "warn", "fail"), line
        lines[what] = (verdict, text)
    return done.returncode, lines


def check(lines, what, verdict, *words):
    assert what in lines, f"{what} is not among {list(lines)}"
    assert lines[what][0] == verdict, f"{what}: {lines[what]}"
    for word in words:
        assert word in lines[what][1], f"{what}: no {word!r} in {lines[what][1]!r}"


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


def make_authority(server):
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-days", "30", "-subj", "/CN=authority", "-keyout", server.path("ca.key"),
            "-out", server.path("ca.pem"))


def make_certificate(server, days):
    """One for 127.0.0.1, of an authority that SSL_CERT_FILE makes known."""
    make_authority(server)
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-subj", "/CN=127.0.0.1", "-keyout", server.path("own.key"),
            "-out", server.path("own.csr"))
    with open(server.path("names"), "w", encoding="utf-8") as file:
        file.write("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
    openssl("x509", "-req", "-days", str(days), "-in", server.path("own.csr"), "-CA",
            server.path("ca.pem"), "-CAkey", server.path("ca.key"), "-CAcreateserial",
            "-extfile", server.path("names"), "-out", server.path("own.pem"))
    server.set(http_certificate=server.path("own.pem"), http_key=server.path("own.key"))
    return {"SSL_CERT_FILE": server.path("ca.pem")}


def test_doctor_finds_nothing_wrong_with_a_good_installation():
    needs.turnserver()
    with Server(turn_managed="true") as server:
        trust = make_certificate(server, 25)
        server.start()
        wait_until("coturn", lambda: answers(server), 5)
        status, lines = doctor(server, **trust)
        for what, (verdict, text) in lines.items():
            assert verdict == "ok" or what in OF_THE_MACHINE, f"{what}: {verdict} {text}"
        for what in (f"HTTP port {server.http}", f"HTTPS port {server.https}", "certificate",
                     "media ports", "rooms", "media over UDP", "media over TCP", "STUN",
                     "TURN over UDP", "TURN over TCP", "TURN over TLS", "open files", "coturn",
                     *OF_THE_MACHINE):
            assert what in lines, what
        assert status == 0, lines


def test_doctor_looks_from_outside_by_a_url():
    with Server() as server:
        trust = make_certificate(server, 25)
        server.start()
        status, lines = doctor(server, "--url", f"https://127.0.0.1:{server.https}", **trust)
        check(lines, "server", "ok", "2 of 2 media workers")
        check(lines, "clock", "ok", "agrees")
        check(lines, "certificate", "ok")
        check(lines, "media over UDP", "ok", "ICE and DTLS")
        check(lines, "TURN", "warn", "apt install coturn")
        assert "open files" not in lines and "coturn" not in lines, lines
        assert status == 0, lines


def test_doctor_tells_browsers_distrust_by_a_url():
    with Server() as server:
        server.start()
        _, lines = doctor(server, "--url", f"https://127.0.0.1:{server.https}")
        check(lines, "certificate", "warn", "self-signed", "http.certificate")


def test_doctor_asks_the_public_url():
    with Server() as server:
        server.set(http_public_url=f"http://127.0.0.1:{server.http}")
        server.start()
        status, lines = doctor(server)
        check(lines, "http.public_url", "ok", "2 of 2 media workers")
        check(lines, "media over UDP", "ok")
        assert status == 0, lines
        server.set(http_public_url=f"http://127.0.0.1:{server.base + 11}")
        status, lines = doctor(server)
        check(lines, "http.public_url", "warn", "Connection refused", "doctor --url from elsewhere")
        check(lines, "media over UDP", "ok")
        assert status == 0, lines


def test_doctor_says_that_the_server_does_not_run():
    with Server() as server:
        status, lines = doctor(server)
        check(lines, f"HTTP port {server.http}", "fail", "Connection refused", "start the server")
        check(lines, "media, STUN, TURN", "warn", "not checked")
        check(lines, "media ports", "ok", "free")
        assert "open files" in lines and "clock" in lines and "socket buffers" in lines, lines
        assert status == 1


def test_doctor_says_that_another_program_has_the_ports():
    with Server() as server, socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as taken:
        taken.bind(("::", server.udp))
        status, lines = doctor(server)
        check(lines, "media ports", "fail", f"{server.udp} is taken by another program", "ss -ulnp")
        assert status == 1


def test_doctor_does_not_wait_for_a_server_that_says_nothing():
    with Server() as server, socket.socket() as silent:
        silent.bind(("127.0.0.1", server.http))
        silent.listen()
        held = []
        threading.Thread(target=lambda: held.append(silent.accept()), daemon=True).start()
        started = time.monotonic()
        status, lines = doctor(server, "--timeout", "1")
        check(lines, f"HTTP port {server.http}", "fail", "not Parley", "ss -tlnp")
        assert status == 1 and time.monotonic() - started < 20, lines


def test_doctor_warns_of_a_certificate_that_expires():
    with Server() as server:
        trust = make_certificate(server, 9)
        server.start()
        status, lines = doctor(server, **trust)
        check(lines, "certificate", "warn", "expires on", "certbot renew")
        assert re.search(r"in [89] days", lines["certificate"][1]), lines       # the ninth is over in a second
        assert status == 0, lines


def test_doctor_warns_of_a_certificate_that_was_not_read_again():
    with Server() as server:
        trust = make_certificate(server, 20)
        server.start()
        make_certificate(server, 25)
        _, lines = doctor(server, **trust)
        check(lines, "certificate", "warn", "still shows the one before", "systemctl reload")


def test_doctor_says_that_a_firewall_drops_media():
    needs.namespaces()
    if not shutil.which("nft", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin"):
        raise needs.Skip("nftables")
    name = f"doctor{os.getpid()}"
    run = ["ip", "netns", "exec", name]
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        with Server() as server:
            server.prefix = run
            subprocess.run([*run, "ip", "link", "set", "lo", "up"], check=True)
            rule = f"udp dport {server.udp}-{server.udp + 1} drop"
            subprocess.run([*run, "nft", "-f", "-"], check=True, text=True, input=f"""
                table inet filter {{ chain input {{ type filter hook input priority 0; {rule}; }}; }}
                """)
            server.start()
            status, lines = doctor(server, prefix=run)
            check(lines, "media over UDP", "fail", f"no answer from 127.0.0.1:{server.udp}",
                  f"open {server.udp}-{server.udp + 3}/udp in the firewall")
            check(lines, "media over TCP", "ok", "ICE and DTLS")
            assert status == 1, lines
    finally:
        subprocess.run(["ip", "netns", "delete", name], check=True)


def test_doctor_says_that_coturn_is_missing():
    needs.root()
    hide = ('for f in /usr/bin/turnserver /usr/sbin/turnserver /usr/local/bin/turnserver; do '
            '[ -e "$f" ] && mount --bind /dev/null "$f"; done; exec "$0" "$@"')
    hidden = ["unshare", "-m", "sh", "-c", hide]
    with Server(turn_managed="auto") as server:
        server.environment["PATH"] = "/usr/bin:/bin:/usr/sbin:/sbin"
        server.prefix = hidden
        server.start()
        status, lines = doctor(server, prefix=hidden)
        check(lines, "coturn", "warn", "not installed", "apt install coturn")
        check(lines, "TURN", "warn", "none")
        assert status == 0, lines


def test_doctor_says_that_the_turn_secret_is_wrong():
    needs.turnserver()
    with Server() as server:
        config = server.path("turn.conf")
        with open(config, "w", encoding="utf-8") as file:
            file.write(f"listening-ip=127.0.0.1\nrelay-ip=127.0.0.1\nlistening-port={server.turn}\n"
                       "use-auth-secret\nstatic-auth-secret=theirs\nrealm=test\nno-cli\nno-tls\n"
                       f"no-dtls\nlog-file=stdout\npidfile={server.path('turn.pid')}\n"
                       f"userdb={server.path('turndb')}\n")
        coturn = subprocess.Popen(["turnserver", "-c", config], stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL)
        try:
            server.set(turn_urls=f"turn:127.0.0.1:{server.turn}?transport=udp", turn_secret="ours")
            server.start()
            wait_until("coturn", lambda: answers(server), 5)
            status, lines = doctor(server)
            check(lines, "TURN over UDP", "fail", "does not take the server's passwords",
                  "turn.secret must be the static-auth-secret")
            assert status == 1, lines
            server.stop()
            server.set(turn_secret="theirs")
            server.start()
            status, lines = doctor(server)
            check(lines, "TURN over UDP", "ok", "relays from 127.0.0.1")
            assert status == 0, lines
        finally:
            coturn.kill()
            coturn.wait()


def test_doctor_says_that_a_turn_server_is_silent():
    with Server() as server:
        server.set(turn_urls=f"turn:127.0.0.1:{server.turn}?transport=tcp", turn_secret="ours")
        server.start()
        status, lines = doctor(server)
        check(lines, "TURN over TCP", "fail", "Connection refused", f"open {server.turn}/tcp")
        assert status == 1, lines


def test_doctor_sees_the_running_servers_file_limit():
    with Server() as server:
        server.prefix = ["prlimit", "--nofile=512:512"]
        server.start()
        status, lines = doctor(server)
        check(lines, "open files", "fail", "the server may open 512", "LimitNOFILE=65536")
        assert status == 1, lines


def test_doctor_follows_an_upgrade_and_says_that_the_server_drains():
    with upgradable() as server:
        server.start()
        upgrade(server, 2)
        wait_until("the old workers leave", lambda: said(server, "event=left process=media") == server.WORKERS, 20)
        status, lines = doctor(server)
        check(lines, "media ports", "ok", "2 workers listen")
        check(lines, "media over UDP", "ok", f":{server.udp + server.WORKERS}")
        assert status == 0, lines
        assert finish(command(server))[0] == 0
        status, lines = doctor(server)
        check(lines, "rooms", "warn", "draining", "--drain=off")
        assert status == 0, lines


def test_doctor_writes_json():
    with Server() as server:
        done = subprocess.run([BINARY, "doctor", "--json"], check=False, capture_output=True,
                              text=True, timeout=60, env=server.environment)
        report = json.loads(done.stdout)
        first = report["checks"][0]
        assert done.returncode == 1 and report["verdict"] == "fail", report
        assert first["verdict"] == "fail" and first["check"] == f"HTTP port {server.http}", first
        assert "start the server" in first["change"], first


def test_doctor_refuses_wrong_arguments_and_configurations():
    with Server() as server:
        for arguments, why in ((["--nonsense"], "unknown option"), (["--url", "ftp://x"], "url"),
                               (["-c", "/nowhere.yaml"], "No such file"),
                               (["-c", "x", "--url", "http://x"], "no configuration")):
            done = subprocess.run([BINARY, "doctor", *arguments], check=False, text=True,
                                  capture_output=True, timeout=20, env=server.environment)
            assert done.returncode == 2 and done.stdout == "" and why in done.stderr, done
