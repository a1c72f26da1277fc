"""A start that cannot work says in one line what is wrong, where, and what to do: exit code 2."""

import os
import re
import socket
import stat
import subprocess

import needs
from server import BINARY, Server


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def test_an_unknown_key_names_line_key_and_what_is_allowed():
    with Server() as server:
        path = write(server.path("config.yaml"), "log:\n  level: info\nhttp:\n  prot: 80\n")
        line = server.refusal("-c", path)
        assert line.startswith(f'parley: {path}:4: unknown key "prot" in section http (allowed: '
                               "addresses, port,"), line


def test_a_bad_value_names_line_key_and_what_is_allowed():
    with Server() as server:
        path = write(server.path("config.yaml"), "http:\n  port: abc\n")
        line = server.refusal("-c", path)
        assert line == f'parley: {path}:2: http.port must be 0..65535, is "abc"', line


def test_a_bad_environment_variable_is_named():
    with Server(rooms_mode="mesh") as server:
        line = server.refusal()
        assert "PARLEY_ROOMS_MODE: rooms.mode must be auto, p2p or sfu" in line, line


def test_check_starts_nothing_and_names_release_and_interfaces():
    with Server() as server:
        done = subprocess.run([BINARY, "serve", "--check"], env=server.environment, capture_output=True, text=True, timeout=20,
                              check=False)
        assert done.returncode == 0 and done.stderr == "", done.stderr
        assert re.fullmatch(r"parley \S+ ipc \d+ handover \d+\n", done.stdout), done.stdout
        assert not os.path.exists(server.path("data")), "it made the data folder"
        server.set(rooms_mode="mesh")
        assert "PARLEY_ROOMS_MODE: rooms.mode must be" in server.refusal("--check")


def test_a_handover_is_not_for_people():
    with Server() as server:
        assert "--handover is for parley itself" in server.refusal("--handover", "99")


def test_a_missing_config_file_is_named():
    with Server() as server:
        assert "/nowhere.yaml: No such file" in server.refusal("-c", "/nowhere.yaml")


def refused_port(kind, setting, key, **settings):
    with Server(**settings) as server, socket.socket(socket.AF_INET6, kind) as taken:
        taken.bind(("::", server.base))
        if kind == socket.SOCK_STREAM:
            taken.listen()
        server.set(**{setting: server.base})
        if setting != "http_port":
            server.set(http_port=server.base + 11)
        line = server.refusal()
        assert key in line and str(server.base) in line and "taken by another program" in line, line


def test_a_taken_http_port_is_named():
    refused_port(socket.SOCK_STREAM, "http_port", "http.port")


def test_a_taken_https_port_is_named():
    refused_port(socket.SOCK_STREAM, "http_tls_port", "http.tls_port")


def test_a_taken_media_udp_port_is_named():
    refused_port(socket.SOCK_DGRAM, "media_udp_port", "media.udp_port")


def test_a_taken_media_tcp_port_is_named():
    refused_port(socket.SOCK_STREAM, "media_tcp_port", "media.tcp_port")


def test_a_taken_turn_port_is_named_when_coturn_is_demanded():
    needs.turnserver()
    refused_port(socket.SOCK_DGRAM, "turn_port", "turn.port", turn_managed="true")


def test_a_taken_turn_port_is_passed_over_when_coturn_is_automatic():
    needs.turnserver()
    with Server(turn_managed="auto") as server:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as taken:
            taken.bind(("::", server.turn))
            server.start()
            assert "event=port_moved key=turn.port" in server.log_text()
            room = server.post("/create-room")["room_id"]
            urls = server.post(f"/join-room/{room}")["ice_servers"][0]["urls"]
            assert not any(f":{server.turn}" in url for url in urls), urls


def test_a_missing_certificate_is_named():
    with Server(http_certificate="/nowhere/cert.pem", http_key="/nowhere/key.pem") as server:
        line = server.refusal()
        assert "http.certificate: cannot read /nowhere/cert.pem" in line, line


def test_a_certificate_that_is_none_is_named():
    with Server() as server:
        junk = write(server.path("junk.pem"), "junk")
        server.set(http_certificate=junk, http_key=junk)
        assert "holds no PEM certificate" in server.refusal()


