"""The ways in which servers of this kind were broken into: each is tried on a running server while a call goes on, which must
not notice. The numbers are those of the table in docs/security.md."""

import base64
import contextlib
import hashlib
import hmac
import json
import os
import random
import re
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

import needs
from needs import Skip
from server import BINARY, ROOT, Server, wait_until

sys.path += [os.path.join(ROOT, "tests", folder) for folder in ("e2e", "interop")]
import attack
from websocket import WebSocket

HOSTILE = os.environ.get("PARLEY_HOSTILE", os.path.join(ROOT, "build-test", "tests", "fault", "hostile"))
LIMITS = {"limits_rooms_per_minute": 1000, "limits_joins_per_minute": 10000, "limits_sockets_per_address": 400,
          "media_addresses": "127.0.0.1"}
CONNECTED = 3       # enum client_state


# ---- the call, and who attacks it

class Call:
    """Two publishers and three subscribers who decrypt and judge everything. At the end: nothing was wrong for them, and no
    process was replaced."""

    def __init__(self, prepare=None, **settings):
        self.prepare, self.settings = prepare, settings

    def __enter__(self):
        self.server = Server(**{**LIMITS, **self.settings})
        if self.prepare:
            self.prepare(self.server)
        self.server.start()
        wait_until("healthy", self.server.healthy, 10)
        self.children = self.server.children()
        self.room = self.server.post("/create-room", mode="sfu", capacity=40)["room_id"]
        self.report = self.server.path("load.json")
        self.load = subprocess.Popen(
            [BINARY, "load", "--url", self.url, "--room", self.room, "--publishers", "2", "--subscribers", "3", "--seats", "2",
             "--video-kbps", "300", "--decrypt", "all", "--lead", "0", "--settle", "0", "--duration", "600", "--quiet",
             "--json", self.report], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        wait_until("all are in the call", lambda: self.metric("parley_participants") == 5, 10)
        self.began = time.monotonic()
        time.sleep(1)
        return self

    def __exit__(self, kind, *_):
        try:
            if kind is None:
                self.did_not_notice()
        finally:
            if self.load.poll() is None:
                self.load.kill()
            self.load.communicate()
            self.server.__exit__()

    def did_not_notice(self):
        assert self.load.poll() is None, "the call was over before the attack was"
        # Long enough to see something, too.
        time.sleep(max(1, self.began + 5 - time.monotonic()))
        self.load.send_signal(signal.SIGINT)        # it reports all the same
        said, _ = self.load.communicate(timeout=30)
        with open(self.report, encoding="utf-8") as file:
            self.figures = report = json.load(file)
        assert report["fine"], said
        assert report["loss"]["expected"] > 500 and report["loss"]["lost_ratio"] < 0.005, report["loss"]
        judged = report["judged"]
        assert judged["clients"] == 5 and judged["stream_errors"] == judged["unauthentic"] == judged["unknown_ssrcs"] == 0, judged
        assert self.server.children() == self.children, "a process was replaced"
        assert self.server.healthy()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.http}"

    @property
    def media(self):
        return "127.0.0.1", self.server.udp

    def metric(self, name):
        """The sum over workers, and over what else is in its labels."""
        lines = self.server.get("/metrics").decode().splitlines()
        return sum(float(line.split()[-1]) for line in lines if re.match(rf"{name}(\{{|\s)", line))

    def counted(self, *names):
        return sum(self.metric(name) for name in names)

    def memory_kb(self, *names):
        """Of these children, or of the media workers."""
        total = 0
        for name in names or ("media0", "media1"):
            with open(f"/proc/{self.children[name]}/status", encoding="utf-8") as file:
                total += int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1))
        return total

    def join(self, **more):
        """A socket that has joined, and the message that said so."""
        ticket = self.server.post(f"/join-room/{self.room}")
        member = Member(ticket["ws_url"])
        member.joined = member.ask({"type": "join", "token": ticket["token"], "name": "Hostile", **more})
        assert member.joined["type"] == "joined", member.joined
        return member


