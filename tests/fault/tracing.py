"""System calls made in another process, as that process: what somebody who took it over could do (x86-64)."""

import ctypes
import os
import platform
import re
import signal

from needs import Skip

ATTACH, DETACH, SINGLESTEP, GETREGS, SETREGS = 16, 17, 9, 12, 13
WALL = 0x40000000
SYSCALL = b"\x0f\x05"
NUMBERS = "/usr/include/x86_64-linux-gnu/asm/unistd_64.h"

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
_libc.ptrace.restype = ctypes.c_long


class Registers(ctypes.Structure):
    _fields_ = [(name, ctypes.c_ulonglong) for name in (
        "r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags rsp ss "
        "fs_base gs_base ds es fs gs").split()]


def numbers():
    """name → number, of this machine's headers."""
    if platform.machine() != "x86_64" or not os.path.exists(NUMBERS):
        raise Skip("x86-64 and its headers")
    with open(NUMBERS, encoding="ascii") as file:
        return {name: int(number) for name, number in re.findall(r"#define __NR_(\w+) (\d+)", file.read())}


def _ptrace(request, pid, address=None, data=None):
    if _libc.ptrace(request, pid, address, data) < 0:
        raise OSError(ctypes.get_errno(), f"ptrace {request}")


class Traced:
    """With it: the process stands still, and call() makes system calls in it. Afterwards it goes on as if nothing had been."""

    def __init__(self, pid):
        self.pid = pid

    def __enter__(self):
        self.before, self.now = Registers(), Registers()
        _ptrace(ATTACH, self.pid)
        self._wait()
        _ptrace(GETREGS, self.pid, None, ctypes.byref(self.before))
        self.memory = open(f"/proc/{self.pid}/mem", "r+b", buffering=0)
        self.code = self._read(self.before.rip, 2)
        self._write(self.before.rip, SYSCALL)
        return self

    def __exit__(self, *_):
        self._write(self.before.rip, self.code)
        self.memory.close()
        _ptrace(SETREGS, self.pid, None, ctypes.byref(self.before))
        _ptrace(DETACH, self.pid)

    def _wait(self):
        _, status = os.waitpid(self.pid, WALL)
        assert os.WIFSTOPPED(status), f"the process ended: {status}"

    def _read(self, at, count):
        self.memory.seek(at)
        return self.memory.read(count)

    def _write(self, at, data):
        self.memory.seek(at)
        self.memory.write(data)

    def text(self, words):
        """Puts a text below the stack's red zone, for one call; its address."""
        at = self.before.rsp - 4096
        self._write(at, words.encode() + b"\0")
        return at

    def call(self, number, *arguments):
        """What the system call returns: negative, an errno."""
        ctypes.memmove(ctypes.byref(self.now), ctypes.byref(self.before), ctypes.sizeof(Registers))
        self.now.rax, self.now.orig_rax = number, 2**64 - 1     # not one to be restarted
        for register, value in zip("rdi rsi rdx r10 r8 r9".split(), [*arguments, 0, 0, 0, 0, 0, 0]):
            setattr(self.now, register, value)
        _ptrace(SETREGS, self.pid, None, ctypes.byref(self.now))
        signal.alarm(10)        # a call that waits is one that was let through
        try:
            _ptrace(SINGLESTEP, self.pid)
            self._wait()
        finally:
            signal.alarm(0)
        _ptrace(GETREGS, self.pid, None, ctypes.byref(self.now))
        return ctypes.c_longlong(self.now.rax).value
