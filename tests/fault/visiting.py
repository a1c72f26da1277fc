"""Two people who come, do everything once, and leave; without media. Fast: a few dozen milliseconds."""

import http.client
import json
import os
import sys
import urllib.request

from server import ROOT

sys.path.insert(0, os.path.join(ROOT, "tests", "interop"))
from websocket import WebSocket  # noqa: E402

PATIENCE_S = 5
FINGERPRINT = ":".join(["AB"] * 32)
SDP = "\r\n".join((
    "v=0", "o=- 1 2 IN IP4 0.0.0.0", "s=-", "t=0 0", "a=group:BUNDLE 0", "m=audio 9 UDP/TLS/RTP/SAVPF 111", "c=IN IP4 0.0.0.0", "a=mid:0",
    "a=sendonly", "a=rtcp-mux", "a=rtpmap:111 opus/48000/2", "a=ice-ufrag:abcd", "a=ice-pwd:abcdefghijklmnopqrstuvwx", "a=setup:actpass",
    f"a=fingerprint:sha-256 {FINGERPRINT}", ""))
MUTED = {"microphone": False, "camera": True, "screen": False, "screen-audio": False}


class Refused(Exception):
    """The server said no, or hung up: what a client can live with."""


def fetch(server, path, body=None, **headers):
    request = urllib.request.Request(f"http://127.0.0.1:{server.http}{path}", body, headers)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as reply:
            return json.load(reply)
    except (OSError, ValueError, http.client.HTTPException) as error:   # half an answer and a closed connection, too
        if isinstance(error, TimeoutError) or isinstance(getattr(error, "reason", None), TimeoutError):
            raise AssertionError(f"{path}: neither an answer nor a closed connection within {PATIENCE_S} s") from error
        raise Refused(f"{path.split('/')[1]}: {error}") from error


def post(server, path, **body):
    return fetch(server, path, json.dumps(body).encode(), **{"Content-Type": "application/json"})


class Person:
    def __init__(self, server, room, name):
        let_in = post(server, f"/join-room/{room}", name=name)
        self.token, self.last_id = let_in["token"], 0
        try:
            self.socket = WebSocket(let_in["ws_url"], "parley.v1", PATIENCE_S)
        except TimeoutError as error:
            raise AssertionError(f"no upgrade within {PATIENCE_S} s") from error
        except (OSError, ValueError) as error:
            raise Refused(f"upgrade: {error}") from error
        self.socket.patience(PATIENCE_S)
        try:
            self.joined = self.ask("join", token=self.token, name=name)
        except BaseException:
            self.close()
            raise

    def ask(self, what, **fields):
        """The one reply to it."""
        self.last_id += 1
        try:
            self.socket.send(json.dumps({"type": what, "id": self.last_id, **fields}))
            while (text := self.socket.receive()) is not None:
                message = json.loads(text)
                if message.get("id") == self.last_id:
                    break
            else:
                raise Refused(f"{what}: closed with {self.socket.close_code}")
        except TimeoutError as error:
            raise AssertionError(f"{what}: neither an answer nor a closed socket within {PATIENCE_S} s") from error
        except OSError as error:
            raise Refused(f"{what}: {error}") from error
        if message["type"] == "error":
            raise Refused(f"{what}: {message['code']}")
        return message

    def close(self):
        self.socket.close()


def visit(server):
    """Raises Refused at the first thing that is not done, AssertionError where the server says nothing at all."""
    people = []
    try:
        room = post(server, "/create-room", name="Visit", mode="sfu")["room_id"]
        for name in ("Ada", "Ben"):
            people.append(Person(server, room, name))
        ada, ben = people
        for person in people:
            answer = person.ask("offer", epoch=0, new_leg=True, sdp=SDP, sources=[{"mid": "0", "source": "microphone"}])
            if not answer.get("sdp", "").startswith("v=0"):
                raise Refused(f"offer: {answer}")
        ada.ask("chat", text="hello")
        ben.ask("sources", sources=MUTED)
        ben.ask("rename", name="Benjamin")
        ada.ask("view", wanted=[{"participant_id": ben.joined["participant_id"], "group": "camera"}])
        fetch(server, f"/rooms/{room}/timeline", Authorization=f"Bearer {ada.token}")
        ben.ask("leave")
        ada.ask("leave")
    finally:
        for person in people:
            person.close()