class Member(WebSocket):
    def __init__(self, url):
        super().__init__(url, "parley.v1")
        self._socket.settimeout(10)
        self.next_id = 1

    def ask(self, message):
        self.next_id += 1
        self.send(json.dumps({**message, "id": self.next_id}))
        while (text := self.receive()) is not None:
            reply = json.loads(text)
            # What cannot be read has no id that could be answered.
            if reply.get("id") == self.next_id or (reply["type"] == "error" and "id" not in reply):
                return reply
        raise ConnectionError(f"closed: {self.close_code}")

    def offer(self, sdp):
        return self.ask({"type": "offer", "epoch": self.joined["mode"]["epoch"], "new_leg": True, "sdp": sdp,
                         "sources": [{"mid": "mic", "source": "microphone"}, {"mid": "cam", "source": "camera"}]})

    def raw(self, data):
        """Sends bytes of the test's own making. What came of it: "error", "closed CODE", "cut", or "nothing"."""
        self._socket.settimeout(5)
        try:
            self._socket.sendall(data)
            while (text := self.receive()) is not None:
                if json.loads(text)["type"] == "error":
                    return "error"
            return f"closed {self.close_code}"
        except TimeoutError:
            return "nothing"
        except OSError:
            return "cut"


class Hostile:
    """hostile.c, with its signalling."""

    def __init__(self, call, mode, seconds, seed=1, change_offer=str):
        if not os.path.exists(HOSTILE):
            raise Skip(f"{HOSTILE} (make test builds it)")
        self.member = call.join()
        self.process = subprocess.Popen([HOSTILE, mode, str(seconds), str(seed)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        offer = change_offer(self._read())
        answer = self.member.offer(offer)
        assert answer["type"] == "answer", answer
        self.answer = answer["sdp"]
        self.member.ask({"type": "sources", "sources": {"microphone": True, "camera": True, "screen": False, "screen-audio": False}})
        self.process.stdin.write(self.answer + ".\n")
        self.process.stdin.flush()

    def _read(self):
        lines = []
        while (line := self.process.stdout.readline()) not in (".\n", ""):
            lines.append(line.rstrip("\r\n"))
        return "".join(line + "\r\n" for line in lines)

    def ended(self, timeout=60):
        text, _ = self.process.communicate(timeout=timeout)
        assert self.process.returncode == 0, "hostile failed"
        return json.loads(text)

    @property
    def ufrag(self):
        return re.search(r"a=ice-ufrag:(\S+)", self.answer).group(1)


def grown(call, names, action):
    """What the action gave, and by how much the counters grew."""
    before = call.counted(*names)
    result = action()
    time.sleep(1.2)     # counters are told once a second
    return result, call.counted(*names) - before


# ---- the media port

def odd_hellos(count):
    """As they should be, with another cipher, cut into pieces, of no length."""
    for i in range(count):
        hello = attack.client_hello()
        yield (hello, hello.replace(b"\xc0\x2b", b"\0\0"), hello[:25], hello[:13] + hello[25:], hello + hello)[i % 5]


def test_v01_client_hellos_of_strangers_change_nothing_before_during_and_after_handshakes():
    with Call() as call:
        spraying = {}

        def spray():
            spraying.update(attack.send_all(*call.media, odd_hellos(10_000)))
        thread = threading.Thread(target=spray)
        thread.start()
        joined = subprocess.run([BINARY, "load", "--url", call.url, "--room", call.room, "--name", "late", "--subscribers", "12", "--publishers", "1",
                                 "--join-rate", "4", "--settle", "0", "--duration", "1", "--quiet"], capture_output=True, text=True, timeout=60, check=False)
        thread.join()
        assert joined.returncode == 0, joined.stdout + joined.stderr
        assert spraying["sent"] > 9000 and spraying["answers"] == 0, spraying


def test_v02_handshakes_in_pieces_take_no_memory_and_do_not_end():
    with Call() as call:
        before = call.memory_kb()
        said = Hostile(call, "dtls", 5).ended()
        assert said["state"] != CONNECTED and said["odd"] > 100, said
        assert call.memory_kb() - before < 2048, "memory grew"


def test_v02_a_wrong_fingerprint_gets_no_media():
    def other_fingerprint(sdp):
        return re.sub(r"(a=fingerprint:sha-256 )(..)", lambda m: m.group(1) + ("00" if m.group(2) != "00" else "01"), sdp)
    with Call() as call:
        said = Hostile(call, "none", 4, change_offer=other_fingerprint).ended()
        assert said["state"] != CONNECTED and said["media_bytes"] == 0, said
        assert said["sent"] > 2, "it did not even try"


def on_path(call, **how):
    needs.root()
    return attack.on_path(call.server.udp, 5, **how)


def test_v03_forged_tags_are_counted_and_end_nothing():
    with Call() as call:
        result, counted = grown(call, ["parley_engine_srtp_bad_tag_total"], lambda: on_path(call, change=attack.altered))
        assert result["sent"] > 200 and counted >= 0.9 * result["sent"], (result, counted)


def test_v04_media_from_another_address_diverts_nothing():
    with Call() as call:
        result, counted = grown(call, ["parley_engine_dropped_unknown_total", "parley_engine_srtp_unexpected_total"],
                                lambda: on_path(call, divert=True))
        assert result["sent"] > 200 and result["answers"] == 0, result
        assert counted >= 0.9 * result["sent"], (result, counted)


def test_v05_replayed_packets_are_dropped():
    with Call() as call:
        result, counted = grown(call, ["parley_engine_srtp_replayed_total"], lambda: on_path(call))
        assert result["sent"] > 200 and counted >= 0.9 * result["sent"], (result, counted)
        assert call.metric("parley_engine_srtp_index_reuse_refused_total") == 0


def mutated_checks(ufrag, count):
    for i in range(count):
        request = bytearray(attack.binding_request(ufrag, b"not the password"))
        for _ in range(i % 8):
            request[random.randrange(len(request))] ^= 1 << random.randrange(8)
        yield bytes(request[:len(request) - (i % 5) * 7])


def test_v06_forged_checks_move_nothing_and_are_no_amplifier():
    with Call() as call:
        victim = Hostile(call, "none", 8)
        time.sleep(1)
        result = attack.send_all(*call.media, mutated_checks(victim.ufrag, 4000))
        said = victim.ended()
        assert result["sent"] > 3500 and result["bytes_per_byte"] <= 1, result
        assert set(result["errors"]) <= {0, 400, 401}, result
        assert said["state"] == CONNECTED and said["media_bytes"] > 100_000, said


def test_v07_who_falls_silent_gets_nothing_after_15_s_and_is_gone_after_30():
    with Call() as call:
        silent = Hostile(call, "none", 60)
        time.sleep(2)
        local = udp_port_of(silent.process.pid)
        silent.process.kill()
        silent.process.wait()
        died = time.monotonic()
        heard = []
        with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as listener:
            listener.bind(("127.0.0.1", local))
            listener.settimeout(0.5)
            while time.monotonic() - died < 32:
                with contextlib.suppress(TimeoutError):
                    listener.recv(2048)
                    heard.append(time.monotonic() - died)
        assert heard and max(heard) < 16, f"the last packet came after {max(heard, default=0):.1f} s"
        time.sleep(1.2)
        assert call.metric("parley_engine_legs_failed_total") == 1, "the leg is still there"


def udp_port_of(pid):
    inodes = set()
    for entry in os.scandir(f"/proc/{pid}/fd"):
        with contextlib.suppress(OSError):
            inodes.update(re.findall(r"socket:\[(\d+)\]", os.readlink(entry.path)))
    with open(f"/proc/{pid}/net/udp", encoding="ascii") as file:
        for line in file.readlines()[1:]:
            fields = line.split()
            if fields[9] in inodes:
                return int(fields[1].split(":")[1], 16)
    raise AssertionError("no UDP socket")


# ---- TURN (v08: tests/fault/relaying.py)

def test_v09_one_user_gets_only_so_many_allocations():
    needs.turnserver()
    from relaying import credentials
    from turn import Turn, TurnError
    with Call(turn_managed="true", turn_user_quota=8) as call:
        name, password = credentials(call.server)
        open_, codes = [], []
        for _ in range(30):
            turn = Turn("127.0.0.1", call.server.turn, name, password)
            open_.append(turn)
            try:
                turn.allocate()
                codes.append(0)
            except TurnError as error:
                codes.append(error.code)
        old = Turn("127.0.0.1", call.server.turn, f"{int(time.time()) - 10}:{name.split(':', 1)[1]}", password)
        with contextlib.suppress(TurnError):
            old.allocate()
            raise AssertionError("credentials that expired are taken")
        for turn in [*open_, old]:
            turn.close()
        assert 1 <= codes.count(0) <= 8 and codes.count(486) >= 22, codes


def test_v10_strangers_get_fewer_bytes_than_they_send():
    with Call() as call:
        before = call.memory_kb()
        junk = attack.send_all(*call.media, attack.junk(3000))
        checks = attack.send_all(*call.media, (attack.binding_request("nobody", b"x" * 24) for _ in range(2000)))
        assert junk["sent"] > 2500 and junk["answers"] == 0, junk
        assert checks["sent"] == 2000 and checks["answers"] == 0, checks
        assert call.memory_kb() - before < 512, "strangers take memory"


# ---- a participant who misbehaves

MEDIA_LINE = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:{}\r\na=recvonly\r\na=rtpmap:111 opus/48000/2\r\n"
SESSION = ("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\n"
           "a=fingerprint:sha-256 " + ":".join(["AB"] * 32) + "\r\na=setup:actpass\r\n")
ODD_OFFERS = {
    "nothing in it": "v=0\r\n",
    "no SDP": "\0\1\2 not SDP at all",
    "too many m-lines": SESSION + "".join(MEDIA_LINE.format(i) for i in range(200)),
    "too many lines": SESSION + "a=x\r\n" * 12_000,
    "a long line": SESSION + "a=x:" + "y" * 40_000 + "\r\n",
    "a long candidate": SESSION + MEDIA_LINE.format(0) + "a=candidate:1 1 udp 1 " + "1" * 5000 + " 1 typ host\r\n",
    "numbers too large": SESSION + MEDIA_LINE.format(0).replace("111", "9" * 40) + "a=rtpmap:99999999999999999999 opus/99999999999/2\r\n",
    "every mid the same": SESSION + MEDIA_LINE.format(0) * 8,
    "no length": "",
    "longer than a message may be": SESSION + "a=x\r\n" * 20_000,
}


def test_v11_offers_that_are_none_are_refused():
    with Call() as call:
        for what, sdp in ODD_OFFERS.items():
            member = call.join()
            try:
                reply = member.offer(sdp)
                assert reply["type"] == "error", f"{what}: {reply}"
            except ConnectionError:
                pass        # closed: as good an answer
            member.close()


def test_v12_authentic_packets_that_are_malformed_hurt_nobody():
    with Call() as call:
        said = Hostile(call, "rtp", 6, seed=3).ended()
        assert said["odd"] > 300, said


def test_v13_rtcp_bombs_are_not_answered_in_kind():
    with Call() as call:
        requests = call.counted("parley_engine_keyframes_requested_total")
        said = Hostile(call, "rtcp", 6, seed=4).ended()
        asked = call.counted("parley_engine_keyframes_requested_total") - requests
        assert said["state"] == CONNECTED and said["odd"] > 2000, said
        # Two publishers, and the gate lets one request a second through for each.
        assert asked <= 2 * 10, f"{asked} key frames asked for"
        # NACKs for everything do not bring everything again: what came is what two publishers send, and a part of it.
        assert said["media_bytes"] < 2 * 6 * (400_000 / 8) * 3, said


def test_v13_a_flood_of_authentic_media_is_its_senders_own():
    with Call() as call:
        said = Hostile(call, "flood", 6, seed=6).ended()
        assert said["sent"] > 6 * 3000, said


def test_v14_two_with_the_same_ssrcs_are_two():
    with Call() as call:
        first, second = Hostile(call, "none", 6, seed=5), Hostile(call, "none", 6, seed=5)
        said = [first.ended(), second.ended()]
        assert all(s["state"] == CONNECTED and s["media_bytes"] > 50_000 for s in said), said


def test_v16_a_data_channel_is_refused():
    with Call() as call:
        member = call.join()
        reply = member.offer(SESSION + MEDIA_LINE.format(0) + "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\na=sctp-port:5000\r\n")
        assert reply["type"] == "error" or re.search(r"m=application 0 ", reply["sdp"]), reply
        member.close()


# ---- signalling

def upgrade(call, origin):
    """The status of a WebSocket's upgrade."""
    with socket.create_connection(("127.0.0.1", call.server.http), timeout=5) as s:
        s.sendall((f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{call.server.http}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{origin}"
                   "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: parley.v1\r\n\r\n").encode())
        return int(s.recv(200).split()[1])


def test_v17_pages_of_others_open_no_socket():
    with Call() as call:
        own = f"http://127.0.0.1:{call.server.http}"
        assert upgrade(call, f"Origin: {own}\r\n") == 101
        for origin in ("null", "https://evil.example", f"http://evil.127.0.0.1:{call.server.http}", f"{own}.evil.example", "file://", f"https://127.0.0.1:{call.server.http + 1}"):
            assert upgrade(call, f"Origin: {origin}\r\n") == 403, origin


def masked(first, payload, announced=None):
    size = len(payload) if announced is None else announced
    head = bytes([first]) + (bytes([0x80 | size]) if size < 126 else bytes([0x80 | 127]) + struct.pack("!Q", size))
    return head + b"\0\0\0\0" + payload


ODD_FRAMES = {
    "no end in sight": masked(0x81, b"x" * 2_000_000, 2**40),
    "more than a message may be": masked(0x81, b"x" * 200_000),
    "a ping of 200 bytes": bytes([0x89, 0x80 | 126]) + struct.pack("!H", 200) + bytes(204),
    "a ping in pieces": masked(0x09, b"x"),
    "an unknown opcode": masked(0x83, b"x"),
    "reserved bits": masked(0xF1, b"x"),
    "no mask": b"\x81\x05hello",
    "not UTF-8": masked(0x81, b"\xff\xfe\xfd"),
    "a piece of nothing": masked(0x80, b"x"),
}


def test_v18_frames_that_are_none_are_refused_on_their_own_socket():
    with Call() as call:
        before = call.memory_kb("control")
        for what, frame in ODD_FRAMES.items():
            member = call.join()
            came = member.raw(frame)
            assert came not in ("nothing", "closed 1000"), f"{what}: {came}"
            member.close()
        assert call.memory_kb("control") - before < 2048, "what is too long was kept"


def test_v18_a_flood_of_messages_ends_its_own_socket_and_keeps_nobody_waiting():
    with Call() as call:
        flooding, took = call.join(), []
        ping = masked(0x81, b'{"type":"ping"}') * 50

        def flood():
            with contextlib.suppress(OSError):
                for _ in range(1000):       # 50,000 messages
                    flooding._socket.sendall(ping)
        thread = threading.Thread(target=flood)
        thread.start()
        for _ in range(5):
            started = time.monotonic()
            call.join().close()
            took.append(time.monotonic() - started)
        thread.join()
        with contextlib.suppress(OSError):
            while flooding.receive() is not None:
                pass
        assert flooding.close_code in (4429, None), flooding.close_code
        assert max(took) < 1, took
        assert call.metric("parley_control_refused_total") > 10


def segment(value):
    data = value if isinstance(value, bytes) else json.dumps(value, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def forged_tokens(token, room):
    """Of a right one: its header's algorithm, its claims, its signature."""
    header, claims, signature = token.split(".")
    known = json.loads(base64.urlsafe_b64decode(claims + "==="))
    for algorithm in ("none", "None", "NONE", "HS384", "HS512", "RS256", "ES256", "EdDSA", "", None, 256):
        head = segment({"alg": algorithm, "typ": "JWT"})
        yield f"{head}.{claims}."
        yield f"{head}.{claims}.{signature}"
        for key in (b"", b"secret", b"parley", known.get("room", room).encode() if isinstance(known.get("room", room), str) else b"room"):
            yield f"{head}.{claims}." + segment(hmac.new(key, f"{head}.{claims}".encode(), hashlib.sha256).digest())
    for claim in known:
        for value in (None, "", 0, 2**62, "host", True, [], "0"):
            yield f"{header}.{segment({**known, claim: value})}.{signature}"
        yield f"{header}.{segment({k: v for k, v in known.items() if k != claim})}.{signature}"
    for at in range(0, len(signature), 2):
        other = "A" if signature[at] != "A" else "B"
        yield f"{header}.{claims}.{signature[:at]}{other}{signature[at + 1:]}"
    yield from ("", ".", "..", "...", f"{header}.{claims}", f"{header}..{signature}", token + ".", token + "A" * 3000)


def test_v19_forged_tokens_are_not_taken():
    with Call() as call:
        ticket = call.server.post(f"/join-room/{call.room}")
        tokens = list(forged_tokens(ticket["token"], call.room))
        assert len(tokens) > 120, len(tokens)
        for token in tokens:
            member = Member(ticket["ws_url"])
            try:
                reply = member.ask({"type": "join", "token": token, "name": "Forged"})
                assert reply["type"] == "error", f"{token}: {reply}"
            except ConnectionError:
                pass
            member.close()
        member = Member(ticket["ws_url"])
        assert member.ask({"type": "join", "token": ticket["token"], "name": "Right"})["type"] == "joined", "not even the right one is"
        member.close()


def test_v20_strangers_are_not_remembered():
    with Call() as call:
        before = {name: call.memory_kb(name) for name in call.children}
        for _ in range(300):        # each from a port of its own
            with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as s:
                for datagram in (attack.client_hello(), attack.binding_request("nobody", b"x" * 24), os.urandom(1200)):
                    s.sendto(datagram, call.media)
        halves = []
        for _ in range(300):
            with contextlib.suppress(OSError):
                halves.append(socket.create_connection(("127.0.0.1", call.server.udp), timeout=2))
        time.sleep(1)
        for name, kb in before.items():
            assert call.memory_kb(name) - kb < 4 * 300 + 512, f"{name} grew by {call.memory_kb(name) - kb} kB"
        for s in halves:
            s.close()


SLOW = (b"GET / HTTP/1.1\r\nHost: x\r\nX-", b"GET /",
        b"POST /create-room HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{")


def test_v21_slow_requests_end_and_keep_nobody_out():
    with Call() as call:
        slow = []
        for i in range(1500):       # more than the server keeps at a time
            with contextlib.suppress(OSError):
                s = socket.create_connection(("127.0.0.1", call.server.http), timeout=5)
                s.sendall(SLOW[i % 3])
                slow.append(s)
        took = []
        for _ in range(8):
            started = time.monotonic()
            call.join().close()
            took.append(time.monotonic() - started)
            for s in slow:
                with contextlib.suppress(OSError):
                    s.send(b"a")
            time.sleep(1)
        assert max(took) < 2, took
        assert call.metric("parley_control_callers_turned_out_total") >= 400
        end, still = time.monotonic() + 20, slow
        while still and time.monotonic() < end:
            still = [s for s in still if not is_closed(s)]
            time.sleep(0.2)
        assert not still, f"{len(still)} slow requests are still served"


def is_closed(s):
    s.settimeout(0.001)
    try:
        return s.recv(4096) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


def test_v22_floods_fill_no_log_and_tell_no_secret():
    with Call() as call:
        before = len(call.server.log_text())
        attack.send_all(*call.media, attack.junk(2000))
        attack.send_all(*call.media, odd_hellos(2000))
        tokens = []
        for _ in range(60):
            member = call.join()
            tokens.append(member.joined["session"])
            assert member.raw(b"\x81\x85\0\0\0\0{not}") == "error"
            member.close()
        for path in ("/../../etc/passwd", "/rooms/x/timeline", "/join-room/" + "x" * 900):
            for _ in range(100):
                with contextlib.suppress(urllib.error.URLError, ConnectionError):
                    call.server.get(path)
        said = call.server.log_text()[before:]
        assert len(said) < 64 * 1024, f"{len(said)} bytes of log"
        for word in ("127.0.0.1", "Hostile", *tokens):
            assert word not in said, word


def test_v23_a_stranger_may_do_nothing_in_a_room():
    """Each request of those who joined, by one who has not (what the joined may: tests/control/access.test.mjs)."""
    with open(os.path.join(ROOT, "docs", "protocol.schema.json"), encoding="utf-8") as file:
        kinds = [name.split(".", 1)[1] for name in json.load(file)["$defs"] if name.startswith("client.")]
    assert len(kinds) > 15, kinds
    with Call() as call:
        ticket = call.server.post(f"/join-room/{call.room}")
        for kind in kinds:
            if kind in ("join", "resume", "ping"):
                continue
            member = Member(ticket["ws_url"])
            with contextlib.suppress(ConnectionError):
                reply = member.ask({"type": kind, "participant_id": "1", "epoch": 1, "sdp": "v=0", "text": "x", "name": "x"})
                assert reply["type"] == "error", f"{kind}: {reply}"
            member.close()
