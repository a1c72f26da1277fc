"""What a process that was taken over could still do: every system call that it has no use for, made in it while a call goes on."""

import errno
import os
import re
import shutil
import subprocess

import needs
from needs import Skip
from server import BINARY, ROOT, Server, wait_until
from tracing import Traced, numbers

AT_FDCWD = 2**64 - 100
MOST_FOR_MEDIA = 40
PROT_READ, PROT_EXEC, MAP_PRIVATE_ANONYMOUS = 1, 4, 0x22


def dynamic_symbols():
    if not shutil.which("nm"):
        raise Skip("binutils")
    return subprocess.run(["nm", "-D", BINARY], capture_output=True, text=True, check=True).stdout


def not_sanitized():
    if "__asan_" in dynamic_symbols():
        raise Skip("a build without sanitizers")


def allowed(folder):
    """Of every process, and of this one."""
    names = []
    for path in (("sandbox", "sandbox.c"), (folder, "confine.c")):
        with open(os.path.join(ROOT, "src", *path), encoding="utf-8") as file:
            names += re.findall(r"SCMP_SYS\((\w+)\)", file.read())
    return set(names)       # two of them have rules of their own besides


def refuses_all_but(pid, names):
    table = numbers()
    forbidden = {name: number for name, number in table.items() if name not in names}
    assert len(forbidden) > 250 and {"execve", "socket", "connect", "fork", "ptrace", "kill"} <= forbidden.keys()
    with Traced(pid) as process:
        through = [name for name, number in forbidden.items() if process.call(number) != -errno.EPERM]
        executable = [
            process.call(table["mmap"], 0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE_ANONYMOUS, 2**64 - 1),
            process.call(table["mprotect"], process.before.rsp & ~4095, 4096, PROT_READ | PROT_EXEC)]
        assert process.call(table["getpid"]) == pid, "the calls are not made"
    assert not through, f"let through: {through}"
    assert executable == [-errno.EPERM] * 2, f"memory became executable: {executable}"


def test_a_media_worker_can_make_no_other_system_call():
    needs.root()
    not_sanitized()
    names = allowed("worker")
    assert len(names) <= MOST_FOR_MEDIA, len(names)
    with a_call() as (server, children):
        refuses_all_but(children["media0"], names)
        refuses_all_but(children["media1"], names)
        goes_on(server, children)


def test_control_can_make_no_other_system_call():
    needs.root()
    not_sanitized()
    with a_call() as (server, children):
        refuses_all_but(children["control"], allowed("control"))
        goes_on(server, children)


def test_control_reaches_no_file_but_its_own():
    needs.root()
    not_sanitized()
    table = numbers()
    with a_call() as (server, children):
        with Traced(children["control"]) as process:
            def opens(path, flags=os.O_RDONLY):
                got = process.call(table["openat"], AT_FDCWD, process.text(path), flags, 0o600)
                if got >= 0:
                    process.call(table["close"], got)
                return got
            own = os.path.join(server.directory, "data")
            assert opens(os.path.join(own, "parley.db")) >= 0, "its own is not to be opened either"
            assert opens(os.path.join(own, "new"), os.O_WRONLY | os.O_CREAT) >= 0
            assert opens(os.path.join(server.page, "index.html")) >= 0
            assert opens(os.path.join(server.page, "index.html"), os.O_WRONLY) == -errno.EACCES
            for path in ("/etc/passwd", "/etc/hostname", "/proc/self/maps", "/proc/1/status", "/", "/tmp", BINARY,
                         os.path.join(server.directory, "log")):
                assert opens(path) == -errno.EACCES, path
        goes_on(server, children)


class a_call:
    """Two publishers and four subscribers, who say in the end whether they missed anything."""

    def __enter__(self):
        self.server = Server(limits_joins_per_minute=1000).start()
        wait_until("healthy", self.server.healthy, 5)
        children = self.server.children()
        self.server.load = subprocess.Popen(
            [BINARY, "load", "--url", f"http://127.0.0.1:{self.server.http}", "--publishers", "2", "--subscribers", "4", "--decrypt", "all",
             "--settle", "0", "--duration", "8", "--quiet"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return self.server, children

    def __exit__(self, *_):
        if self.server.load.poll() is None:
            self.server.load.kill()
        self.server.load.communicate()
        self.server.__exit__()


def goes_on(server, children):
    """The call ends well, in the same processes."""
    said, _ = server.load.communicate(timeout=60)
    assert server.load.returncode == 0, said
    assert server.children() == children
    assert server.healthy()
    assert "event=no_sandbox" not in server.log_text(), server.log_text()


def test_the_program_is_hardened():
    not_sanitized()
    if not shutil.which("readelf"):
        raise Skip("binutils")
    about = subprocess.run(["readelf", "-hldW", BINARY], capture_output=True, text=True, check=True).stdout
    symbols = dynamic_symbols()
    assert re.search(r"Type:\s+DYN", about) and "PIE" in about, "no position-independent executable"
    assert "GNU_RELRO" in about and ("BIND_NOW" in about or re.search(r"FLAGS.*NOW", about)), "no full RELRO"
    assert re.search(r"GNU_STACK.*RW ", about), "an executable stack"
    assert "__stack_chk_fail" in symbols, "no stack protector"
    assert re.search(r"__\w+_chk@", symbols), "no _FORTIFY_SOURCE"