def test_a_key_of_another_certificate_is_named():
    with Server() as server:
        make_certificate(server, "a")
        make_certificate(server, "b")
        server.set(http_certificate=server.path("a.pem"), http_key=server.path("b.key"))
        assert "does not belong to the certificate" in server.refusal()


def make_certificate(server, name):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                    "-keyout", server.path(name + ".key"), "-out", server.path(name + ".pem")],
                   check=True, capture_output=True)


def test_a_data_dir_that_cannot_be_made_is_named():
    with Server(data_dir="/dev/null/parley") as server:
        line = server.refusal()
        assert "data_dir: cannot create /dev/null/parley" in line and "PARLEY_DATA_DIR" in line, line


def test_a_read_only_data_dir_is_named():
    needs.root()
    with Server() as server:
        data = server.path("data")
        os.mkdir(data)
        # read-only for root as well: its own mount
        script = ('mount -t tmpfs -o ro tmpfs "$1" && exec "$2" serve')
        done = subprocess.run(["unshare", "-m", "sh", "-c", script, "sh", data, BINARY],
                              env=server.environment, check=False, capture_output=True, text=True,
                              timeout=20)
        assert done.returncode == 2 and "data_dir" in done.stderr, done.stderr


def test_a_damaged_secret_is_named():
    with Server() as server:
        os.mkdir(server.path("data"))
        write(server.path("data/secret"), "short\n")
        assert "secret is damaged" in server.refusal()


def test_a_web_root_without_a_page_is_named():
    with Server(http_web_root="/tmp") as server:
        line = server.refusal()
        assert "http.web_root: there is no index.html in /tmp" in line, line


def without_coturn(server):
    """Runs serve where turnserver is not executable; returns the finished process."""
    script = ('for f in /usr/bin/turnserver /usr/sbin/turnserver /usr/local/bin/turnserver; do '
              '[ -e "$f" ] && mount --bind /dev/null "$f"; done; exec timeout -s TERM 5 "$0" serve')
    environment = dict(server.environment, PATH="/usr/bin:/bin:/usr/sbin:/sbin")
    return subprocess.run(["unshare", "-m", "sh", "-c", script, BINARY], env=environment,
                          check=False, capture_output=True, text=True, timeout=20)


def test_a_missing_coturn_is_an_error_when_demanded():
    needs.root()
    with Server(turn_managed="true") as server:
        done = without_coturn(server)
        assert done.returncode == 2 and "apt install coturn" in done.stderr, done


def test_a_missing_coturn_is_a_warning_when_automatic():
    needs.root()
    with Server(turn_managed="auto") as server:
        done = without_coturn(server)
        assert "event=no_turn" in done.stderr and "Parley is ready" in done.stdout, done


def test_an_unknown_user_is_named():
    needs.root()
    with Server(user="nobody-of-that-name") as server:
        assert "there is no user" in server.refusal()


def test_the_first_start_makes_secrets_that_only_the_owner_reads():
    with Server() as server:
        server.start()
        for name in ("secret", "tls/key.pem", "run/key.pem"):
            mode = stat.S_IMODE(os.stat(server.path(f"data/{name}")).st_mode)
            assert mode == 0o600, f"{name} has mode {mode:o}"
        with open(server.path("data/secret"), encoding="utf-8") as file:
            secret = file.read().strip()
        assert len(secret) == 64
        server.stop()
        server.start()
        with open(server.path("data/secret"), encoding="utf-8") as file:
            assert file.read().strip() == secret, "the second start made a new secret"
        assert secret not in server.log_text()


def test_printed_configuration_is_taken_again():
    with Server() as server:
        first = subprocess.run([BINARY, "serve", "--print-config"], env=server.environment,
                               check=True, capture_output=True, text=True).stdout
        path = write(server.path("printed.yaml"), first)
        second = subprocess.run([BINARY, "serve", "--print-config", "-c", path],
                                env={"PATH": ""}, check=True, capture_output=True, text=True).stdout
        assert first == second
