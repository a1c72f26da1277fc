"""What a test may need of the machine."""

import os
import shutil
import socket
import sys


class Skip(Exception):
    pass


def root():
    if os.geteuid() != 0:
        raise Skip("root")


def namespaces():
    root()
    if not shutil.which("ip", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin"):
        raise Skip("iproute2")


def turnserver():
    if not shutil.which("turnserver", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/bin"):
        raise Skip("coturn")


def own_address(family, target):
    """This machine's address towards target (nothing is sent)."""
    with socket.socket(family, socket.SOCK_DGRAM) as s:
        try:
            s.connect((target, 9))
            return s.getsockname()[0]
        except OSError as error:
            raise Skip(f"an address for {target}") from error


def program(main):
    """Ends with what main() returns, or says in one line what it needs."""
    try:
        sys.exit(main())
    except Skip as need:
        sys.exit(f"needs {need}")
