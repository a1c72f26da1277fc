"""As much of STUN and TURN (RFC 8489, 8656) as a test of permissions needs."""

import hashlib
import hmac
import ipaddress
import os
import socket
import struct

COOKIE = 0x2112A442
ALLOCATE, REFRESH, PERMISSION, CHANNEL, BINDING = 0x003, 0x004, 0x008, 0x009, 0x001
USERNAME, INTEGRITY, ERROR, REALM, NONCE = 0x0006, 0x0008, 0x0009, 0x0014, 0x0015
PEER, RELAYED, TRANSPORT, FAMILY, CHANNEL_NUMBER = 0x0012, 0x0016, 0x0019, 0x0017, 0x000C
LIFETIME = 0x000D


def attribute(kind, value):
    return struct.pack(">HH", kind, len(value)) + value + b"\0" * (-len(value) % 4)


def xor_address(address, port, transaction):
    ip = ipaddress.ip_address(address)
    mask = struct.pack(">I", COOKIE) + transaction
    packed = bytes(a ^ b for a, b in zip(ip.packed, mask))
    return struct.pack(">BBH", 0, 1 if ip.version == 4 else 2, port ^ (COOKIE >> 16)) + packed


class TurnError(Exception):
    def __init__(self, code):
        super().__init__(str(code))
        self.code = code


class Turn:
    def __init__(self, host, port, username="", password=""):
        self.username, self.password = username, password
        self.realm = self.nonce = None
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.connect((host, port))
        self.socket.settimeout(1)

    def close(self):
        self.socket.close()

    def _exchange(self, method, make_attributes):
        transaction = os.urandom(12)
        body = make_attributes(transaction)
        if self.nonce:
            body += attribute(USERNAME, self.username.encode())
            body += attribute(REALM, self.realm) + attribute(NONCE, self.nonce)
            key = hashlib.md5(self.username.encode() + b":" + self.realm + b":" +
                              self.password.encode()).digest()
            header = struct.pack(">HHI", method, len(body) + 24, COOKIE) + transaction
            body += attribute(INTEGRITY, hmac.new(key, header + body, hashlib.sha1).digest())
        packet = struct.pack(">HHI", method, len(body), COOKIE) + transaction + body
        for _ in range(4):
            self.socket.send(packet)
            try:
                while True:
                    reply = self.socket.recv(2000)
                    if reply[8:20] == transaction:
                        return self._parse(reply)
            except TimeoutError:
                continue
        raise TimeoutError("no answer")

    @staticmethod
    def _parse(reply):
        attributes, at = {}, 20
        while at + 4 <= len(reply):
            kind, length = struct.unpack(">HH", reply[at:at + 4])
            attributes[kind] = reply[at + 4:at + 4 + length]
            at += 4 + length + (-length % 4)
        return struct.unpack(">H", reply[:2])[0], attributes

    def request(self, method, make_attributes=lambda _: b""):
        for _ in range(3):
            kind, attributes = self._exchange(method, make_attributes)
            if kind & 0x0110 == 0x0100:
                return attributes
            code = attributes[ERROR][2] * 100 + attributes[ERROR][3]
            if code in (401, 438) and self.username and attributes.get(NONCE) != self.nonce:
                self.realm, self.nonce = attributes[REALM], attributes[NONCE]
                continue
            raise TurnError(code)
        raise TurnError(401)

    def binding(self):
        return self.request(BINDING)

    def allocate(self, family=4):
        extra = attribute(FAMILY, struct.pack(">BBH", 2, 0, 0)) if family == 6 else b""
        return self.request(ALLOCATE, lambda _: attribute(TRANSPORT, struct.pack(">BBH", 17, 0, 0))
                            + extra)

    def release(self):
        self.request(REFRESH, lambda _: attribute(LIFETIME, struct.pack(">I", 0)))

    def permit(self, address):
        self.request(PERMISSION,
                     lambda t: attribute(PEER, xor_address(address, 7900, t)))

    def bind_channel(self, address):
        self.request(CHANNEL, lambda t: attribute(CHANNEL_NUMBER, struct.pack(">HH", 0x4000, 0)) +
                     attribute(PEER, xor_address(address, 7900, t)))
