"""Runs a parley of its own on free ports, with data in a scratch directory."""

import json
import os
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BINARY = os.environ.get("PARLEY_BINARY", os.path.join(ROOT, "build", "parley"))


def free_ports(count):
    """A run of ports that are free for UDP and TCP."""
    start = 20000 + (os.getpid() * 37) % 20000
    for base in range(start, start + 20000, count):
        sockets = []
        try:
            for port in range(base, base + count):
                for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
                    s = socket.socket(socket.AF_INET6, kind)
                    sockets.append(s)
                    s.bind(("::", port))
            return base
        except OSError:
            continue
        finally:
            for s in sockets:
                s.close()
    raise RuntimeError("no free ports")


def wait_until(what, condition, timeout):
    """The seconds that it took."""
    started = time.monotonic()
    while time.monotonic() - started < timeout:
        if condition():
            return time.monotonic() - started
        time.sleep(0.01)
    raise AssertionError(f"{what}: not within {timeout} s")


class Server:
    WORKERS = 2

    def __init__(self, **settings):
        self.directory = tempfile.mkdtemp(prefix="parley-fault-")
        os.chmod(self.directory, 0o755)
        self.page = os.path.join(self.directory, "page")
        os.mkdir(self.page)
        with open(os.path.join(self.page, "index.html"), "w", encoding="utf-8") as file:
            file.write("<!doctype html><title>page</title>")
        self.base = free_ports(12)
        self.http, self.https, self.turn, self.turn_tls = range(self.base, self.base + 4)
        self.udp = self.base + 4
        self.environment = {
            "PATH": os.environ.get("PATH", ""),
            "PARLEY_DATA_DIR": os.path.join(self.directory, "data"),
            "PARLEY_HTTP_PORT": str(self.http),
            "PARLEY_HTTP_TLS_PORT": str(self.https),
            "PARLEY_HTTP_WEB_ROOT": self.page,
            "PARLEY_MEDIA_WORKERS": str(self.WORKERS),
            "PARLEY_MEDIA_UDP_PORT": str(self.udp),
            "PARLEY_MEDIA_TCP_PORT": str(self.udp),
            "PARLEY_TURN_MANAGED": "false",
            "PARLEY_TURN_PORT": str(self.turn),
            "PARLEY_TURN_TLS_PORT": str(self.turn_tls),
            "PARLEY_TURN_MIN_PORT": "49160",
            "PARLEY_TURN_MAX_PORT": "49260",
        }
        self.set(**settings)
        self.process = None
        self.binary = BINARY
        self.prefix = []    # of the command that starts it: in a network namespace, say
        self.at_end = lambda: None
        self.log_path = os.path.join(self.directory, "log")

    def set(self, **settings):
        for key, value in settings.items():
            self.environment["PARLEY_" + key.upper()] = str(value)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()
        self.at_end()
        shutil.rmtree(self.directory, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.directory, name)

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    # ---- one that is expected to run

    def start(self, *arguments):
        self.log = open(self.log_path, "ab")
        self.process = subprocess.Popen([*self.prefix, self.binary, "serve", *arguments], env=self.environment,
                                        stdout=subprocess.PIPE, stderr=self.log, text=True)
        self.log.close()
        ready, _, _ = select.select([self.process.stdout], [], [], 20)
        line = self.process.stdout.readline() if ready else ""
        assert line.startswith("Parley is ready: http"), f"not ready: {line!r}\n{self.log_text()}"
        return self

    def log_text(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def children(self):
        """name → pid"""
        found = {}
        path = f"/proc/{self.process.pid}/task/{self.process.pid}/children"
        with open(path, encoding="utf-8") as file:
            for pid in file.read().split():
                try:
                    with open(f"/proc/{pid}/comm", encoding="utf-8") as comm:
                        found[comm.read().strip()] = int(pid)
                except OSError:
                    pass
        return found

    def get(self, path, timeout=5):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.http}{path}", timeout=timeout) as reply:
            return reply.read()

    def post(self, path, **body):
        request = urllib.request.Request(f"http://127.0.0.1:{self.http}{path}", data=json.dumps(body).encode(),
                                         headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=5) as reply:
            return json.load(reply)

    def healthy(self):
        try:
            health = json.loads(self.get("/healthz", timeout=2))
        except OSError:
            return False
        return health["status"] == "ok" and health["workers_connected"] == self.WORKERS

    def stop(self, how=signal.SIGTERM):
        """exit code, seconds"""
        started = time.monotonic()
        self.process.send_signal(how)
        code = self.process.wait(timeout=10)
        return code, time.monotonic() - started

    # ---- one that is expected to refuse

    def refusal(self, *arguments):
        """The line on standard error of a start that ends with 2."""
        done = subprocess.run([BINARY, "serve", *arguments], env=self.environment, check=False,
                              capture_output=True, text=True, timeout=20)
        lines = [line for line in done.stderr.splitlines() if line.startswith("parley: ")]
        assert done.returncode == 2, f"exit code {done.returncode}, {done.stderr}"
        assert len(lines) == 1 and done.stdout == "", f"not one line: {done.stderr}{done.stdout}"
        return lines[0]


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
