#!/usr/bin/python3
"""What a stranger, or somebody on the path, may send to a media port. Standard library only.

    attack.py junk HOST PORT COUNT            datagrams of every first byte and many sizes
    attack.py stun HOST PORT UFRAG COUNT      binding requests for UFRAG, integrity by a wrong password
    attack.py dtls HOST PORT COUNT            ClientHellos from an address that never passed ICE
    attack.py replay PORT SECONDS             sniffs loopback for SRTP to PORT, sends each packet again
                                              from its own source address (root)
    attack.py alter PORT SECONDS              the same, with a later number, so that its tag is wrong
    attack.py divert PORT SECONDS             the same as replay, but from an address of its own

Prints one line of JSON.
"""
import hashlib
import hmac
import json
import os
import random
import socket
import struct
import sys
import time
import zlib

MAGIC_COOKIE = 0x2112A442
BINDING_REQUEST = 0x0001
USERNAME, MESSAGE_INTEGRITY, PRIORITY, USE_CANDIDATE, FINGERPRINT = 0x0006, 0x0008, 0x0024, 0x0025, 0x8028


def attribute(kind, value):
    return struct.pack("!HH", kind, len(value)) + value + b"\0" * (-len(value) % 4)


def binding_request(ufrag, password):
    """RFC 8489: everything right but the password."""
    transaction = os.urandom(12)
    body = attribute(USERNAME, f"{ufrag}:stranger".encode()) + attribute(PRIORITY, struct.pack("!I", 1 << 24))
    body += attribute(USE_CANDIDATE, b"")

    def head(length):
        return struct.pack("!HHI", BINDING_REQUEST, length, MAGIC_COOKIE) + transaction
    digest = hmac.new(password, head(len(body) + 24) + body, hashlib.sha1).digest()
    body += attribute(MESSAGE_INTEGRITY, digest)
    checksum = zlib.crc32(head(len(body) + 8) + body) ^ 0x5354554E
    body += attribute(FINGERPRINT, struct.pack("!I", checksum))
    return head(len(body)) + body


def client_hello():
    """A DTLS 1.2 ClientHello without cookie (RFC 6347 4.2.1), one cipher suite, no extensions."""
    body = struct.pack("!H", 0xFEFD) + os.urandom(32) + b"\0" + b"\0" + struct.pack("!HH", 2, 0xC02B) + b"\x01\0"
    handshake = b"\x01" + struct.pack("!I", len(body))[1:] + b"\0\0" + b"\0\0\0" + struct.pack("!I", len(body))[1:] + body
    return b"\x16" + struct.pack("!HHIHH", 0xFEFD, 0, 0, 0, len(handshake))[:10] + struct.pack("!H", len(handshake)) + handshake


def stun_error(answer):
    """The ERROR-CODE of a binding error response (RFC 8489 14.8), 0 for anything else."""
    at = 20
    while answer[:2] == b"\x01\x11" and at + 4 <= len(answer):
        kind, length = struct.unpack("!HH", answer[at:at + 4])
        if kind == 0x0009:
            return answer[at + 6] * 100 + answer[at + 7]
        at += 4 + length + -length % 4
    return 0


def read_all(sock, answers):
    while True:
        try:
            answers.append(sock.recv(2048))
        except OSError:
            return


def send_all(host, port, datagrams):
    out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sent = sent_bytes = 0
    answers = []
    out.setblocking(False)
    for datagram in datagrams:
        try:
            out.sendto(datagram, (host, port))
            sent += 1
            sent_bytes += len(datagram)
        except OSError:
            pass
        time.sleep(0.0005)
        read_all(out, answers)
    time.sleep(0.3)
    read_all(out, answers)
    return {"sent": sent, "answers": len(answers), "bytes_per_byte": round(sum(map(len, answers)) / max(sent_bytes, 1), 2),
            "errors": sorted({stun_error(a) for a in answers})}


def junk(count):
    for i in range(count):
        size = random.choice((0, 1, 3, 11, 12, 19, 20, 28, 100, 548, 1200, 1472, 1500, 4000))
        yield bytes([i & 0xFF])[:size] + os.urandom(max(size - 1, 0))


def checksum(header):
    total = sum(struct.unpack(f"!{len(header) // 2}H", header))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


def is_srtp(payload):
    """SRTP and SRTCP (RFC 7983)."""
    return len(payload) > 20 and 128 <= payload[0] <= 191


def udp_from(packet, payload):
    """An IPv4 packet with the addresses and ports of another, without a UDP checksum."""
    ports = packet[(packet[0] & 15) * 4:][:4]
    udp = ports + struct.pack("!HH", 8 + len(payload), 0) + payload
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), random.randrange(65536), 0, 64, socket.IPPROTO_UDP, 0,
                       packet[12:16], packet[16:20])
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + udp


def altered(payload):
    """As if it were a later packet: one that was there before is dropped before its tag is looked at."""
    if 192 <= payload[1] <= 223:        # SRTCP, its index last (RFC 7714 9.2)
        return payload[:-4] + struct.pack("!I", struct.unpack("!I", payload[-4:])[0] + 300)
    return payload[:2] + struct.pack("!H", (struct.unpack("!H", payload[2:4])[0] + 300) & 0xFFFF) + payload[4:]


def on_path(port, seconds, change=bytes, divert=False):
    """Sends what comes to the port once more: changed, or from an address of its own."""
    sniffer = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
    sniffer.bind(("lo", 0x0800))
    sniffer.settimeout(0.2)
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    own.setblocking(False)
    kept, mine, sent, answers = [], set(), 0, []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            packet, (_, _, kind, *_) = sniffer.recvfrom(65536)
        except socket.timeout:
            continue
        if kind != socket.PACKET_HOST and kind != 0:
            continue
        start = (packet[0] & 15) * 4
        if packet[9] != socket.IPPROTO_UDP or struct.unpack("!H", packet[start + 2:start + 4])[0] != port:
            continue
        payload = change(packet[start + 8:])
        digest = hash(packet[start + 8:])
        if is_srtp(payload) and digest not in mine:
            mine.update((digest, hash(payload)))
            kept.append((packet, payload))
        # A little later and not in order, as somebody on the path would.
        while len(kept) > 50:
            packet, payload = kept.pop(random.randrange(50))
            address = socket.inet_ntoa(packet[16:20])
            if divert:
                own.sendto(payload, (address, port))
            else:
                raw.sendto(udp_from(packet, payload), (address, 0))
            sent += 1
        read_all(own, answers)
    return {"seen": len(mine), "sent": sent, "answers": len(answers)}


def main():
    what, *rest = sys.argv[1:]
    if what == "junk":
        result = send_all(rest[0], int(rest[1]), junk(int(rest[2])))
    elif what == "stun":
        result = send_all(rest[0], int(rest[1]), (binding_request(rest[2], b"wrong password, wrong!") for _ in range(int(rest[3]))))
    elif what == "dtls":
        result = send_all(rest[0], int(rest[1]), (client_hello() for _ in range(int(rest[2]))))
    elif what == "replay":
        result = on_path(int(rest[0]), float(rest[1]))
    elif what == "alter":
        result = on_path(int(rest[0]), float(rest[1]), change=altered)
    elif what == "divert":
        result = on_path(int(rest[0]), float(rest[1]), divert=True)
    else:
        sys.exit(__doc__)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
