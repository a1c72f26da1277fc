"""The client half of RFC 6455 that a test needs: text messages, ping, close. Standard library only."""
import base64
import hashlib
import os
import socket
import struct
import threading
from urllib.parse import urlsplit

MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA


class WebSocket:
    def __init__(self, url, subprotocol, timeout_s=10):
        parts = urlsplit(url)
        self._lock = threading.Lock()
        self._buffer = b""
        self.close_code = None
        self._socket = socket.create_connection((parts.hostname, parts.port or 80), timeout_s)
        key = base64.b64encode(os.urandom(16))
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._socket.sendall((
            f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Origin: http://{parts.netloc}\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: {key.decode()}\r\nSec-WebSocket-Protocol: {subprotocol}\r\n\r\n").encode())
        while b"\r\n\r\n" not in self._buffer:
            self._fill()
        head, self._buffer = self._buffer.split(b"\r\n\r\n", 1)
        status, *headers = head.decode().split("\r\n")
        if " 101 " not in status + " ":
            raise ConnectionError(f"no upgrade: {status}")
        fields = {k.strip().lower(): v.strip() for k, v in (h.split(":", 1) for h in headers)}
        wanted = base64.b64encode(hashlib.sha1(key + MAGIC).digest()).decode()
        if fields.get("sec-websocket-accept") != wanted:
            raise ConnectionError("wrong Sec-WebSocket-Accept")
        self._socket.settimeout(None)

    def patience(self, timeout_s):
        """receive() waits so long for more, then raises TimeoutError; at first it waits for ever."""
        self._socket.settimeout(timeout_s)

    def _fill(self):
        more = self._socket.recv(65536)
        if not more:
            raise ConnectionError("closed")
        self._buffer += more

    def _take(self, count):
        while len(self._buffer) < count:
            self._fill()
        taken, self._buffer = self._buffer[:count], self._buffer[count:]
        return taken

    def _frame(self, opcode, payload):
        mask = os.urandom(4)
        size = len(payload)
        head = bytes([0x80 | opcode])
        if size < 126:
            head += bytes([0x80 | size])
        elif size < 65536:
            head += bytes([0x80 | 126]) + struct.pack("!H", size)
        else:
            head += bytes([0x80 | 127]) + struct.pack("!Q", size)
        stretched = (mask * (size // 4 + 1))[:size]
        masked = (int.from_bytes(payload, "big") ^ int.from_bytes(stretched, "big")).to_bytes(size, "big")
        with self._lock:
            self._socket.sendall(head + mask + masked)

    def send(self, text):
        self._frame(TEXT, text.encode())

    def receive(self):
        """The next text message; None when the other side closed."""
        message = b""
        while True:
            first, second = self._take(2)
            size = second & 0x7F
            if size == 126:
                size, = struct.unpack("!H", self._take(2))
            elif size == 127:
                size, = struct.unpack("!Q", self._take(8))
            payload = self._take(size)
            opcode = first & 0x0F
            if opcode == PING:
                self._frame(PONG, payload)
            elif opcode == CLOSE:
                self.close_code = struct.unpack("!H", payload[:2])[0] if len(payload) >= 2 else 1005
                return None
            elif opcode in (0, TEXT, BINARY):
                message += payload
                if first & 0x80:
                    return message.decode()

    def close(self):
        try:
            self._frame(CLOSE, struct.pack("!H", 1000))
            self._socket.close()
        except OSError:
            pass
